"""An output folder that appears whole or not at all."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyogrio

from geo.asides import FULL, aside, is_full, why_unwritten
from geo.errors import HongxianError, RunError

#: What libraries raise when a file cannot be written.
UNWRITTEN = (
    OSError,
    sqlite3.Error,
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FeatureError,
)


def is_unwritten(error: BaseException) -> bool:
    """Whether a library says that a file could not be written. rasterio has a word only where it was needed, and so loaded."""
    rasters = sys.modules.get("rasterio.errors")
    return isinstance(error, UNWRITTEN) or (rasters is not None and isinstance(error, rasters.RasterioError))


@contextmanager
def whole_folder(target: Path, last: Callable[[], None] = lambda: None) -> Iterator[Path]:
    """A folder beside ``target`` that takes its name when all is written, and goes when something fails.

    What a kill leaves behind is called ``.NAME.hongxian-unfinished-…`` and removed by the next run that writes there
    (:mod:`geo.asides`). ``last`` is asked before the folder takes its name, and may raise. Raises
    :class:`~geo.errors.RunError` where ``target`` exists (it is never overwritten), cannot be written, or the disk
    filled up meanwhile: some libraries do not say so.
    """
    refuse_existing(target)
    with _beside(target, private=False) as partial:
        yield partial
        last()
        refuse_existing(target)
        _refuse_full(target)
        partial.rename(target)


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """The same for one file: where to write it, in a folder of its own beside ``target``."""
    refuse_existing(target, "文件")
    with _beside(target) as folder:
        yield folder / target.name
        refuse_existing(target, "文件")
        _refuse_full(target)
        (folder / target.name).rename(target)


@contextmanager
def _beside(target: Path, private: bool = True) -> Iterator[Path]:
    """A folder beside a target; what keeps it from being written is told in a user's words."""
    full = False
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with aside(target.parent, target.name, private) as folder:
            try:
                yield folder
            except Exception:
                full = is_full(folder)  # before what was written goes, and leaves room
                raise
    except HongxianError:
        raise
    except Exception as error:
        if not is_unwritten(error) and not full:
            raise
        why = FULL if full else why_unwritten(error, target.parent)
        raise RunError(f"无法写入 {target}：{why}；没有留下半成品") from error


def _refuse_full(target: Path) -> None:
    if is_full(target.parent):
        raise RunError(f"无法写入 {target}：{FULL}；没有留下半成品")


def refuse_existing(target: Path, what: str = "输出文件夹") -> None:
    """Raise :class:`~geo.errors.RunError` where an output folder (or file) exists already."""
    if target.exists() or target.is_symlink():
        raise RunError(f"{what}已存在，未覆盖：{target}；换一个名字")
