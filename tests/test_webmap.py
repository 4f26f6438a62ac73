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

import folium
import pytest
from branca.element import JavascriptLink

from geo import assess, load_layers, load_rulebook, read_sites, starter_folder
from geo.assessment import Assessment
from geo.terms import Effect, Outcome
from geo.writers.styles import DEMO_NOTE, PRELIMINARY_NOTE
from geo.writers.webmap import CANVAS_ABOVE, write_map
from geo.writers.webmap_layers import zone_layers
from geo.writers.webmap_page import ASSETS, UnknownLinkError, as_json, inline_links

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
        assert f"| {asset['package']} " in notice
        assert asset["version"] in notice


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
    drawn = zone_layers(assessment)
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

    def __init__(self, browser: Any, path: Path) -> None:
        self.errors: list[str] = []
        self.asked: list[str] = []
        self.dialogs: list[str] = []
        self.tab = browser.new_page(viewport={"width": 1400, "height": 900})
        self.tab.on("pageerror", lambda error: self.errors.append(str(error)))
        self.tab.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        self.tab.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))
        self.tab.route("**/*", lambda route: self._serve(route, path.as_uri()))
        self.tab.goto(path.as_uri())
        self.tab.wait_for_selector("svg path.leaflet-interactive, canvas.leaflet-zoom-animated")

    def _serve(self, route: Any, own: str) -> None:
        if route.request.url == own:
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
    for words in ("YC-", "《运城市", "演示数据", "显示用简化图形"):
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
    centre = "() => Object.entries(window).find(([k]) => k.startsWith('map_'))[1].getCenter().toString()"
    before = visit.tab.evaluate(centre)
    visit.tab.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    assert visit.tab.locator(".north-arrow:visible").count() == 1
    assert visit.tab.locator(".leaflet-control-layers:visible, .leaflet-control-zoom:visible").count() == 0
    visit.tab.evaluate("() => window.dispatchEvent(new Event('afterprint'))")
    assert visit.tab.locator(".north-arrow:visible").count() == 0
    assert visit.tab.evaluate(centre) == before


@pytest.mark.browser
def test_many_sites_are_drawn_on_a_canvas(
    browser: Any, assessment: Assessment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert CANVAS_ABOVE == 5_000
    monkeypatch.setattr("geo.writers.webmap.CANVAS_ABOVE", 10)
    write_map(assessment, tmp_path / "map.html")
    visit = Visit(browser, tmp_path / "map.html")
    assert visit.tab.locator("canvas.leaflet-zoom-animated").count() == 1
    assert "结论" in visit.search("S-36")
    assert visit.is_clean(), (visit.errors, visit.asked, visit.dialogs)
