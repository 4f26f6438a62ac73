"""hongxian (红线): screens project sites in Shanxi against the spatial rules of environmental plans.

>>> from datetime import date
>>> from geo import assess, load_layers, load_rulebook, read_sites, starter_folder
>>> starter = starter_folder()
>>> sites = read_sites(starter / "example_sites.csv")
>>> result = assess(load_rulebook(), load_layers(starter), sites, on=date(2026, 1, 1))
>>> result.verdicts.set_index("site_id").loc["S-03", "outcome_zh"][:3]
'待核实'

The names below are fetched when they are first used, so that the command line answers ``--help`` without
loading what only screening needs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geo.assessment import Assessment, assess
    from geo.catalog import LayerCatalog, load_layers
    from geo.rulebook import RuleBook, load_rulebook
    from geo.sites import SiteList, read_sites
    from geo.starter import starter_folder

__all__ = [
    "Assessment",
    "LayerCatalog",
    "RuleBook",
    "SiteList",
    "assess",
    "load_layers",
    "load_rulebook",
    "read_sites",
    "starter_folder",
]

_HOMES = {
    "Assessment": "geo.assessment",
    "LayerCatalog": "geo.catalog",
    "RuleBook": "geo.rulebook",
    "SiteList": "geo.sites",
    "assess": "geo.assessment",
    "load_layers": "geo.catalog",
    "load_rulebook": "geo.rulebook",
    "read_sites": "geo.sites",
    "starter_folder": "geo.starter",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'geo' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
