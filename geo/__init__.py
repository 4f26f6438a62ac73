"""hongxian (红线): screens project sites in Shanxi against the spatial rules of environmental plans.

>>> from datetime import date
>>> from geo import assess, load_layers, load_rulebook, read_sites, starter_folder
>>> starter = starter_folder()
>>> sites = read_sites(starter / "example_sites.csv")
>>> result = assess(load_rulebook(), load_layers(starter), sites, on=date(2026, 1, 1))
>>> result.verdicts.set_index("site_id").loc["S-03", "outcome_zh"][:3]
'待核实'
"""

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
