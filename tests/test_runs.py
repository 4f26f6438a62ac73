"""Runs beside runs: what if, what differs and why, people's decisions, existing projects, expiry, portfolio."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import shapely
from worlds import (
    BANK_LON,
    DAY,
    Entry,
    counties_entry,
    east_of_bank,
    entry,
    fen_bank,
    in_memory,
    judged,
    outcomes,
    rule,
    rulebook,
    site_frame,
    verdict,
)

from geo import Assessment
from geo.errors import RunError
from geo.runs.differences import compare_runs
from geo.runs.existing import add_existing
from geo.runs.expiry import add_expiry, first_expiry
from geo.runs.overrides import add_overrides
from geo.runs.portfolio import count_rules, matrix, rank_layers
from geo.runs.repeat import run_of
from geo.runs.variants import read_variants
from geo.runs.what_if import add_what_if
from geo.sites import SiteList

NEW_ONLY = {"developments": ["new"], "industries": {"group": "coking"}}


def world(*rules: object, sites: object, entries: tuple[Entry, ...] = (), on: date = DAY) -> Assessment:
    """Sites by a few rules, beside a surveyed bank along a meridian."""
    held = entries or (fen_bank(),)
    return judged(in_memory(counties_entry(), *held), sites, rulebook(*rules), on)  # type: ignore[arg-type]


def at(metres: float, site_id: str = "S", **columns: object) -> dict[str, object]:
    """A coking plant due east of the bank."""
    return {"site_id": site_id, "name": f"焦化{site_id}", "at": east_of_bank(metres), **columns}


# What if ------------------------------------------------------------------------------------------------


def test_what_if_another_development_lets_a_rule_go() -> None:
    stated = world(rule("AA-01"), sites=site_frame(at(500, "near"), at(5000, "far")))
    result = add_what_if(stated, read_variants(["development=expand"]))
    rows = result.what_if.set_index("site_id")
    near = rows.loc["near"]
    assert [near["outcome_from"], near["outcome"], near["change"]] == ["prohibited", "clear", "milder"]
    assert [near["deciding_from"], near["deciding_rule_ids"]] == ["AA-01", ""]
    assert "AA-01" in near["why"] and "不及扩建项目" in near["why"]
    assert rows.loc["far", "change"] == "checks"  # clear both ways, but one rule fewer was checked
    assert outcomes(result) == outcomes(stated)  # the verdicts themselves stay


def test_what_if_industry_and_process_come_on_top_of_what_is_stated() -> None:
    only_short = {"developments": ["new"], "industries": "any", "only_if": [{"process": "short_process"}]}
    stated = world(
        rule("AA-01", applies_to=only_short), sites=site_frame(at(500, processes="!short_process;discharge"))
    )
    assert outcomes(stated) == {"S": "clear"}
    result = add_what_if(
        stated, read_variants(["industry=3120,process=short_process", "process=!短流程炼钢"])
    )
    assert result.what_if.set_index("variant")["outcome"].to_dict() == {
        "industry=3120,process=short_process": "prohibited",
        "process=!短流程炼钢": "clear",
    }


def test_what_if_another_day_brings_another_limit() -> None:
    dated = rule("AA-01", distance={date(2021, 1, 1): "1 km", date(2030, 1, 1): "3 km"})
    stated = world(dated, sites=site_frame(at(2000)))
    result = add_what_if(stated, read_variants(["on=2029-12-31", "on=2030-01-01"]))
    assert result.what_if.set_index("variant")["outcome"].to_dict() == {
        "on=2030-01-01": "prohibited",
        "on=2029-12-31": "clear",
    }
    assert "限值 1 公里 → 3 公里" in result.what_if["why"].str.cat()


def test_faults_of_suppositions_are_told_at_once() -> None:
    with pytest.raises(RunError) as told:
        read_variants(["development=moved", "on=soon", "colour=red", "industry", "rules=/nowhere", "site=A"])
    text = str(told.value)
    for word in ("moved", "soon", "colour", "键=值", "/nowhere", "没有假设什么"):
        assert word in text


def test_a_supposition_about_an_unknown_site_is_refused() -> None:
    with pytest.raises(RunError, match="S9"):
        add_what_if(
            world(rule("AA-01"), sites=site_frame(at(500))), read_variants(["development=expand,site=S9"])
        )


# What differs between two runs ---------------------------------------------------------------------------


def flip(a: Assessment, b: Assessment) -> tuple[str, str, str, str]:
    """Change, causes, rules and words of the only site that differs."""
    (row,) = compare_runs(run_of(a), run_of(b)).flips.to_dict("records")
    return row["change"], row["causes"], row["rule_ids"], row["why"]


def test_a_run_is_the_same_as_itself_in_any_order() -> None:
    a = world(rule("AA-01"), rule("AA-02"), sites=site_frame(at(500, "A"), at(1500, "B")))
    b = world(rule("AA-02"), rule("AA-01"), sites=site_frame(at(1500, "B"), at(500, "A")))
    assert compare_runs(run_of(a), run_of(b)).same


def test_the_site_moved() -> None:
    a, b = (world(rule("AA-01"), sites=site_frame(at(metres))) for metres in (1500, 900))
    change, causes, rules, why = flip(a, b)
    assert (change, causes, rules) == ("stricter", "site_moved", "AA-01")
    assert "距离 1,500 米 → 900 米" in why and "场地移动 600" in why
    difference = compare_runs(run_of(a), run_of(b))
    assert difference.flips["moved_m"].tolist() == pytest.approx([600], abs=0.01)
    (line,) = difference.moves.geometry
    assert line.coords[0] == pytest.approx(east_of_bank(1500)) and line.coords[1] == pytest.approx(
        east_of_bank(900)
    )


def test_the_site_states_otherwise() -> None:
    a, b = (world(rule("AA-01"), sites=site_frame(at(500, development=kind))) for kind in ("new", "expand"))
    change, causes, rules, why = flip(a, b)
    assert (change, causes, rules) == ("milder", "site_facts", "AA-01")
    assert "建设性质 新建 → 扩建" in why


def test_the_rule_changed() -> None:
    a, b = (
        world(rule("AA-01", distance={date(2021, 1, 1): limit}), sites=site_frame(at(1500)))
        for limit in ("1 km", "2 km")
    )
    change, causes, _, why = flip(a, b)
    assert (change, causes) == ("stricter", "rule")
    assert "限值 1 公里 → 2 公里" in why and "AA-01 的内容不同" in why


def test_the_layer_changed_by_content_not_by_name() -> None:
    def bank(west_m: float) -> Entry:
        lon = east_of_bank(-west_m)[0] if west_m else BANK_LON
        line = shapely.LineString([(lon, 35.60), (lon, 35.70)])
        return entry("river", (line, {"name": "汾河", "stem": "干流"}), half_width_m=300)

    a, b = (world(rule("AA-01"), sites=site_frame(at(900)), entries=(bank(west),)) for west in (0.0, 200.0))
    change, causes, _, why = flip(a, b)
    assert (change, causes) == ("milder", "layer")
    assert "图层 river（河流）：要素内容不同" in why


def test_the_coverage_of_a_layer_changed() -> None:
    a, b = (
        world(rule("AA-01"), sites=site_frame(at(5000)), entries=(fen_bank(covers=covers),))
        for covers in ({"adcode": ["1408", "1410", "6105"]}, None)
    )
    change, causes, _, why = flip(a, b)
    assert (change, causes) == ("stricter", "layer")
    assert "未触及 → 待核实（图层未覆盖）" in why and "covers" in why


def test_only_the_day_changed() -> None:
    ends = rule("AA-01", in_force={"from": date(2021, 1, 1), "until": date(2026, 6, 30)})
    a, b = (world(ends, sites=site_frame(at(500)), on=on) for on in (date(2026, 6, 30), date(2026, 7, 1)))
    change, causes, _, why = flip(a, b)
    assert (change, causes) == ("milder", "date")
    assert "施行至 2026-06-30，2026-07-01 时已失效" in why


def test_where_several_things_changed_all_are_named() -> None:
    a = world(rule("AA-01"), sites=site_frame(at(1500)))
    b = world(rule("AA-01", distance={date(2021, 1, 1): "2 km"}), sites=site_frame(at(1400)))
    _, causes, _, why = flip(a, b)
    assert set(causes.split(";")) == {"rule", "site_moved"} and "没有逐项试算" in why


def test_what_has_nothing_to_do_with_a_check_is_not_blamed() -> None:
    park = entry("park", (shapely.box(111, 35, 111.1, 35.1), {"name": "园区"}))
    needs = rule("AA-02", measure="outside", measured_from={"theme": "park"})
    a = world(rule("AA-01"), needs, sites=site_frame(at(1500)), entries=(fen_bank(), park))
    other = entry("park", (shapely.box(111, 35, 111.2, 35.1), {"name": "园区"}))
    b = world(rule("AA-01"), needs, sites=site_frame(at(900)), entries=(fen_bank(), other))
    checks = compare_runs(run_of(a), run_of(b)).checks.set_index("rule_id")
    assert checks.loc["AA-01", "causes"] == "site_moved"  # not the parks


def test_a_site_added_and_one_gone() -> None:
    a = world(rule("AA-01"), sites=site_frame(at(500, "A"), at(600, "B")))
    b = world(rule("AA-01"), sites=site_frame(at(500, "A"), at(600, "C")))
    flips = compare_runs(run_of(a), run_of(b)).flips.set_index("site_id")["change"].to_dict()
    assert flips == {"B": "removed", "C": "added"}


# Overrides -----------------------------------------------------------------------------------------------

GOOD = """overrides:
  - {site: S, rule: AA-01, decision: 未触及, reason: 河道已改, who: 张三, date: 2026-03-01, evidence: 划界批复}
  - {site: S, decision: restricted, reason: 会审, who: 李四, date: 2026-03-02, evidence: [纪要, 批文]}
"""


def test_overrides_stand_beside_and_change_nothing(tmp_path: Path) -> None:
    (tmp_path / "o.yaml").write_text(GOOD, encoding="utf-8")
    plain = world(rule("AA-01"), sites=site_frame(at(500)))
    result = add_overrides(plain, tmp_path / "o.yaml")
    assert outcomes(result) == outcomes(plain) == {"S": "prohibited"}
    rows = result.overrides[["rule_id", "machine", "decision", "agrees", "who", "decided_on", "evidence"]]
    assert rows.to_numpy().tolist() == [
        ["AA-01", "hit", "miss", False, "张三", "2026-03-01", "划界批复"],
        ["", "prohibited", "restricted", False, "李四", "2026-03-02", "纪要；批文"],
    ]
    assert "张三" in verdict(result, "S")["override"] and "李四" in verdict(result, "S")["override"]
    assert result.findings["override"].tolist() == ["未触及（张三，2026-03-01：河道已改）"]
    assert result.findings["state"].tolist() == ["hit"]


def test_every_fault_of_overrides_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "o.yaml"
    path.write_text(
        """overrides:
  - {site: S, rule: AA-01, decision: 合规, reason: 甲, who: 乙, date: 2026-03-01, evidence: 丙}
  - {site: T, decision: clear, reason: 甲, who: 乙, date: 2026-03-01, evidence: 丙}
  - {site: S, rule: AA-09, decision: miss, reason: 甲, who: 乙, date: 2026-03-01, evidence: 丙}
  - {site: S, decision: clear, who: 乙, date: someday, evidence: 丙, colour: red}
  - {site: S, decision: clear, reason: 甲, who: 乙, date: 2026-03-01, evidence: 丙}
""",
        encoding="utf-8",
    )
    with pytest.raises(RunError) as told:
        add_overrides(world(rule("AA-01"), sites=site_frame(at(500))), path)
    found = {(p.where, p.field.rpartition(".")[2]) for p in told.value.problems}
    assert found >= {("第3行", "site"), ("第4行", "rule"), ("第5行", "colour"), ("第6行", "site")}
    text = str(told.value)
    for word in (
        "合规",
        "没有这个场地",
        "规则册里没有这一条",
        "someday",
        "缺少这一项",
        "不认识的键",
        "同一场地",
    ):
        assert word in text, word


# Projects that stand -------------------------------------------------------------------------------------

STANDS = {"developments": ["existing"], "industries": {"group": "coking"}}
GROWS = {
    "developments": ["rebuild", "expand"],
    "industries": "any",
    "only_if": [{"process": "new_capacity"}],
}


@pytest.mark.parametrize(
    ("on", "standing", "days"),
    [
        (date(2026, 12, 31), "must_exit", 0),
        (date(2027, 1, 1), "overdue", -1),
        (date(2026, 12, 1), "must_exit", 30),
    ],
)
def test_an_exit_by_its_deadline(on: date, standing: str, days: int) -> None:
    leave = rule("AA-01", effect="phase_out", applies_to=STANDS, deadline=date(2026, 12, 31))
    result = add_existing(world(leave, sites=site_frame(at(500, development="existing")), on=on))
    assert result.exits[["standing", "deadline_on", "days_left"]].to_numpy().tolist() == [
        [standing, "2026-12-31", days]
    ]
    assert verdict(result, "S")["deadline_on"] == "2026-12-31"
    assert result.existing[["standing", "rebuild"]].to_numpy().tolist() == [[standing, "no"]]


def test_exits_come_by_deadline_and_undated_last() -> None:
    rules = [
        rule("AA-01", effect="phase_out", applies_to=STANDS),
        rule("AA-02", effect="phase_out", applies_to=STANDS, deadline=date(2030, 1, 1)),
        rule("AA-03", effect="phase_out", applies_to=STANDS, deadline=date(2028, 1, 1)),
    ]
    result = add_existing(world(*rules, sites=site_frame(at(500, development="existing"))))
    assert result.exits["rule_id"].tolist() == ["AA-03", "AA-02", "AA-01"]
    assert verdict(result, "S")["deadline_on"] == "2028-01-01"


def test_what_stands_may_stay_and_be_rebuilt_without_more_capacity() -> None:
    rules = [rule("AA-01", applies_to=NEW_ONLY), rule("AA-02", applies_to=GROWS)]
    result = add_existing(
        world(
            *rules,
            sites=site_frame(
                at(500, "near", development="existing"), at(5000, "far", development="existing")
            ),
        )
    )
    rows = result.existing.set_index("site_id")
    near = rows.loc["near"]
    assert [near["standing"], near["rebuild"]] == ["grandfathered", "same_capacity"]
    assert [near["as_new"], near["as_rebuilt"], near["as_rebuilt_larger"], near["as_expanded"]] == [
        "prohibited",
        "clear",
        "prohibited",
        "prohibited",
    ]
    assert rows.loc["far", ["standing", "rebuild"]].tolist() == ["unaffected", "larger"]


def test_new_projects_are_no_existing_ones() -> None:
    assert len(add_existing(world(rule("AA-01"), sites=site_frame(at(500)))).existing) == 0


# Expiry --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "columns", "day", "word"),
    [
        ({"in_force": {"from": date(2021, 1, 1), "until": date(2026, 6, 30)}}, {}, "2026-07-01", "到期"),
        ({"distance": {date(2021, 1, 1): "1 km", date(2027, 1, 1): "3 km"}}, {}, "2027-01-01", "3 公里"),
        ({"in_force": {"from": date(2026, 5, 1)}}, {}, "2026-05-01", "开始施行"),
        (
            {"effect": "phase_out", "applies_to": STANDS, "deadline": date(2026, 12, 31)},
            {"development": "existing"},
            "2027-01-01",
            "退出期限",
        ),
    ],
)
def test_a_verdict_expires_with_the_next_date_of_its_rules(
    changes: dict[str, object], columns: dict[str, object], day: str, word: str
) -> None:
    result = add_expiry(world(rule("AA-01", **changes), sites=site_frame(at(500, **columns))))
    assert first_expiry(result.expiry)[0] == day and word in first_expiry(result.expiry)[1]
    assert verdict(result, "S")["expires_on"] == day


def test_a_verdict_expires_with_its_layers() -> None:
    stated = world(rule("AA-01"), sites=site_frame(at(500)), entries=(fen_bank(as_of=date(2023, 3, 1)),))
    assert first_expiry(add_expiry(stated).expiry)[0] == "2028-03-02"  # five years old still counts
    older = add_expiry(stated, stale_after=2)
    assert older.expiry["kind"].tolist() == ["layer_old"] and first_expiry(older.expiry) == ("", "")


def test_a_verdict_without_dates_has_no_known_end() -> None:
    result = add_expiry(world(rule("AA-01"), sites=site_frame(at(500))))
    assert len(result.expiry) == 0 and verdict(result, "S")["expires_on"] == ""


# Portfolio -----------------------------------------------------------------------------------------------


def test_the_rule_that_stops_most_and_the_matrix() -> None:
    wide = rule("AA-02", distance={date(2021, 1, 1): "2 km"})
    result = world(rule("AA-01"), wide, sites=site_frame(at(500, "A"), at(1500, "B"), at(5000, "C")))
    rows = count_rules(result)[["rule_id", "checked", "hits", "stops", "stops_alone", "site_ids"]]
    assert rows.to_numpy().tolist() == [["AA-02", 3, 2, 2, 1, "A;B"], ["AA-01", 3, 1, 1, 0, "A"]]
    cells = matrix(result)[0].set_index("site_id")[["AA-01", "AA-02"]]
    assert cells.to_numpy().tolist() == [["触及", "触及"], ["未触及", "触及"], ["未触及", "未触及"]]


def test_get_this_layer_first() -> None:
    """A needs only the lake; B, a mill that states nothing, needs lake and a figure; C needs lake and park."""
    lake = rule("AA-01", measure="inside", measured_from={"theme": "lake"})
    park = rule(
        "AA-02",
        measure="inside",
        measured_from={"theme": "park"},
        applies_to={"developments": ["new"], "industries": "any", "only_if": [{"process": "discharge"}]},
    )
    fact = rule(
        "AA-03",
        measure="in_jurisdiction",
        applies_to={"developments": ["expand"], "industries": "any", "only_if": [{"process": "chp"}]},
    )
    grows = rule(
        "AA-04",
        measure="inside",
        measured_from={"theme": "lake"},
        applies_to={**NEW_ONLY, "developments": ["expand"]},
    )
    result = world(
        lake,
        park,
        fact,
        grows,
        sites=site_frame(
            at(500, "A", processes="!discharge"),
            at(500, "B", development="expand"),
            at(500, "C", processes="discharge"),
        ),
    )
    assert set(outcomes(result).values()) == {"undetermined"}
    rows = rank_layers(result)[["theme", "settles", "site_ids", "contributes_ids", "together"]]
    assert rows.to_numpy().tolist() == [["lake", 1, "A", "B;C", 1], ["park", 0, "", "C", 2]]


def test_a_layer_that_is_had_settles_what_was_said() -> None:
    """What the ranking promises comes true: with the layer, the verdict is no longer open."""
    lake = rule("AA-01", measure="inside", measured_from={"theme": "lake"})
    without = world(lake, sites=site_frame(at(500)))
    assert rank_layers(without)["site_ids"].tolist() == ["S"]
    had = world(lake, sites=site_frame(at(500)), entries=(fen_bank(), entry("lake")))
    assert outcomes(had) == {"S": "clear"}


def test_a_run_without_sites_in_any_plan_has_empty_tables() -> None:
    away = world(rule("AA-01"), sites=SiteList(site_frame({"at": (113.0, 38.0)}), judged_empty()))
    assert len(count_rules(away)) == len(rank_layers(away)) == 0
    assert matrix(away)[0]["outcome_zh"].tolist() == ["无适用规划"]


def judged_empty() -> object:
    """No rejected rows."""
    from geo.contracts import empty
    from geo.frames import REJECTED

    return empty(REJECTED)
