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
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import platformdirs

from geo.errors import Problem
from geo.yamls import parse

#: Folder of the cache that these lie in, and what changes with their form.
_FOLDER, _FORM = "hongxian-parsed-yaml", "2"
_SCALARS = (str, int, float, bool, type(None))
#: What JSON has no form for: no key of a YAML file of ours is one of these.
_DAY, _PAIRS = "!day", "!pairs"
_MARKS = frozenset({_DAY, _PAIRS})


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
            return self._held[name]
        before = len(problems)
        content = parse(path, problems)
        if self._kept and len(problems) == before:
            self._held[name] = content
            self._new = True
        return content

    def keep(self) -> None:
        """Write what was parsed anew, whole or not at all. A cache folder that cannot be written is done without."""
        if not (self._kept and self._new):
            return
        packed = {name: _packed(content) for name, content in self._held.items() if _is_kept(content)}
        text = json.dumps(packed, ensure_ascii=False, separators=(",", ":"))
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
    held: dict[str, Any] = json.loads(text, object_hook=_plain)
    return held


def _is_kept(content: Any) -> bool:
    """Whether JSON, with the two marks, can hold it.

    >>> _is_kept({"a": [1, None, date(2026, 1, 1)]}), _is_kept({"a": {1, 2}}), _is_kept({_DAY: 1})
    (True, False, False)
    """
    if isinstance(content, dict):
        marked = not _MARKS.isdisjoint(content)
        return not marked and all(_is_kept(key) and _is_kept(value) for key, value in content.items())
    if isinstance(content, list):
        return all(map(_is_kept, content))
    return type(content) in _SCALARS or type(content) is date


def _packed(content: Any) -> Any:
    """Content of YAML in JSON: a day, and a mapping whose keys are not all words, each under its mark.

    >>> json.loads(json.dumps(_packed({date(2026, 1, 1): ["2 km", {"a": None}]})), object_hook=_plain)
    {datetime.date(2026, 1, 1): ['2 km', {'a': None}]}
    """
    if isinstance(content, dict):
        if all(isinstance(key, str) for key in content):
            return {key: _packed(value) for key, value in content.items()}
        return {_PAIRS: [[_packed(key), _packed(value)] for key, value in content.items()]}
    if isinstance(content, list):
        return [_packed(item) for item in content]
    return {_DAY: content.isoformat()} if isinstance(content, date) else content


def _plain(packed: dict[str, Any]) -> Any:
    if len(packed) == 1:
        ((mark, held),) = packed.items()
        if mark == _DAY:
            return date.fromisoformat(held)
        if mark == _PAIRS:
            return dict(held)
    return packed
