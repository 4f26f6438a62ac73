"""The folder of a large run's parts: what is finished stays when the run is killed, and is not computed again.

A loss of power may leave files of the right name and half their content: a run that goes on compares each with its checksum, and
what differs is computed again.
"""

from __future__ import annotations

import json
import os
import shutil
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo.errors import RunError

#: Ends the name of the folder beside the result.
SUFFIX = ".parts"
_SITES, _SAID = "sites", "read.json"
#: Of a part, the checksums of its files.
_SUMS = "sums.json"


@dataclass(frozen=True)
class PartsFolder:
    """``sites/0000.parquet`` the sites of each part; ``0000/`` what a finished part found; ``read.json`` that all were read.

    Sites and parts that were there when it was opened are as they were written.
    """

    path: Path
    key: str

    @classmethod
    def open(cls, target: Path, key: str) -> PartsFolder:
        """The folder beside a result for a run with this key; parts of another run are taken away.

        Raises :class:`~geo.errors.RunError` where the folder is none of ours, or cannot be written.
        """
        path = target.with_name(target.name + SUFFIX)
        held = path / "key.txt"
        try:
            if path.exists() and not held.is_file():
                raise RunError(f"{path} 已存在，且不是分批筛查的中间文件夹；移走它，或换一个 --out")
            if path.exists() and held.read_bytes() != key.encode():
                shutil.rmtree(path)  # other sites, rules, layers or options: nothing of it can be used
            path.mkdir(parents=True, exist_ok=True)
            held.write_text(key, encoding="utf-8")
            for stale in path.glob(".*"):
                shutil.rmtree(stale, ignore_errors=True)
            (path / _SITES).mkdir(exist_ok=True)
            cls(path, key)._drop_damaged()
        except OSError as error:
            raise RunError(f"无法写入 {path}：{error.strerror or error}；核对路径、权限与磁盘空间") from error
        return cls(path, key)

    @property
    def said(self) -> dict[str, Any] | None:
        """What was noted when all sites had been read; None where they have not."""
        told = _told(self.path / _SAID)
        return told["note"] if told is not None else None

    def say(self, note: Mapping[str, Any]) -> None:
        """Note that all sites are read."""
        sums = {path.name: _sum(path.read_bytes()) for path in sorted((self.path / _SITES).iterdir())}
        _tell(self.path / _SAID, {"note": dict(note), "sums": sums})

    def _drop_damaged(self) -> None:
        """Take away finished parts that are not as they were written, and all of it where sites are not."""
        told = _told(self.path / _SAID)
        if told is None or not _as_summed(self.path / _SITES, told["sums"]):
            (self.path / _SAID).unlink(missing_ok=True)
        for part in self.path.glob("[0-9]*"):
            sums = _told(part / _SUMS)
            if sums is None or not _as_summed(part, sums):
                shutil.rmtree(part)

    def sites_of(self, number: int) -> Path:
        """The file with the sites of a part."""
        return self.path / _SITES / f"{number:06d}.parquet"

    def keep_sites(self, number: int, content: bytes) -> None:
        """Keep the sites of a part."""
        _whole(self.sites_of(number), content)

    def part(self, number: int) -> Path:
        """The folder of what a part found."""
        return self.path / f"{number:06d}"

    def is_finished(self, number: int) -> bool:
        """Whether a part was screened."""
        return self.part(number).is_dir()

    def keep(self, number: int, files: Mapping[str, bytes]) -> None:
        """Keep what a part found: its folder appears whole or not at all."""
        partial = self.path / f".{number:06d}.{os.getpid()}"
        partial.mkdir(exist_ok=True)
        for name, content in files.items():
            (partial / name).write_bytes(content)
        _tell(partial / _SUMS, {name: _sum(content) for name, content in files.items()})
        if self.is_finished(number):
            shutil.rmtree(partial)  # a task that ran twice, after a worker was lost, says the same
        else:
            partial.rename(self.part(number))

    def files(self, name: str, count: int) -> Iterator[Path]:
        """The files of a name, part by part, where a part has one."""
        for number in range(count):
            path = self.part(number) / name
            if path.is_file():
                yield path

    def remove(self) -> None:
        """Take all of it away."""
        shutil.rmtree(self.path, ignore_errors=True)


def _sum(content: bytes) -> list[int]:
    """Size and checksum."""
    return [len(content), zlib.crc32(content)]


def _as_summed(folder: Path, sums: Mapping[str, list[int]]) -> bool:
    try:
        return all(_sum((folder / name).read_bytes()) == held for name, held in sums.items())
    except OSError:
        return False


def _tell(path: Path, content: Mapping[str, Any]) -> None:
    """JSON under its own checksum."""
    text = json.dumps(content, ensure_ascii=False)
    _whole(path, f"{_sum(text.encode())}\n{text}".encode())


def _told(path: Path) -> dict[str, Any] | None:
    """What was told, if it is there and as it was told."""
    try:
        told, _, text = path.read_text(encoding="utf-8").partition("\n")
    except (OSError, UnicodeDecodeError):
        return None
    found: dict[str, Any] | None = json.loads(text) if str(_sum(text.encode())) == told else None
    return found


def _whole(path: Path, content: bytes) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_bytes(content)
    partial.rename(path)
