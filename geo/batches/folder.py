"""The folder of a large run's parts: what is finished stays when the run is killed, and is not computed again."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo.errors import RunError

#: Ends the name of the folder beside the result.
SUFFIX = ".parts"
_SITES, _SAID = "sites", "read.json"


@dataclass(frozen=True)
class PartsFolder:
    """``sites/0000.parquet`` the sites of each part; ``0000/`` what a finished part found; ``read.json`` that all were read."""

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
            if path.exists() and held.read_text(encoding="utf-8") != key:
                shutil.rmtree(path)  # other sites, rules, layers or options: nothing of it can be used
            path.mkdir(parents=True, exist_ok=True)
            held.write_text(key, encoding="utf-8")
            for stale in path.glob(".*"):
                shutil.rmtree(stale, ignore_errors=True)
            (path / _SITES).mkdir(exist_ok=True)
        except OSError as error:
            raise RunError(f"无法写入 {path}：{error.strerror or error}；核对路径、权限与磁盘空间") from error
        return cls(path, key)

    @property
    def said(self) -> dict[str, Any] | None:
        """What was noted when all sites had been read; None where they have not."""
        path = self.path / _SAID
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None

    def say(self, note: Mapping[str, Any]) -> None:
        """Note that all sites are read."""
        _whole(self.path / _SAID, json.dumps(note, ensure_ascii=False).encode())

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


def _whole(path: Path, content: bytes) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_bytes(content)
    partial.rename(path)
