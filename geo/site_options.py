"""How site lists are to be read, as the user said it; kept in ``run.json`` so that a run can be repeated."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from geo.datum_params import read_parameters
from geo.errors import SiteError
from geo.sitefiles.answers import read_answers

_DEFAULTS = ("industry", "development", "adcode", "zone")


@dataclass(frozen=True)
class SiteOptions:
    """The options of ``screen`` and ``sites check``, word for word; files are read when the lists are."""

    datum: tuple[str, ...] = ()
    defaults: Mapping[str, str] = field(default_factory=dict)
    packed_dms: bool = False
    headings: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    words: Path | None = None
    parameters: Path | None = None

    def arguments(self) -> dict[str, Any]:
        """The arguments of :func:`geo.read_sites`. Raises :class:`~geo.errors.SiteError` with what cannot be read.

        >>> SiteOptions(datum=("gcj02", "a.csv=wgs84"), headings=("name=工程名称",)).arguments()["datum"]
        {'': 'gcj02', 'a.csv': 'wgs84'}
        """
        return {
            "datum": dict(_pairs("--datum", self.datum, "文件名=gcj02", whole="")),
            "packed_dms": self.packed_dms,
            "defaults": dict(self.defaults),
            "headings": {heading: ours for ours, heading in _pairs("--map", self.headings, "name=工程名称")},
            "layers": list(self.layers),
            "where": list(self.where),
            "answers": read_answers(self.words) if self.words else None,
            "parameters": read_parameters(self.parameters) if self.parameters else None,
        }

    def record(self) -> dict[str, Any]:
        """What ``run.json`` holds of them: paths absolute, files with the hash of their content."""
        lists = {
            "datum": self.datum,
            "map": self.headings,
            "site_layer": self.layers,
            "where": self.where,
        }
        files = {"words": self.words, "datum_params": self.parameters}
        return {
            **{key: list(values) for key, values in lists.items() if values},
            **{key: value for key, value in self.defaults.items() if value},
            **({"packed_dms": "True"} if self.packed_dms else {}),
            **{key: str(path.absolute()) for key, path in files.items() if path},
            **{f"{key}_sha256": _hash(path) for key, path in files.items() if path},
        }

    @property
    def files(self) -> list[Path]:
        """The files that the options name."""
        return [path for path in (self.words, self.parameters) if path]


def recorded_options(options: Mapping[str, Any], place: Callable[[str], Path]) -> SiteOptions:
    """The options from a record of them; ``place`` says where a recorded path lies now.

    >>> recorded_options(SiteOptions(datum=("gcj02",)).record(), Path) == SiteOptions(datum=("gcj02",))
    True
    """

    def path(key: str) -> Path | None:
        return place(options[key]) if options.get(key) else None

    return SiteOptions(
        datum=tuple(options.get("datum", ())),
        defaults={key: options[key] for key in _DEFAULTS if options.get(key)},
        packed_dms="packed_dms" in options,
        headings=tuple(options.get("map", ())),
        layers=tuple(options.get("site_layer", ())),
        where=tuple(options.get("where", ())),
        words=path("words"),
        parameters=path("datum_params"),
    )


def _pairs(
    option: str, values: Iterable[str], form: str, whole: str | None = None
) -> Iterable[tuple[str, str]]:
    for value in values:
        left, sign, right = value.partition("=")
        if sign and left.strip() and right.strip():
            yield left.strip(), right.strip()
        elif not sign and whole is not None:
            yield whole, value.strip()
        else:
            raise SiteError(f"看不懂 {option} {value}；写成 {form}")


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
