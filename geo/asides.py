"""Folders for work that is not done yet: gone when it ends, and swept by a later run where a kill left one behind.

Such a folder is called ``.NAME.hongxian-unfinished-XXXXXXXX`` and lies beside what it will become, or in the system's folder for
temporary files. Whoever works in it holds a lock on it; where the lock is free, whoever made it is dead and the folder
is removed. Where the system has no such locks (Windows, some network drives) it stays, and may be deleted by hand.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform != "win32":
    import fcntl

MARK = ".hongxian-unfinished-"

#: No room is left.
FULL = "磁盘已满，腾出空间或换一个盘"
#: What GDAL and SQLite say when a write came to nothing; the file is ours alone, so it is the disk.
_DISK = ("Failed to commit", "disk is full", "disk I/O error", "Write error")
#: What the system says when a file cannot be written, in words that tell what to do.
_WORDS = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: "超出磁盘配额，腾出空间或换一个盘",
    errno.EACCES: "没有写入权限，换一个文件夹或请管理员授权",
    errno.EPERM: "没有写入权限，换一个文件夹或请管理员授权",
    errno.EROFS: "所在磁盘只读，换一个盘",
    errno.ENAMETOOLONG: "名字太长，换一个短的",
    errno.ENOTDIR: "路径中有一段是文件，不是文件夹",
    errno.ENOTEMPTY: "同名文件夹在运行中出现，未覆盖，换一个名字",
    errno.EEXIST: "同名文件在运行中出现，未覆盖，换一个名字",
    errno.ENOENT: "文件或文件夹在运行中被移走，放回后重来",
    errno.EIO: "磁盘读写出错，换一个盘",
    errno.EBUSY: "被别的程序占用，关闭后重来",
    errno.EMFILE: "打开的文件太多，关闭别的程序后重来",
}
#: What is at work in this process now.
_unfinished: set[Path] = set()
#: Less room than this after a failed write, and the write failed for want of room, whatever the library says.
_FULL_BYTES = 256 * 1024


@contextmanager
def aside(parent: Path | None = None, name: str = "", private: bool = True) -> Iterator[Path]:
    """An empty folder in ``parent`` (else among the system's temporary files), removed at the end unless it was renamed.

    ``private``: only its owner may look into it; else as the user's umask has it. Raises :class:`OSError` where none can
    be made.

    >>> with tempfile.TemporaryDirectory() as place:
    ...     with aside(Path(place), "result") as folder:
    ...         folder.name.startswith(".result.hongxian-unfinished-"), folder.is_dir()
    ...     list(Path(place).iterdir())
    (True, True)
    []
    """
    place = Path(tempfile.gettempdir()) if parent is None else parent
    sweep(place)
    folder, lock = _claim(place, name, 0o700 if private else 0o777)
    try:
        with unfinished(folder):
            yield folder
    finally:
        if folder.exists():
            shutil.rmtree(folder, ignore_errors=True)
        if lock is not None:
            os.close(lock)


@contextmanager
def unfinished(folder: Path) -> Iterator[None]:
    """While it lasts, a folder is nothing without its end: it goes on any error, and with :func:`abandon`."""
    _unfinished.add(folder)
    try:
        yield
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    finally:
        _unfinished.discard(folder)


def abandon() -> None:
    """Remove all that is unfinished in this process, which is about to end, though a thread may still write there."""
    for folder in list(_unfinished):
        for _ in range(3):
            shutil.rmtree(folder, ignore_errors=True)
            if not folder.exists():
                break


def sweep(parent: Path) -> int:
    """Remove what dead processes left unfinished in a folder; returns how many such folders went."""
    removed = 0
    try:
        left = sorted(parent.glob(f".*{MARK}*"))
    except OSError:
        return 0
    for folder in left:
        lock = _lock(folder)
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
            removed += not folder.exists()
            os.close(lock)
    return removed


def why_unwritten(error: BaseException, place: Path) -> str:
    """Why something could not be written into a place, and what to do, in a user's words.

    >>> why_unwritten(OSError(errno.ENOSPC, "No space left on device"), Path("."))
    '磁盘已满，腾出空间或换一个盘'
    """
    number = getattr(error, "errno", None)
    if is_full(place):
        number = errno.ENOSPC
    elif isinstance(error, sqlite3.Error) and "locked" in str(error):
        number = errno.EBUSY
    elif number is None and any(words in str(error) for words in _DISK):
        return "磁盘已满或写入出错，腾出空间或换一个盘"
    known = _WORDS.get(number) if number is not None else None
    return known or str(getattr(error, "strerror", None) or error)


def is_full(place: Path) -> bool:
    """Whether the disk of a place has no room left; False where that cannot be told."""
    there = next((folder for folder in [place, *place.absolute().parents] if folder.exists()), None)
    try:
        return there is not None and shutil.disk_usage(there).free < _FULL_BYTES
    except OSError:
        return False


def _claim(parent: Path, name: str, mode: int) -> tuple[Path, int | None]:
    """A new folder and the lock on it. A sweep may come between making and locking: then another is made."""
    while True:
        folder = parent / f".{name}{MARK}{secrets.token_hex(4)}"
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=mode)
            lock = _lock(folder)
            if folder.exists():
                return folder, lock


def _lock(folder: Path) -> int | None:
    """A lock on a folder, or None where another holds it, it is gone, or there are no locks here."""
    if sys.platform == "win32":
        return None
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle
