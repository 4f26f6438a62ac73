"""Run every verb once, one after the other, in this process: ``python tests/no_network.py WORKSPACE OUT``; prints their exit codes.

To be started where there is no network (``unshare -n``) and with ``TMPDIR`` set: any attempt to reach out ends it, and
whatever is left in ``TMPDIR`` was left by a verb.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from pathlib import Path

from conftest import refuse_network  # noqa: F401 its hook is on from here

import geo.rulebook
from geo.cli import main


def verb(*words: object) -> int:
    """Its exit code."""
    sys.argv = ["hongxian", *map(str, words)]
    try:
        main()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def run() -> dict[str, int]:
    """Every verb on a small workspace."""
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    manifest, day = folder / "layers" / "manifest.yaml", "2026-01-01"
    sites = ["sites.csv", "sites.kml", "sites.zip"]
    common = ["--layers", manifest, "--on", day]
    book = geo.rulebook.load_rulebook()
    few = book.only(["YC-15", "YC-72"])
    found = {
        "rules lint": verb("rules", "lint"),
        "industries": verb("industries", "炼焦"),
        "init": verb("init", out / "new"),
    }
    geo.rulebook.load_rulebook = lambda *given, **named: few  # type: ignore[assignment]
    for name in sites:
        stated = ["--industry", "2521", "--development", "new", "--datum", "cgcs2000"]
        found[f"sites check {name}"] = verb("sites", "check", folder / name, *stated)
    screened = [folder / "sites.csv", "--datum", "cgcs2000", *common, "--no-cache"]
    found["screen"] = verb(
        "screen", *screened, "--out", out / "a", "--shapefile", "--rasters", "--resolution", "200m"
    )
    found["screen zip"] = verb("screen", folder / "sites.zip", *stated, *common, "--no-cache", "--no-report", "--no-figures", "--out", out / "z")  # fmt: skip
    found["rerun"] = verb("rerun", out / "a")
    found["diff"] = verb("diff", out / "a", out / "a", "--out", out / "d.xlsx")
    found["explain"] = verb("explain", out / "a", "A")
    found["portfolio"] = verb("portfolio", out / "a")
    found["layers check"] = verb("layers", "check", "--layers", manifest, "--on", day)
    found["layers cache"] = verb("layers", "cache", "--cache", out / "cache")
    found["restore"] = verb("restore", *common, "--out", out / "r", "--no-figures")
    found["where"] = verb("where", "--industry", "2521", "--adcode", "140882", *common, "--out", out / "w")
    return found


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    told = run()
    left = sorted(path.name for path in Path(os.environ["TMPDIR"]).iterdir())
    print(json.dumps({"codes": told, "left": left}, ensure_ascii=False))
