"""The package's own YAML, parsed once: its plain content is kept in the user's cache folder.

Kept under a hash of the bytes of every file and of the parser's version, with a hash of itself: what is read back is
what parsing would give, or it is parsed anew. Only files that travel with the package are kept, nothing of the user's.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from contextlib import suppress
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import platformdirs

from geo.errors import Problem
from geo.yamls import parse

#: Folder of the cache that these lie in, and what changes with their form.
_FOLDER, _FORM = "hongxian-parsed-yaml", "1"
_SCALARS = (str, int, float, bool, type(None))


def cache_folder() -> Path:
    """``HONGXIAN_CACHE`` if set, else ``hongxian`` in the user's cache folder (``XDG_CACHE_HOME``)."""
    stated = os.environ.get("HONGXIAN_CACHE")
    return Path(stated) if stated else platformdirs.user_cache_path("hongxian", appauthor=False)


class ParsedFolder:
    """The YAML files below a folder; with ``kept`` their content is read from the cache where it is there."""

    def __init__(self, root: Path, kept: bool) -> None:
        self._root, self._kept = root, kept
        self._held: dict[str, Any] = {}
        self._new = False
        if kept:
            digest = hashlib.sha256(f"{_FORM} {version('ruamel.yaml')}".encode())
            for path in sorted(root.glob("**/*.yaml")):
                digest.update(f"\n{path.relative_to(root).as_posix()}\n".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
            self._file = cache_folder() / _FOLDER / f"{digest.hexdigest()[:32]}.json"
            self._held = _read(self._file)

    def parse(self, path: Path, problems: list[Problem]) -> Any:
        """As :func:`geo.yamls.parse`. What has faults is never kept."""
        name = path.relative_to(self._root).as_posix()
        if name in self._held:
            return _plain(self._held[name])
        before = len(problems)
        content = parse(path, problems)
        if self._kept and len(problems) == before:
            packed = _packed(content)
            if packed is not None:
                self._held[name] = packed
                self._new = True
        return content

    def keep(self) -> None:
        """Write what was parsed anew, whole or not at all. A cache folder that cannot be written is done without."""
        if not (self._kept and self._new):
            return
        text = json.dumps(self._held, ensure_ascii=False, separators=(",", ":"))
        with suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            for old in self._file.parent.glob("*.json"):  # of earlier versions of the package
                if old != self._file:
                    old.unlink(missing_ok=True)
            with tempfile.NamedTemporaryFile(
                "w", encoding="utf-8", dir=self._file.parent, suffix=".part", delete=False
            ) as aside:
                aside.write(f"{hashlib.sha256(text.encode()).hexdigest()}\n{text}")
            Path(aside.name).replace(self._file)


def _read(path: Path) -> dict[str, Any]:
    try:
        told, _, text = path.read_text(encoding="utf-8").partition("\n")
    except (OSError, UnicodeDecodeError):
        return {}
    if hashlib.sha256(text.encode()).hexdigest() != told:
        return {}
    held: dict[str, Any] = json.loads(text)
    return held


def _packed(content: Any) -> Any:
    """Content of YAML in JSON: mappings as lists of pairs, for their keys need not be words; None where it holds anything else.

    >>> _plain(_packed({date(2026, 1, 1): ["2 km", {"a": None}]}))
    {datetime.date(2026, 1, 1): ['2 km', {'a': None}]}
    """
    if isinstance(content, dict):
        pairs = [[_packed(key), _packed(value)] for key, value in content.items()]
        whole = all(key is not None for key, _ in pairs)
        whole = whole and all(
            v is not None or w is None for (_, v), w in zip(pairs, content.values(), strict=True)
        )
        return {"m": pairs} if whole else None
    if isinstance(content, list):
        items = [_packed(item) for item in content]
        whole = all(packed is not None or item is None for packed, item in zip(items, content, strict=True))
        return items if whole else None
    if isinstance(content, date) and not isinstance(content, datetime):
        return {"d": content.isoformat()}
    return content if type(content) in _SCALARS else None


def _plain(packed: Any) -> Any:
    if isinstance(packed, dict):
        if "d" in packed:
            return date.fromisoformat(packed["d"])
        return {_plain(key): _plain(value) for key, value in packed["m"]}
    return [_plain(item) for item in packed] if isinstance(packed, list) else packed
