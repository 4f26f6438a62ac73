"""Office files are zip archives that carry the time of writing; here the same content gives the same bytes."""

from __future__ import annotations

import os
import re
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

from geo.errors import RunError

#: A zip archive can hold no earlier day.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_STAMP = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:(?:created|modified)>)")


def written_on(on: date) -> date:
    """The day that files bear as that of writing: ``SOURCE_DATE_EPOCH``'s where it is set, else the run's own; never today's.

    Raises :class:`~geo.errors.RunError` where the variable is no number of seconds.

    >>> written_on(date(2026, 1, 1)) in (date(2026, 1, 1), written_on(date(1990, 1, 1)))
    True
    """
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not epoch:
        return on
    try:
        return datetime.fromtimestamp(int(epoch), UTC).date()
    except (ValueError, OverflowError, OSError) as error:
        raise RunError(f"环境变量 SOURCE_DATE_EPOCH={epoch} 不是秒数；写成整数或不设") from error


def settle_dates(path: Path, on: date) -> None:
    """Rewrite an Office file with fixed times: entries have none, its properties the day of :func:`written_on`."""
    stamp = f"{written_on(on):%Y-%m-%d}T00:00:00Z".encode()
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
