"""The HTML map: one file that loads nothing, keeps users' text as text, and is the same on every run."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import folium
import geopandas as gpd
import numpy as np
import pytest
from branca.element import JavascriptLink
from pyproj import CRS, Transformer

from geo import assess, load_layers, load_rulebook, read_sites, starter_folder
from geo.assessment import Assessment
from geo.contracts import NUMBER, TEXT, Column
from geo.datums import wgs84_from_gcj02
from geo.terms import Effect, Outcome
from geo.writers.content import Content, Group, Kind
from geo.writers.contents import run_contents
from geo.writers.styles import DEMO_NOTE, PRELIMINARY_NOTE
from geo.writers.tiles import read_tiles
from geo.writers.webmap import CANVAS_ABOVE, write_map
from geo.writers.webmap.packing import as_json
from geo.writers.webmap.page import ASSETS, UnknownLinkError, inline_links

HOSTILE = "<img src=x onerror=alert(1)></script><script>alert(2)</script>"


@pytest.fixture(scope="module")
def assessment() -> Assessment:
    starter = starter_folder()
    sites = read_sites(starter / "example_sites.csv", starter / "example_sites.geojson")
    return assess(load_rulebook(), load_layers(starter), sites, on=date(2026, 1, 1))


@pytest.fixture(scope="module")
def page(assessment: Assessment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("map") / "map.html"
    write_map(assessment, path)
    return path


def renamed(assessment: Assessment, name: str) -> Assessment:
    """The assessment with another name for all of its sites."""
    sites, verdicts = assessment.sites.copy(), assessment.verdicts.copy()
    sites["name"] = verdicts["name"] = name
    return dataclasses.replace(assessment, sites=sites, verdicts=verdicts)


def only(assessment: Assessment, site_ids: list[str]) -> Assessment:
    """The assessment of some of its sites."""
    kept = {
        name: frame[frame["site_id"].isin(site_ids)].reset_index(drop=True)
        for name, frame in {"sites": assessment.sites, "verdicts": assessment.verdicts}.items()
    }
    return dataclasses.replace(assessment, **kept)


def legend(page: Path) -> str:
    found = re.search(r'<template id="legend">(.*?)</template>', page.read_text(encoding="utf-8"), re.S)
    assert found is not None
    return found[1]


def outside_links(text: str) -> list[str]:
    """What the markup itself would load: sources of elements, urls of styles; not the text of scripts."""
    bare = re.sub(r"(<script\b[^>]*>).*?</script>", r"\1</script>", text, flags=re.S | re.I)
    found = re.findall(r"<(?:script|link|img|iframe|source|image|use)\b[^>]*?(?:src|href)\s*=\s*\S+", bare)
    styles = re.findall(r"<style\b[^>]*>(.*?)</style>", bare, flags=re.S)
    urls = [url for style in styles for url in re.findall(r"url\(\s*[\"']?([^\"')]+)|@import\s+(\S+)", style)]
    return found + ["".join(url) for url in urls if not "".join(url).startswith(("data:", "#"))]


def test_nothing_is_linked(page: Path) -> None:
    assert outside_links(page.read_text(encoding="utf-8")) == []


def test_the_test_for_links_sees_one() -> None:
    assert outside_links('<script src="https://a/b.js"></script><style>a{background:url(c.png)}</style>')


def test_file_is_small(page: Path) -> None:
    assert page.stat().st_size < 2_000_000


def test_two_runs_are_the_same_file(assessment: Assessment, page: Path, tmp_path: Path) -> None:
    write_map(assessment, tmp_path / "again.html")
    assert (tmp_path / "again.html").read_bytes() == page.read_bytes()


def test_hostile_name_stays_text(assessment: Assessment, tmp_path: Path) -> None:
    path = tmp_path / "map.html"
    write_map(renamed(assessment, HOSTILE), path)
    text = path.read_text(encoding="utf-8")
    assert "<img src=x" not in text
    assert "<script>alert" not in text
    assert "\\u003cimg src=x onerror=alert(1)\\u003e" in text


def test_json_ends_no_script() -> None:
    value = {"name": HOSTILE + "\u2028&<!--"}
    text = as_json(value)
    assert not set(text) & set("<>&\u2028")
    assert json.loads(text) == value


def test_assets_are_what_the_manifest_says() -> None:
    manifest = json.loads((ASSETS / "manifest.json").read_text(encoding="utf-8"))
    listed = {asset["file"]: asset["sha256"] for asset in manifest["assets"]}
    held = {
        path.relative_to(ASSETS).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((ASSETS / "vendor").rglob("*"))
        if path.is_file()
    }
    assert listed == held


def test_every_vendored_package_has_a_notice() -> None:
    manifest = json.loads((ASSETS / "manifest.json").read_text(encoding="utf-8"))
    notice = (ASSETS / "NOTICE.md").read_text(encoding="utf-8")
    for asset in manifest["assets"]:
        assert re.search(rf"^\| {asset['package']}[ (].*\| {asset['version']} \|", notice, re.M)


def test_unknown_link_is_refused() -> None:
    header = folium.Element()
    header.add_child(JavascriptLink("https://example.org/new.js"), name="something new")
    with pytest.raises(UnknownLinkError, match="something new"):
        inline_links(header)


def test_notes_and_date_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for words in (PRELIMINARY_NOTE, DEMO_NOTE, "2026年1月1日", "运城市“十四五”生态环境保护规划"):
        assert words in text


def test_legend_names_what_is_present(assessment: Assessment, page: Path) -> None:
    text = legend(page)
    present = set(assessment.verdicts["outcome"])
    for outcome in Outcome:
        assert (f"<small>{outcome.en}</small>" in text) == (outcome in present), outcome
    drawn = {
        assessment.rulebook[rule].effect for rule in assessment.zones.dropna(subset="limit_m")["rule_id"]
    }
    for effect in Effect:
        assert (f"<small>{effect.en}</small>" in text) == (effect in drawn), effect


def test_legend_of_fewer_sites(assessment: Assessment, tmp_path: Path) -> None:
    write_map(only(assessment, ["S-01"]), tmp_path / "map.html")
    text = legend(tmp_path / "map.html")
    assert f"<small>{Outcome.PROHIBITED.en}</small>" in text
    assert f"<small>{Outcome.UNDETERMINED.en}</small>" not in text


def test_no_sites_is_a_map_all_the_same(assessment: Assessment, tmp_path: Path) -> None:
    write_map(only(assessment, []), tmp_path / "map.html")
    assert "没有项目" in legend(tmp_path / "map.html")


# ---- in a browser ----


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, or a skip that says why; with HONGXIAN_REQUIRE_BROWSER=1 a failure."""

    def give_up(reason: str) -> None:
        if os.environ.get("HONGXIAN_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)

    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        give_up("no Chromium (apt-get install chromium)")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        give_up("no playwright (pip install playwright)")
    with sync_playwright() as playwright:
        # no name resolves: whatever is asked for outside fails, and is counted
        flags = ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND"]
        chromium = playwright.chromium.launch(executable_path=program, args=flags)
        yield chromium
        chromium.close()


class Visit:
    """A page opened with all requests but its own refused, and what happened to it."""

    def __init__(
        self, browser: Any, path: Path, view: str = "", width: int = 1400, height: int = 900
    ) -> None:
        self.errors: list[str] = []
        self.asked: list[str] = []
        self.dialogs: list[str] = []
        self.tab = browser.new_page(viewport={"width": width, "height": height})
        self.tab.on("pageerror", lambda error: self.errors.append(str(error)))
        self.tab.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        self.tab.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))
        self.tab.route("**/*", lambda route: self._serve(route, path.as_uri()))
        self.tab.goto(path.as_uri() + view)
        self.tab.wait_for_selector("svg path.leaflet-interactive, canvas.leaflet-zoom-animated")

    def _serve(self, route: Any, own: str) -> None:
        if route.request.url.split("#")[0] == own:
            route.continue_()
            return
        if not route.request.url.startswith(("data:", "blob:")):
            self.asked.append(route.request.url)
        route.abort()

    def search(self, words: str) -> str:
        """Search a site, take the first hit, return its popup's text."""
        self.tab.fill("input.search-input", words)
        self.tab.dispatch_event("input.search-input", "keyup")
        self.tab.click(".search-tip")
        self.tab.wait_for_selector(".leaflet-popup-content .card")
        return str(self.tab.inner_text(".leaflet-popup-content"))

    def signs(self) -> int:
        """How many sites are on the map; heads of arrows are signs too, but none of a site."""
        return int(
            self.tab.evaluate(
                "() => { let n = 0; hongxian.map.eachLayer(l => { n += l instanceof hongxian.Sign && 'dot' in l.options ? 1 : 0; }); return n; }"
            )
        )

    def rows(self) -> list[str]:
        """The numbers in the table, from above to below."""
        return [str(text) for text in self.tab.locator("#site-rows button").all_inner_texts()]

    def is_clean(self) -> bool:
        return not (self.errors or self.asked or self.dialogs)


@pytest.mark.browser
def test_map_opens_alone(browser: Any, page: Path) -> None:
    visit = Visit(browser, page)
    popup = visit.search("S-03")
    assert "结论" in popup
    assert "YC-15" in popup
    assert "米" in popup
    for control in ("zoom", "search", "measure", "layers", "scale", "mouseposition", "zoom-fullscreen"):
        assert visit.tab.locator(f".leaflet-control-{control}").count(), control
    assert visit.tab.locator(".legend:visible").count() == 1
    assert visit.is_clean(), (visit.errors, visit.asked, visit.dialogs)


@pytest.mark.browser
def test_zone_tells_its_rule_and_that_it_is_a_sketch(browser: Any, page: Path) -> None:
    visit = Visit(browser, page)
    visit.tab.locator("path.leaflet-interactive[fill='#B2182B']").last.dispatch_event("click")
    popup = visit.tab.inner_text(".leaflet-popup-content")
    for words in ("YQ-", "《阳泉市", "演示数据", "显示用简化图形"):
        assert words in popup
    assert visit.is_clean(), (visit.errors, visit.asked, visit.dialogs)


@pytest.mark.browser
def test_every_switch_changes_the_map_and_comes_back(browser: Any, page: Path) -> None:
    visit = Visit(browser, page)
    shown = "() => document.querySelectorAll('svg path.leaflet-interactive, .leaflet-names-pane .name, .leaflet-overlay-pane svg g > path').length"
    switches = visit.tab.locator(".leaflet-control-layers input[type=checkbox]")
    assert switches.count() >= 8
    for i in range(switches.count()):
        before = visit.tab.evaluate(shown)
        visit.tab.locator(".leaflet-control-layers input[type=checkbox]").nth(i).click()
        assert visit.tab.evaluate(shown) != before
        visit.tab.locator(".leaflet-control-layers input[type=checkbox]").nth(i).click()
        assert visit.tab.evaluate(shown) == before
    assert visit.is_clean(), (visit.errors, visit.asked, visit.dialogs)


@pytest.mark.browser
def test_hostile_name_is_shown_as_text(browser: Any, assessment: Assessment, tmp_path: Path) -> None:
    write_map(renamed(assessment, HOSTILE), tmp_path / "map.html")
    visit = Visit(browser, tmp_path / "map.html")
    assert HOSTILE in visit.search("S-01")
    visit.tab.locator("path[fill='#8B0000']").last.dispatch_event("mouseover")  # a prohibited one
    assert HOSTILE in visit.tab.inner_text(".leaflet-tooltip")
    assert visit.tab.locator("img[src=x]").count() == 0
    assert visit.is_clean(), (visit.errors, visit.asked, visit.dialogs)


@pytest.mark.browser
def test_measuring_loads_nothing(browser: Any, page: Path) -> None:
    visit = Visit(browser, page)
    visit.tab.hover(".leaflet-control-measure-toggle", force=True)
    visit.tab.click(".js-start")
    for x, y in ((600, 500), (700, 560), (640, 620)):
        visit.tab.mouse.click(x, y)
        visit.tab.wait_for_timeout(400)  # nearer clicks would be one double click
    visit.tab.click(".js-finish")
    assert "亩" in visit.tab.inner_text(".leaflet-measure-resultpopup")
    assert visit.is_clean(), (visit.errors, visit.asked, visit.dialogs)


@pytest.mark.browser
def test_print_lays_the_map_out_for_a_sheet(browser: Any, page: Path) -> None:
    visit = Visit(browser, page)
    centre = "() => hongxian.map.getCenter().toString()"
    before = visit.tab.evaluate(centre)
    visit.tab.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    assert visit.tab.locator(".north-arrow:visible").count() == 1
    assert visit.tab.locator(".leaflet-control-layers:visible, .leaflet-control-zoom:visible").count() == 0
    sheet = visit.tab.inner_text(".sheet-facts")
    for words in ("CGCS2000", "比例尺约 1:", "审图号", "2026年1月1日"):
        assert words in sheet
    assert visit.tab.locator(".tick:visible").count() > 8
    visit.tab.evaluate("() => window.dispatchEvent(new Event('afterprint'))")
    assert visit.tab.locator(".north-arrow:visible").count() == 0
    assert visit.tab.evaluate(centre) == before


@pytest.mark.browser
def test_many_sites_are_drawn_on_a_canvas(
    browser: Any, assessment: Assessment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert CANVAS_ABOVE == 2_500
    monkeypatch.setattr("geo.writers.webmap.CANVAS_ABOVE", 10)
    write_map(assessment, tmp_path / "map.html")
    visit = Visit(browser, tmp_path / "map.html")
    assert visit.tab.locator("canvas.leaflet-zoom-animated").count() == 1
    assert "结论" in visit.search("S-36")
    assert visit.is_clean(), (visit.errors, visit.asked, visit.dialogs)


@pytest.mark.browser
def test_zone_metres_are_those_of_proj(browser: Any, page: Path) -> None:
    """Gauss-Krüger in the page against PROJ, over all zones of China, to a millimetre."""
    rng = np.random.default_rng(5)
    lon, lat = rng.uniform(73.6, 135.0, 3000), rng.uniform(18.0, 53.5, 3000)
    visit = Visit(browser, page)
    got = visit.tab.evaluate(
        "points => points.map(p => { const m = hongxian.zoneMetres(p[0], p[1]); return [m.zone, m.east, m.north]; })",
        np.column_stack([lon, lat]).tolist(),
    )
    zone = np.rint(lon / 3).astype(int)
    for number in np.unique(zone):
        own = zone == number
        crs = CRS.from_epsg(4534 + number - 25)  # 4534: CGCS2000, central meridian 75°, no zone prefix
        east, north = Transformer.from_crs(4490, crs, always_xy=True).transform(lon[own], lat[own])
        found = np.array(got)[own]
        assert (found[:, 0] == number).all()
        assert np.abs(found[:, 1] - east).max() < 0.001
        assert np.abs(found[:, 2] - north).max() < 0.001
    assert visit.is_clean()


@pytest.mark.browser
def test_pointer_tells_degrees_and_zone(browser: Any, page: Path) -> None:
    visit = Visit(browser, page)
    visit.tab.mouse.move(800, 500)
    visit.tab.wait_for_timeout(100)
    said = visit.tab.inner_text(".leaflet-control-mouseposition")
    for words in ("指针", "CGCS2000", "°E", "3°带", "中央经线", "X ", "Y "):
        assert words in said


@pytest.mark.browser
def test_filters_reach_table_and_map(browser: Any, assessment: Assessment, page: Path) -> None:
    visit = Visit(browser, page)
    count = len(assessment.sites)
    assert visit.signs() == count
    assert len(visit.rows()) == count
    open_ones = int((assessment.verdicts["outcome"] == "undetermined").sum())
    visit.tab.locator("#filter-outcomes label", has_text="待核实").locator("input").uncheck()
    assert visit.signs() == len(visit.rows()) == count - open_ones
    assert f"{count - open_ones} / {count}" in visit.tab.inner_text("#site-count")
    visit.tab.click("#filter-reset")
    visit.tab.select_option("#filter-city", label="阳泉市")
    assert 0 < visit.signs() < count
    visit.tab.click("#filter-reset")
    touched = assessment.findings[
        (assessment.findings["rule_id"] == "YC-15") & (assessment.findings["state"] != "miss")
    ]
    visit.tab.select_option("#filter-rule", value="YC-15")
    assert set(visit.rows()) == set(touched["site_id"])
    assert visit.signs() == touched["site_id"].nunique()
    visit.tab.click("#filter-reset")
    assert visit.signs() == count
    assert visit.is_clean(), (visit.errors, visit.asked, visit.dialogs)


@pytest.mark.browser
def test_table_sorts_and_leads_to_the_map(browser: Any, assessment: Assessment, page: Path) -> None:
    visit = Visit(browser, page)
    visit.tab.click("#site-table th[data-key=id] button")
    assert visit.rows() == sorted(assessment.sites["site_id"])
    visit.tab.click("#site-table th[data-key=id] button")
    assert visit.rows() == sorted(assessment.sites["site_id"], reverse=True)
    assert visit.tab.get_attribute("#site-table th[data-key=id]", "aria-sort") == "descending"
    visit.tab.focus("#site-rows tr[data-site='4'] button")
    visit.tab.keyboard.press("Enter")  # all by keyboard
    visit.tab.wait_for_selector(".leaflet-popup-content .card")
    assert visit.tab.evaluate("() => document.activeElement.className").startswith("leaflet-popup-content")
    visit.tab.keyboard.press("Escape")
    assert (
        visit.tab.evaluate("() => document.activeElement.textContent") == assessment.sites["site_id"].iloc[4]
    )
    assert visit.tab.evaluate("() => hongxian.map.getZoom()") >= 12
    assert visit.is_clean(), (visit.errors, visit.asked, visit.dialogs)


@pytest.mark.browser
def test_a_link_brings_the_view_back(browser: Any, page: Path) -> None:
    first = Visit(browser, page)
    first.tab.select_option("#filter-rule", value="YC-15")
    first.tab.locator("#day").fill("0")
    first.tab.evaluate("() => hongxian.map.setView([35.6, 110.9], 10, {animate: false})")
    first.tab.locator(".leaflet-control-layers label", has_text="严格限制").locator("input").check()
    first.tab.wait_for_timeout(400)
    link = first.tab.evaluate("() => location.hash")
    again = Visit(browser, page, view=link)
    again.tab.wait_for_timeout(400)
    look = "() => [hongxian.map.getZoom(), hongxian.map.getCenter().lat.toFixed(4), hongxian.map.getCenter().lng.toFixed(4), hongxian.state.rule, hongxian.state.day, hongxian.map.hasLayer(hongxian.overlays['zones-restrict'])]"
    assert again.tab.evaluate(look) == first.tab.evaluate(look)
    assert again.tab.evaluate(look)[3:] == ["YC-15", "2021-01-01", True]
    assert again.rows() == first.rows()
    assert again.is_clean(), (again.errors, again.asked, again.dialogs)


@pytest.mark.browser
def test_a_hostile_link_does_nothing(browser: Any, page: Path) -> None:
    bad = "#map=x/1&on=__proto__,nothing&rule=constructor&day=9999-01-01&outcome=toString&city=%3Cb%3E&site=__proto__"
    visit = Visit(browser, page, view=bad)
    assert visit.tab.evaluate("() => [hongxian.state.rule, hongxian.state.city]") == ["", -1]
    assert visit.is_clean(), (visit.errors, visit.asked, visit.dialogs)


@pytest.mark.browser
def test_the_slider_shows_the_zones_of_the_day(browser: Any, page: Path) -> None:
    visit = Visit(browser, page)
    on = "day => { let n = 0; hongxian.overlays['zones-prohibit'].eachLayer(l => { n += l.facts.rules.some(t => hongxian.holds(t[1], t[2], day)) ? 1 : -1000; }); return n; }"
    days = visit.tab.evaluate("() => hongxian.words.days.map(d => d[0])")
    shown = []
    for k, day in enumerate(days):
        visit.tab.locator("#day").fill(str(k))
        shown.append(visit.tab.evaluate(on, day))  # below 0 where one is shown that does not hold
    assert min(shown) > 0
    assert shown[0] < shown[-1]  # only one plan held in 2021
    visit.tab.locator("#day").fill("0")
    assert "项目结论仍按 2026年1月1日" in visit.tab.inner_text("#day-said")
    visit.tab.click("#day-back")
    assert visit.tab.evaluate("() => hongxian.state.day") == "2026-01-01"


@pytest.mark.browser
@pytest.mark.parametrize(("width", "height"), [(1400, 900), (390, 844)])
def test_no_serious_fault_of_access(browser: Any, page: Path, width: int, height: int) -> None:
    """axe-core (WCAG 2.1 AA and best practice): the page as it opens and with a popup."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe-playwright-python")
    visit = Visit(browser, page, width=width, height=height)
    for popup in (False, True):
        if popup:
            if width < 800:
                visit.tab.click("#panel-fold")
            visit.tab.locator("#site-rows button").nth(2).click()
            visit.tab.wait_for_selector(".leaflet-popup-content .card")
            visit.tab.wait_for_timeout(400)  # the popup fades in
        found = axe.Axe().run(visit.tab).response["violations"]
        bad = [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")]
        assert bad == []


@pytest.mark.browser
def test_a_phone_shows_the_map_whole(browser: Any, page: Path) -> None:
    visit = Visit(browser, page, width=390, height=844)
    assert visit.tab.evaluate("() => document.documentElement.scrollWidth") <= 390
    assert visit.tab.evaluate("() => document.querySelector('.folium-map').offsetHeight") > 500
    visit.tab.click("#panel-fold")
    assert visit.tab.locator("#site-table:visible").count() == 1
    visit.tab.locator("#site-rows button").first.click()
    box = visit.tab.locator(".leaflet-popup").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert visit.is_clean(), (visit.errors, visit.asked, visit.dialogs)


@pytest.mark.browser
def test_further_layers_get_switch_legend_and_popup(
    browser: Any, assessment: Assessment, tmp_path: Path
) -> None:
    contract = {"note": Column(TEXT, "说明", "note"), "area_ha": Column(NUMBER, "面积", "area", "公顷")}
    centre = assessment.sites.union_all().centroid
    shapes = [centre.buffer(0.3), centre.buffer(0.2)]
    frame = gpd.GeoDataFrame({"note": [HOSTILE, "二"], "area_ha": [12.5, 1.0]}, geometry=shapes, crs=4490)
    more = Content("trial", "试验图层", Group.CONFLICTS, Kind.AREA, contract, frame)
    write_map(assessment, tmp_path / "map.html", [*run_contents(assessment), more])
    visit = Visit(browser, tmp_path / "map.html")
    switch = visit.tab.locator(".leaflet-control-layers label", has_text="试验图层（2）").locator("input")
    item = visit.tab.locator(".legend li", has_text="试验图层")
    assert switch.is_checked()
    assert item.is_visible()
    visit.tab.evaluate(
        "() => Object.values(hongxian.overlays.trial._layers)[0].fire('click', {latlng: hongxian.map.getCenter()}, true)"
    )
    said = visit.tab.inner_text(".leaflet-popup-content")
    assert HOSTILE in said
    assert "面积（公顷）" in said
    assert "12.5" in said
    switch.uncheck()
    assert not item.is_visible()
    assert visit.tab.locator("img[src=x]").count() == 0
    assert visit.is_clean(), (visit.errors, visit.asked, visit.dialogs)


@pytest.mark.browser
def test_gcj02_tiles_are_shifted_not_the_data(browser: Any, assessment: Assessment, tmp_path: Path) -> None:
    """A tile's corner, in GCJ-02, lies where the map shows its true place, after panning too."""
    write_map(assessment, tmp_path / "map.html", tiles=read_tiles("gaode"))
    visit = Visit(browser, tmp_path / "map.html")
    move = "() => hongxian.map.setView([37.87, 112.55], 14, {animate: false}).panBy([300, 200], {animate: false})"
    visit.tab.evaluate(move)
    visit.tab.wait_for_timeout(500)
    tiles = visit.tab.evaluate(
        """() => { const box = hongxian.map.getContainer().getBoundingClientRect();
            return [...document.querySelectorAll('img.leaflet-tile')].map(i => { const r = i.getBoundingClientRect(), u = new URL(i.src).searchParams;
                return [+u.get('x'), +u.get('y'), +u.get('z'), r.left - box.left, r.top - box.top]; }).filter(t => t[2] === 14); }"""
    )
    assert len(tiles) > 8
    x, y, z, left, top = np.array(tiles).T
    lon = x / 2**z * 360 - 180
    lat = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * y / 2**z))))
    true_lon, true_lat = wgs84_from_gcj02(lon, lat)
    want = visit.tab.evaluate(
        "points => points.map(p => { const q = hongxian.map.latLngToContainerPoint([p[1], p[0]]); return [q.x, q.y]; })",
        np.column_stack([true_lon, true_lat]).tolist(),
    )
    off = np.abs(np.array(want) - np.column_stack([left, top])).max(axis=1)
    size = visit.tab.evaluate("() => { const s = hongxian.map.getSize(); return [s.x, s.y]; }")
    middle = np.hypot(left - size[0] / 2, top - size[1] / 2) < 300
    assert off[middle].max() <= 1.5
    assert off.max() <= 4  # the shift differs by some metres from one end of the screen to the other
    unshifted = visit.tab.evaluate(
        "points => points.map(p => { const q = hongxian.map.latLngToContainerPoint([p[1], p[0]]); return [q.x, q.y]; })",
        np.column_stack([lon, lat]).tolist(),
    )
    assert np.abs(np.array(unshifted) - np.column_stack([left, top])).max() > 40  # some 500 m at 8 m a pixel
    assert {urlsplit(url).netloc for url in visit.asked} <= {
        f"webrd0{k}.is.autonavi.com" for k in range(1, 5)
    }
