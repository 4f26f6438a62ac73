"""A run in English holds no Chinese but what has no English: every output is read, and what is left is listed.

What may stay, by kind (:func:`allowed`): names of places, features and organs; numbers and titles of sections; words
quoted from a plan; names of the national standard of industries; what the user wrote (names of sites, the sources
of layers); the rule book's notes on what a plan leaves open, which are written in Chinese only.
"""

from __future__ import annotations

import base64
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyogrio
import pytest
from worlds import DAY

from geo import starter_folder
from geo.divisions import read_divisions
from geo.industries import industries
from geo.language import Lang
from geo.runs.request import Request
from geo.site_options import SiteOptions
from geo.writers import write_run
from geo.writers.outputs import Outputs

_CHINESE = re.compile("[\u4e00-\u9fff]+")
_SITES = ["S-01", "S-02", "S-03", "S-10", "S-17", "S-32"]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Request:
    folder = tmp_path_factory.mktemp("asked")
    listed = pd.read_csv(starter_folder() / "example_sites.csv", dtype=str, keep_default_na=False)
    chosen = listed[listed.iloc[:, 0].isin(_SITES)]
    chosen.to_csv(folder / "sites.csv", index=False)
    decided = {"reason": "the river moved", "who": "Zhang", "date": "2026-03-01", "evidence": "paper"}
    site, outcome = chosen.iloc[0, 0], "未触及"
    (folder / "overrides.yaml").write_text(
        f"overrides:\n  - {{site: {site}, decision: {outcome}, "
        + ", ".join(f"{key}: {value}" for key, value in decided.items())
        + "}\n",
        encoding="utf-8",
    )
    return Request(
        files=(folder / "sites.csv",),
        layers=starter_folder() / "manifest.yaml",
        on=DAY,
        reading=SiteOptions(datum=("cgcs2000",)),
        what_if=("development=existing", "on=2031-01-01"),
        overrides=folder / "overrides.yaml",
        lang=Lang.EN,
        restoration=True,
    )


@pytest.fixture(scope="module")
def run(asked: Request, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a run in English, and all the Chinese it may hold."""
    assessment = asked.screen()
    folder = tmp_path_factory.mktemp("english") / "run"
    write_run(assessment, folder, outputs=Outputs(detailed_sites=3, mapped_sites=1, lang=Lang.EN))
    return folder, "\n".join(allowed(assessment))


def allowed(assessment: Any) -> Iterator[str]:
    """All that may stay Chinese, by kind."""
    book, catalog = assessment.rulebook, assessment.catalog
    rules = [*book.rules.values(), *book.tasks.values()]
    # names of places, features and organs
    yield from read_divisions()["name"]
    yield from ("山西省", "陕西省", "河南省", "河北省", "内蒙古自治区", "北京市", "天津市")
    yield from assessment.zones["feature_name"]
    yield from assessment.restoration.strips["river"]
    yield from assessment.restoration.ledger["river"]
    for layer in catalog.layers:
        yield from (name for name in (layer.covers.names if layer.covers else ()))
    yield from (plan.office for plan in book.plans.values())
    yield from (plan.issuer for plan in book.plans.values())
    # sections
    yield from (rule.section for rule in rules)
    # words quoted from a plan
    for group in book.groups.values():
        yield from (entry.word for entry in [*group.named, *group.similar])
    yield from assessment.scope.rules["word"]
    for rule in book.rules.values():
        for reference in rule.measured_from:
            yield reference.term or ""
            yield json.dumps(reference.model_dump(mode="json"), ensure_ascii=False)
        yield from rule.key_terms
    for task in book.tasks.values():
        yield json.dumps(task.model_dump(mode="json")["targets"], ensure_ascii=False)
    # the standard of industries
    yield from (industry.name for industry in industries().values())
    # the user's own words
    yield from assessment.sites["name"]
    yield from (layer.source for layer in catalog.layers)
    # notes of the rule book
    yield from (rule.notes.ambiguity or "" for rule in book.rules.values())


def left(texts: Iterator[str], held: str) -> list[tuple[str, str]]:
    """The Chinese words that no kind allows, each with where it stands."""
    found = {}
    for text in texts:
        for word in _CHINESE.findall(text):
            if word not in held:
                found.setdefault(word, text[:120])
    return sorted(found.items())


def test_the_report_and_its_page(run: tuple[Path, str]) -> None:
    folder, held = run
    with zipfile.ZipFile(folder / "report.docx") as word:
        parts = [n for n in word.namelist() if re.fullmatch(r"word/(document|header\d*|footer\d*)\.xml", n)]
        texts = [t for n in parts for t in re.findall(r"<w:t[ >][^<]*", word.read(n).decode("utf-8"))]
    page = (folder / "report.html").read_text(encoding="utf-8")
    shown = re.sub(r"<style.*?</style>|src=\"data:[^\"]*\"", "", page, flags=re.DOTALL)
    assert texts and left(iter(texts), held) == []
    assert left(iter(re.findall(r"[^<>]+", shown)), held) == []


@pytest.mark.parametrize("name", ["findings.xlsx", "restoration.xlsx"])
def test_the_workbooks(run: tuple[Path, str], name: str) -> None:
    folder, held = run
    book = openpyxl.load_workbook(folder / name, read_only=True)
    assert left(iter(book.sheetnames), held) == []
    for sheet in book:
        cells = (str(c) for row in sheet.iter_rows(values_only=True) for c in row if isinstance(c, str))
        assert left(cells, held) == [], sheet.title


def test_the_tables_and_layers(run: tuple[Path, str]) -> None:
    folder, held = run
    assert left(iter([(folder / "findings.csv").read_text(encoding="utf-8-sig")]), held) == []
    for name in pyogrio.list_layers(folder / "screening.gpkg")[:, 0]:
        if name == "qgis_projects":
            continue  # the same as the project beside it
        frame = pyogrio.read_dataframe(folder / "screening.gpkg", layer=name, read_geometry=False)
        texts = (str(value) for column in frame.columns for value in frame[column].unique())
        assert left(texts, held) == [], name


def test_the_project(run: tuple[Path, str]) -> None:
    folder, held = run
    with zipfile.ZipFile(folder / "screening.qgz") as project:
        text = project.read(project.namelist()[0]).decode("utf-8")
    assert left(iter(re.findall(r'"[^"]*"|>[^<]*', text)), held) == []


def test_the_map(run: tuple[Path, str]) -> None:
    """The page, its data also where they are compressed; its scripts hold both languages and choose."""
    folder, held = run
    page = (folder / "map.html").read_text(encoding="utf-8")
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert data is not None
    shown = re.sub(r"<script.*?</script>|<style.*?</style>", "", page, flags=re.DOTALL)
    made = page.rsplit("<script>", 1)[1]  # what folium writes: layers, switches, controls
    assert "Stretches to survey" in made
    assert left(iter([shown, made]), held) == []
    assert left(_texts(json.loads(data[1])), held) == []


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        unpacked = _unpacked(data)
        if unpacked is None:
            yield data
        else:
            yield from _texts(unpacked)
    elif isinstance(data, dict | list):
        for value in data.values() if isinstance(data, dict) else data:
            yield from _texts(value)


def _unpacked(text: str) -> Any:
    if not text.startswith("eJ") and not text.startswith("eN"):
        return None
    try:
        return json.loads(zlib.decompress(base64.b64decode(text)))
    except (ValueError, zlib.error):
        return None


def test_the_figures(run: tuple[Path, str]) -> None:
    """matplotlib writes each text beside its outlines, as a comment."""
    folder, held = run
    drawn = sorted((folder / "figures").glob("*.svg"))
    assert drawn
    for path in drawn:
        comments = re.findall(r"<!--(.*?)-->", path.read_text(encoding="utf-8"))
        assert comments and left(iter(comments), held) == [], path.name


def test_a_word_that_nobody_told_would_be_found() -> None:
    assert left(iter(["within 2 km of 汾河: 未触及"]), "汾河") == [("未触及", "within 2 km of 汾河: 未触及")]
