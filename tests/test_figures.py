"""Figures: no empty boxes for characters, true scales, the same bytes, symbols of the map."""

from __future__ import annotations

import hashlib
import io
import json
import warnings
from pathlib import Path

import numpy as np
import pytest
import shapely
from PIL import Image
from worlds import east_of_bank, fen_bank, in_memory, judged, site_frame, yuncheng

from geo.language import Lang
from geo.space import geodesic_m
from geo.terms import Cause, Outcome
from geo.writers.contents import run_contents
from geo.writers.dossier import Dossier
from geo.writers.figures import fonts
from geo.writers.figures.canvas import as_drawing, drawing, new_figure
from geo.writers.figures.charts import near_checks, open_causes
from geo.writers.figures.labels import Labels
from geo.writers.figures.mapframe import bar_length
from geo.writers.figures.matrix import make_matrix
from geo.writers.figures.pictures import Album
from geo.writers.figures.plane import SCALES, fit_plane
from geo.writers.figures.sitemap import distances_shown
from geo.writers.figures.symbols import MARKERS

RARE = "隰县岢岚㐀𠮷𘠀"  # the last is Tangut: hardly any machine has it


@pytest.fixture(scope="module")
def dossier() -> Dossier:
    sites = site_frame(
        {"site_id": "A", "name": f"造纸{RARE} $x$", "industry": "2221", "at": east_of_bank(1500)},
        {"site_id": "B", "name": "造纸", "industry": "2221", "at": east_of_bank(2500)},
    )
    found = judged(in_memory(*yuncheng(fen_bank())), sites)
    return Dossier(found, run_contents(found))


def test_the_font_is_what_its_notice_says() -> None:
    folder = Path(fonts.__file__).parent / "font"
    notice = json.loads((folder / "notice.json").read_text(encoding="utf-8"))
    assert hashlib.sha256((folder / notice["file"]).read_bytes()).hexdigest() == notice["sha256"]
    assert "OFL" in notice["licence"]
    assert "SIL OPEN FONT LICENSE" in (folder / "OFL.txt").read_text(encoding="utf-8").upper()


@pytest.mark.parametrize("text", ["①②③④⑤⑥⑦⑧⑨", "〓—–…×÷≤≥±°′″：，。；（）《》“”、＿", "AZaz09%"])
def test_the_font_that_travels_along_has_what_figures_say(text: str) -> None:
    from matplotlib.ft2font import FT2Font

    held = FT2Font(str(Path(fonts.__file__).parent / "font" / "HongxianSansSC.ttf")).get_charmap()
    assert [sign for sign in text if ord(sign) not in held] == []


def test_every_word_of_rules_and_terms_can_be_drawn(dossier: Dossier) -> None:
    said = "".join(rule.title.zh for rule in dossier.assessment.rulebook.rules.values())
    assert fonts.drawable(said) == " ".join(said.split())


def test_no_figure_draws_an_empty_box(dossier: Dossier) -> None:
    album = Album(dossier)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # matplotlib warns of a glyph it lacks
        for picture in [*album.general(), album.of_site(0), album.of_site(1)]:
            assert album.image(picture) is not None, picture.name


def test_what_no_font_holds_becomes_the_printers_sign() -> None:
    assert fonts.drawable("甲\U0001f9ff\ufffe乙")[-1] == "乙"
    assert "\ufffe" not in fonts.drawable("甲\ufffe乙")
    assert fonts.drawable("甲\n\t乙") == "甲 乙"


def test_files_come_in_three_kinds_and_twice_the_same(dossier: Dossier, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        album = Album(dossier)
        pictures = [*album.general()[:2], *album.conflicting(5)]
        album.write(pictures, tmp_path / folder, lambda stage: None)
    names = {path.name for path in (tmp_path / "one").iterdir()}
    assert {f"site_0001_A.{kind}" for kind in ("png", "svg", "pdf")} <= names
    assert "site_0002_B.png" not in names  # nothing stops it
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name
    with Image.open(tmp_path / "one" / "outcomes.png") as image:
        assert round(image.info["dpi"][0]) == 300
        assert image.width == pytest.approx(16 / 2.54 * 300, abs=2)


def test_the_picture_of_the_report_is_light_and_white(dossier: Dossier) -> None:
    album = Album(dossier)
    png = album.image(album.of_site(0))
    assert png is not None
    assert len(png) < 250_000
    with Image.open(io.BytesIO(png)) as image:
        assert image.convert("RGB").getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize("lon", [110.5, 112.49, 112.9, 113.8])
def test_a_map_is_true_to_its_scale(lon: float) -> None:
    plane = fit_plane(shapely.box(lon, 35.5, lon + 0.02, 35.51), 10, 8)
    assert plane.scale in SCALES
    assert plane.east - plane.west == pytest.approx(0.10 * plane.scale)
    ends = np.array([[lon, 35.5], [lon + 0.01, 35.505]])
    flat = shapely.get_coordinates(plane.project(shapely.points(ends)))
    ground = float(geodesic_m(ends[:1], ends[1:])[0])
    assert float(np.hypot(*(flat[1] - flat[0]))) == pytest.approx(ground, rel=3e-4)
    assert shapely.covers(plane.window(0.01), shapely.box(lon, 35.5, lon + 0.02, 35.51))


def test_scale_bars_are_round() -> None:
    for width in (1300, 9999, 47_000, 310_000):
        length = bar_length(width)
        assert width / 12 <= length <= width / 4
        assert f"{length:g}".replace("e+0", "e")[0] in "125"


def test_names_never_lie_on_each_other() -> None:
    plane = fit_plane(shapely.box(111, 35, 111.1, 35.1), 10, 10)
    with drawing():
        figure = new_figure(10, 10)
        labels = Labels(figure.add_axes((0, 0, 1, 1)), plane)
        x, y = (plane.west + plane.east) / 2, (plane.south + plane.north) / 2
        placed = [labels.place(x, y, f"S-{n:02d}") for n in range(40)]
    assert any(placed) and not all(placed)  # the rest finds no room and is left out
    boxes = [shapely.box(*box) for box in labels.taken]
    assert all(shapely.intersection(a, b).area < 1e-6 for i, a in enumerate(boxes) for b in boxes[:i])


def test_the_distance_drawn_is_the_distance_measured(dossier: Dossier) -> None:
    site = dossier.assessment.sites.iloc[0]
    shown = distances_shown(dossier, site.geometry, dossier.checks_of("A"))
    assert shown[0].text == "距汾河河岸 1,500 米（限 2 公里）"
    ends = shapely.get_coordinates(shown[0].line)
    assert float(geodesic_m(ends[:1], ends[1:])[0]) == pytest.approx(1500, abs=0.5)


def test_strips_show_distance_over_limit(dossier: Dossier) -> None:
    near = near_checks(dossier).set_index(["rule_id", "site_id"])["times"]
    assert near["YC-15", "A"] == pytest.approx(0.75, abs=1e-4)
    assert near["YC-15", "B"] == pytest.approx(1.25, abs=1e-4)


def test_the_matrix_says_what_each_rule_leads_to(dossier: Dossier) -> None:
    matrix = make_matrix(dossier)
    column = matrix.rule_ids.index("YC-15")
    cells = dict(zip(matrix.site_ids, (row[column] for row in matrix.cells), strict=True))
    assert cells == {"A": Outcome.PROHIBITED, "B": Outcome.CLEAR}
    short = make_matrix(dossier, 1, 1)
    assert (short.site_ids, short.rule_ids, short.sites_left_out) == (["A"], ["YC-15"], 1)


def test_causes_are_counted_by_site() -> None:
    sites = site_frame({"site_id": "A", "industry": "2221", "at": east_of_bank(1990), "accuracy_m": 30.0})
    found = judged(in_memory(*yuncheng(fen_bank())), sites)
    assert open_causes(Dossier(found, run_contents(found))) == [(Cause.ACCURACY, 1)]


def test_every_outcome_has_a_symbol_of_its_own() -> None:
    assert set(MARKERS) == set(Outcome)
    assert len(set(MARKERS.values())) == len(MARKERS)


def test_english_figures_hold_no_chinese_words(dossier: Dossier) -> None:
    album = Album(Dossier(dossier.assessment, dossier.contents, Lang.EN))
    with drawing():
        for picture in album.general()[:2]:
            figure = picture.draw()
            assert figure is not None
            texts = [t.get_text() for t in figure.findobj(match=lambda artist: hasattr(artist, "get_text"))]
            assert not any("\u4e00" <= sign <= "\u9fff" for text in texts for sign in text), texts
            as_drawing(figure, "svg")
