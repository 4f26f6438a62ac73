"""Office files are zip archives that carry the time of writing; here the same content gives the same bytes."""

from __future__ import annotations

import re
import zipfile
from datetime import date
from pathlib import Path

#: A zip archive can hold no earlier day.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_STAMP = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:(?:created|modified)>)")


def settle_dates(path: Path, on: date) -> None:
    """Rewrite an Office file with fixed times: entries have none, its properties the day ``on``."""
    stamp = f"{on:%Y-%m-%d}T00:00:00Z".encode()
    with zipfile.ZipFile(path) as held:
        entries = [(info.filename, held.read(info)) for info in held.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in entries:
            if name == "docProps/core.xml":
                content = _STAMP.sub(rb"\g<1>" + stamp + rb"\g<3>", content)
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            target.writestr(info, content)
