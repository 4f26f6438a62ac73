"""An output folder that appears whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from geo.errors import RunError


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """A temporary folder beside ``target`` that takes its name when all is written, and goes when something fails.

    Raises :class:`~geo.errors.RunError` where ``target`` exists (it is never overwritten) or cannot be written.
    """
    refuse_existing(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        yield partial
        partial.chmod(0o755)
        refuse_existing(target)
        partial.rename(target)
    except OSError as error:
        raise RunError(f"无法写入 {target}：{error.strerror or error}；核对路径、权限与磁盘空间") from error
    finally:
        if partial.exists():
            shutil.rmtree(partial, ignore_errors=True)


def refuse_existing(target: Path) -> None:
    """Raise :class:`~geo.errors.RunError` where an output folder exists already."""
    if target.exists():
        raise RunError(f"输出文件夹已存在，未覆盖：{target}；换一个名字")
