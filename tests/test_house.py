"""The house: imports only downwards, no file of the package speaks of what its users do not have."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

#: A module may import only from modules above it. A folder stands for all modules in it.
ORDER = [
    "geo.data",
    "geo.terms",
    "geo.language",
    "geo.errors",
    "geo.asides",
    "geo.limits",
    "geo.yamls",
    "geo.parsed",
    "geo.space",
    "geo.datums",
    "geo.datum_params",
    "geo.index.pieces",
    "geo.index.vincenty",
    "geo.index.engines",
    "geo.index.kept",
    "geo.index.cells",
    "geo.index.threads",
    "geo.index.boxes",
    "geo.index.rings",
    "geo.index.places",
    "geo.index.drawn",
    "geo.index.sharing",
    "geo.index.planar",
    "geo.index.walks",
    "geo.index.bounding",
    "geo.index.point_walks",
    "geo.index.area_walks",
    "geo.index.common_areas",
    "geo.index.geodesics",
    "geo.index.painting",
    "geo.index.distance_painting",
    "geo.index.spans",
    "geo.index.scanlines",
    "geo.index.planting",
    "geo.index.asking",
    "geo.index.compiled",
    "geo.index.near_ground",
    "geo.index.reference",
    "geo.index.tiles",
    "geo.index",
    "geo.contracts",
    "geo.frames",
    "geo.kinds",
    "geo.rule",
    "geo.task",
    "geo.indicator",
    "geo.industries",
    "geo.rulebook",
    "geo.ledger",
    "geo.divisions",
    "geo.counties",
    "geo.official",
    "geo.garbage",
    "geo.crs",
    "geo.gdal",
    "geo.streaming",
    "geo.reading",
    "geo.features",
    "geo.cache",
    "geo.containers",
    "geo.layer",
    "geo.attributes",
    "geo.catalog",
    "geo.manifest",
    "geo.manifest.file",
    "geo.manifest.proposal",
    "geo.manifest.entry",
    "geo.manifest.add",
    "geo.osm",
    "geo.osm.names",
    "geo.osm.extract",
    "geo.osm.layers",
    "geo.sitefiles",
    "geo.sitefiles.texts",
    "geo.sitefiles.angles",
    "geo.sitefiles.coordinate_text",
    "geo.sitefiles.rings",
    "geo.sitefiles.gauss_kruger",
    "geo.sitefiles.footprint",
    "geo.sitefiles.columns",
    "geo.sitefiles.answers",
    "geo.sitefiles.words",
    "geo.sitefiles.options",
    "geo.sitefiles.sheets",
    "geo.sitefiles.tables",
    "geo.sitefiles.boundary_txt",
    "geo.sitefiles.kml",
    "geo.sitefiles.dxf",
    "geo.sitefiles.vectors",
    "geo.sitefiles.row_words",
    "geo.sitefiles.row",
    "geo.sitefiles.alike",
    "geo.sites",
    "geo.site_options",
    "geo.site_check",
    "geo.doubt",
    "geo.measures",
    "geo.ground",
    "geo.window",
    "geo.zones",
    "geo.scope",
    "geo.indexes",
    "geo.asked",
    "geo.findings",
    "geo.wording",
    "geo.agreement",
    "geo.review",
    "geo.governing",
    "geo.judging",
    "geo.verdicts",
    "geo.advice",
    "geo.advice.minkowski",
    "geo.advice.shift",
    "geo.advice.obstacles",
    "geo.advice.acceptance",
    "geo.advice.moves",
    "geo.advice.move_frames",
    "geo.advice.survey",
    "geo.advice.conflicts",
    "geo.coverage",
    "geo.certificate",
    "geo.rasters",
    "geo.rasters.resolution",
    "geo.rasters.grid",
    "geo.rasters.shapes",
    "geo.rasters.alike",
    "geo.rasters.states",
    "geo.rasters.constraints",
    "geo.rasters.distance",
    "geo.rasters.pieces",
    "geo.restoration",
    "geo.restoration.frames",
    "geo.restoration.axes",
    "geo.restoration.rasters",
    "geo.restoration.courses",
    "geo.restoration.banks",
    "geo.restoration.ground",
    "geo.restoration.lost",
    "geo.restoration.strips",
    "geo.restoration.schemes",
    "geo.restoration.cover",
    "geo.restoration.deficit",
    "geo.restoration.treatment",
    "geo.restoration.terrain",
    "geo.restoration.conflicts",
    "geo.restoration.priority",
    "geo.restoration.prices",
    "geo.restoration.ledger",
    "geo.restoration.listed",
    "geo.restoration.indicators",
    "geo.restoration.plan",
    "geo.restoration.task_examples",
    "geo.assessment",
    "geo.availability",
    "geo.availability.use",
    "geo.availability.area",
    "geo.availability.frames",
    "geo.availability.screening",
    "geo.availability.nearer",
    "geo.availability.limits",
    "geo.availability.ground",
    "geo.availability.kinds",
    "geo.availability.room",
    "geo.availability.classes",
    "geo.availability.cells",
    "geo.availability.statistics",
    "geo.availability.weights",
    "geo.availability.candidates",
    "geo.availability.better",
    "geo.availability.places",
    "geo.runs.variants",
    "geo.runs.checks",
    "geo.runs.what_if",
    "geo.runs.existing",
    "geo.labels",
    "geo.phrases.advice",
    "geo.phrases.checks",
    "geo.phrases.runs",
    "geo.phrases.restoration",
    "geo.phrases.lists",
    "geo.phrases",
    "geo.english.words",
    "geo.english.tables",
    "geo.english.checks",
    "geo.english.restoration",
    "geo.english.portfolio",
    "geo.english.ground",
    "geo.english",
    "geo.runs.record",
    "geo.runs.stored",
    "geo.runs",
    "geo.starter",
    "geo.examples",
    "geo.lint",
    "geo.explain",
    "geo.writers.styles",
    "geo.writers.quantities",
    "geo.writers.subject",
    "geo.writers.redaction",
    "geo.writers.content",
    "geo.writers.restoration_contents",
    "geo.writers.basemap",
    "geo.writers.contents",
    "geo.writers.webmap.packing",
    "geo.writers.tiles",
    "geo.writers.webmap.topology",
    "geo.writers.webmap.page",
    "geo.writers.webmap.crowd",
    "geo.writers.webmap.basemap",
    "geo.writers.webmap.sitedata",
    "geo.writers.webmap.zonedata",
    "geo.writers.webmap.groundlayers",
    "geo.writers.webmap.morelayers",
    "geo.writers.webmap.symbols",
    "geo.writers.webmap.elements",
    "geo.writers.webmap.legend",
    "geo.writers.webmap",
    "geo.writers",
    "geo.batches.arrow",
    "geo.batches.folder",
    "geo.batches.job",
    "geo.batches.part",
    "geo.batches.intake",
    "geo.batches.machine",
    "geo.batches.engines",
    "geo.batches.whole",
    "geo.batches.run",
    "geo.batches",
    "geo",  # the public names
    "geo.cli.console",
    "geo.cli.stopping",
    "geo.cli.unforeseen",
    "geo.cli.layers",
    "geo.cli.outputs",
    "geo.cli.cache",
    "geo.cli.osm",
    "geo.cli.rules",
    "geo.cli.site_options",
    "geo.cli.runs",
    "geo.cli.sites",
    "geo.cli.restore",
    "geo.cli.where",
    "geo.cli.large",
    "geo.cli",
    "geo.__main__",
]

#: Only these touch files; every other module is frames in, frames out.
TOUCH_FILES = {
    "geo.asides",
    "geo.site_options",
    "geo.official",
    "geo.limits",
    "geo.yamls",
    "geo.parsed",
    "geo.index.kept",
    "geo.rulebook",
    "geo.divisions",
    "geo.industries",
    "geo.gdal",
    "geo.streaming",
    "geo.reading",
    "geo.cache",
    "geo.containers",
    "geo.catalog",
    "geo.restoration.rasters",
    "geo.restoration.schemes",
    "geo.manifest.file",
    "geo.osm.layers",
    "geo.sitefiles.texts",
    "geo.sitefiles.columns",
    "geo.sitefiles.words",
    "geo.sitefiles.answers",
    "geo.sitefiles.sheets",
    "geo.sitefiles.dxf",
    "geo.sitefiles.boundary_txt",
    "geo.sitefiles.kml",
    "geo.sitefiles.vectors",
    "geo.sites",
    "geo.starter",
    "geo.explain",
    "geo.runs.stored",
    "geo.writers",
    "geo.batches.folder",
    "geo.batches.intake",
    "geo.batches.job",
    "geo.batches.machine",
    "geo.batches.run",
    "geo.batches.whole",
    "geo.writers.webmap",
    "geo.writers.webmap.page",
    "geo.cli",
    "geo.cli.rules",
    "geo.cli.restore",
}


def modules() -> dict[str, Path]:
    found = {}
    for path in sorted((ROOT / "geo").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def place(module: str) -> str:
    """The entry of ORDER that a module belongs to: itself or the nearest folder above it."""
    while module not in ORDER:
        module = module.rpartition(".")[0]
    return module


def imports(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "geo":
            names.add(node.module)
        elif isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names if alias.name.split(".")[0] == "geo")
    return names


@pytest.mark.parametrize("module", modules())
def test_imports_only_downwards(module: str) -> None:
    assert module == "geo" or place(module) != "geo", f"{module} has no place in the house yet"
    own = ORDER.index(place(module))
    for imported in imports(modules()[module]):
        there = ORDER.index(place(imported))
        assert there < own or place(imported) == place(module), (
            f"{module} imports {imported}, which is above it"
        )


@pytest.mark.parametrize("module", modules())
def test_only_named_modules_touch_files(module: str) -> None:
    touches = re.search(
        r"\b(open|read_text|read_bytes|write_text|read_dataframe|write_dataframe)\(",
        modules()[module].read_text(),
    )
    assert not touches or place(module) in TOUCH_FILES, f"{module} touches files"


def test_the_package_reads_nothing_beside_the_checkout() -> None:
    for path in [*modules().values(), *(ROOT / "scripts").iterdir()]:
        if path.is_file():
            assert "../shared" not in path.read_text(encoding="utf-8"), path


def test_every_public_name_has_a_docstring() -> None:
    bare = []
    for module, path in modules().items():
        bare += [f"{module}.{name}" for name in _bare(ast.parse(path.read_text(encoding="utf-8")))]
    assert bare == []


def _bare(scope: ast.Module | ast.ClassDef) -> list[str]:
    """Public functions, classes and methods without a docstring."""
    found = []
    for node in scope.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            found += [node.name] if not ast.get_docstring(node) else []
            found += _bare(node) if isinstance(node, ast.ClassDef) else []
    return found
