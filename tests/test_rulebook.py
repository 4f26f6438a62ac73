"""The rule book: strict reading, every inline example, key terms in the plans' own text."""

from __future__ import annotations

import csv
import shutil
from datetime import date
from pathlib import Path

import pytest

from geo.errors import Problem, RuleBookError
from geo.examples import run_examples
from geo.lint import lint
from geo.parsed import ParsedFolder
from geo.rulebook import BUILT_IN, load_rulebook
from geo.terms import Effect, PlanStatus

SHARED = Path(__file__).parents[2] / "shared"
PLAN_TEXTS = {
    "yuncheng-14fyp": "yuncheng-plan.txt",
    "taiyuan-14fyp": "taiyuan-plan.txt",
    "taiyuan-air-2024": "taiyuan-air-plan.txt",
    "yangquan-14fyp": "yangquan-plan.txt",
    "jinzhong-14fyp-draft": "jinzhong-plan-draft.txt",
}
BOOK = load_rulebook()


@pytest.mark.parametrize("rule_id", BOOK.rules)
def test_inline_examples(rule_id: str) -> None:
    results = run_examples(BOOK, [rule_id])
    assert results
    for result in results:
        assert result.passed, (result.number, result.example, result.outcome, result.causes, result.reasons)


def test_the_examples_can_fail() -> None:
    """A limit moved by a metre is noticed: the examples judge the rule, they do not follow it."""
    rule = BOOK["YC-15"].model_copy(update={"distance": {date(2021, 1, 1): 1999.5}})
    moved = BOOK.only(["YC-15"])
    results = run_examples(type(BOOK)({"YC-15": rule}, moved.plans, moved.groups, moved.sources))
    assert [result.number for result in results if not result.passed] == [2]


def test_the_rules_asked_for_are_there() -> None:
    wanted = set()
    for row in (
        "YC-07 YC-08 YC-09 YC-10 YC-11 YC-12 YC-13 YC-14 YC-15 YC-16 YC-17 YC-18 YC-26 YC-43 YC-61 YC-62 YC-63",
        "YC-72 YC-73 YC-100 YC-101 TY-03 TY-04 TY-05 TY-06 TY-07 TY-49 TY-50 TY-66 TA-12 TA-15 TA-17 TA-34 TA-35",
        "YQ-12 YQ-35 YQ-67 YQ-69 YQ-92 JZ-04 JZ-05 JZ-07 JZ-08 JZ-09 JZ-10 JZ-28 JZ-66",
    ):
        wanted.update(row.split())
    assert len(wanted) == 47
    assert wanted <= set(BOOK.rules)


def test_the_rule_book_lints_clean() -> None:
    assert lint(BOOK) == []


@pytest.mark.parametrize(
    ("rule_id", "limit"),
    [("YC-12", 1000.0), ("YC-15", 2000.0), ("YC-26", 30_000.0), ("YC-62", 50.0), ("YC-63", 30.0),
     ("TY-49", 100.0), ("TY-50", 50.0), ("YQ-67", 1000.0)],
)  # fmt: skip
def test_limits_of_the_plans(rule_id: str, limit: float) -> None:
    assert BOOK[rule_id].limit_on(date(2026, 1, 1)) == limit


@pytest.mark.parametrize("rule_id", ["YC-10", "JZ-07", "TY-66"])
def test_a_distance_that_the_plan_does_not_give_is_never_filled_in(rule_id: str) -> None:
    rule = BOOK[rule_id]
    assert rule.limit_on(date(2026, 1, 1)) is None or rule.measure != "within_distance"


def test_jinzhong_is_a_draft() -> None:
    assert BOOK.plans["jinzhong-14fyp-draft"].status is PlanStatus.DRAFT
    assert {plan.status for plan in BOOK.plans.values() if plan.code != "JZ"} == {PlanStatus.ADOPTED}


def test_effects_follow_the_plans_words() -> None:
    assert BOOK["YC-15"].effect is Effect.PROHIBIT
    assert BOOK["TY-04"].effect is Effect.RESTRICT
    assert BOOK["TY-05"].effect is Effect.REQUIRE
    assert BOOK["TA-15"].effect is Effect.PHASE_OUT
    assert BOOK["YC-62"].effect is Effect.RESTORE


@pytest.mark.shared
@pytest.mark.parametrize("rule_id", BOOK.rules)
def test_key_terms_stand_together_in_the_plan(rule_id: str) -> None:
    if not SHARED.is_dir():
        pytest.skip("the plans' text is not beside this checkout")
    rule = BOOK[rule_id]
    lines = (SHARED / "plans" / PLAN_TEXTS[rule.plan]).read_text(encoding="utf-8").splitlines()
    holding = [n for n, line in enumerate(lines, start=1) if all(term in line for term in rule.key_terms)]
    with (SHARED / "reference" / "rule-register.csv").open(encoding="utf-8-sig", newline="") as table:
        registered = {row["id"]: int(row["line_in_joined_file"]) for row in csv.DictReader(table)}
    assert registered[rule_id] in holding


@pytest.mark.shared
def test_no_sentence_of_a_plan_is_copied() -> None:
    """No file of the rule book shares twenty consecutive characters of prose with a plan."""
    if not SHARED.is_dir():
        pytest.skip("the plans' text is not beside this checkout")
    plans = "\n".join((SHARED / "plans" / name).read_text(encoding="utf-8") for name in PLAN_TEXTS.values())
    plain = "".join(plans.split())
    titles = [plan.title.zh for plan in BOOK.plans.values()]
    for path in sorted(BUILT_IN.rglob("*.yaml")):
        text = "".join(path.read_text(encoding="utf-8").split())
        for title in titles:
            text = text.replace(title, "")
        copied = [text[i : i + 20] for i in range(len(text) - 19) if text[i : i + 20] in plain]
        assert copied == [], path


# -- strict reading ---------------------------------------------------------------------------------------


@pytest.fixture
def book_folder(tmp_path: Path) -> Path:
    """A rule book of one plan with one rule, to be spoiled."""
    plan = tmp_path / "book" / "yuncheng-14fyp"
    plan.mkdir(parents=True)
    for name in ("plan.yaml", "groups.yaml", "YC-15.yaml"):
        shutil.copy(BUILT_IN / "yuncheng-14fyp" / name, plan / name)
    return plan.parent


def spoil(folder: Path, old: str, new: str) -> Path:
    path = folder / "yuncheng-14fyp" / "YC-15.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def test_the_small_book_reads(book_folder: Path) -> None:
    assert list(load_rulebook(book_folder).rules) == ["YC-15"]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("effect: prohibit", "effect: prohibit\nefect: prohibit", "不认识的键"),
        ("effect: prohibit", "effect: prohibit\neffect: restrict", "重复的键"),
        ("section: 三（一）优化产能布局\n", "", "缺少这一项"),
        ("distance: {2021-01-01: 2 km}", "distance: {2021-01-01: 2}", "距离须带单位"),
        ("theme: river", "theme: rivers", "不在允许的词中"),
        ("stem: 干流}", "width: 干流}", "没有属性 width"),
        ('adcode: ["1408"]', "adcode: [1408]", "应为带引号的文字"),
        ("group: yc-water-polluting", "group: yc-nothing", "没有这个行业组"),
        ("plan: yuncheng-14fyp", "plan: datong-14fyp", "没有这个规划"),
        ("id: YC-15", "id: YC-99", "与文件名不同"),
    ],
)
def test_a_fault_is_named_with_its_file(book_folder: Path, old: str, new: str, what: str) -> None:
    path = spoil(book_folder, old, new)
    with pytest.raises(RuleBookError) as caught:
        load_rulebook(book_folder)
    assert any(what in problem.what and problem.file == str(path) for problem in caught.value.problems)


def test_a_fault_is_named_with_its_line(book_folder: Path) -> None:
    path = spoil(book_folder, "theme: river", "theme: rivers")
    line = next(n for n, text in enumerate(path.read_text().splitlines(), start=1) if "theme: rivers" in text)
    with pytest.raises(RuleBookError) as caught:
        load_rulebook(book_folder)
    assert [problem.where for problem in caught.value.problems] == [f"第{line}行"]


def test_all_faults_of_all_files_at_once(book_folder: Path) -> None:
    spoil(book_folder, "theme: river", "theme: rivers")
    spoil(book_folder, "effect: prohibit", "effect: forbid")
    plan = book_folder / "yuncheng-14fyp" / "plan.yaml"
    plan.write_text(plan.read_text(encoding="utf-8") + "\ncolour: red\n", encoding="utf-8")
    with pytest.raises(RuleBookError) as caught:
        load_rulebook(book_folder)
    fields = {problem.field for problem in caught.value.problems}
    assert {"effect", "colour"} <= fields
    assert any(field.startswith("measured_from") for field in fields)


def test_the_content_hash_ignores_comments_and_sees_values(book_folder: Path) -> None:
    before = load_rulebook(book_folder).content_hash
    path = spoil(book_folder, "id: YC-15", "# a comment\nid: YC-15")
    assert load_rulebook(book_folder).content_hash == before
    path.write_text(path.read_text(encoding="utf-8").replace("2 km}", "3 km}"), encoding="utf-8")
    assert load_rulebook(book_folder).content_hash != before


def test_the_kept_content_of_our_own_rules_is_what_parsing_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HONGXIAN_CACHE", str(tmp_path))
    parsed = load_rulebook()
    (kept,) = tmp_path.rglob("*.json")
    monkeypatch.setattr("geo.parsed.parse", lambda *_: pytest.fail("parsed although kept"))
    assert load_rulebook() == parsed
    monkeypatch.undo()
    monkeypatch.setenv("HONGXIAN_CACHE", str(tmp_path))
    text = kept.read_text(encoding="utf-8")
    kept.write_text(text.replace("2 km", "3 km"), encoding="utf-8")  # someone meddled: parsed anew
    assert load_rulebook() == parsed
    kept.write_text(text[:1000], encoding="utf-8")
    assert load_rulebook() == parsed


def test_a_changed_file_never_meets_old_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HONGXIAN_CACHE", str(tmp_path / "cache"))
    file = tmp_path / "book" / "a.yaml"
    file.parent.mkdir()
    for text, content in [
        ("2021-01-01: {a: [1, null, 0.5]}", {date(2021, 1, 1): {"a": [1, None, 0.5]}}),
        ("b: '1'", {"b": "1"}),
    ]:
        file.write_text(text, encoding="utf-8")
        for _ in range(2):
            problems: list[Problem] = []
            files = ParsedFolder(file.parent, kept=True)
            assert files.parse(file, problems) == content
            files.keep()
    assert len(list((tmp_path / "cache").rglob("*.json"))) == 1  # the older content is gone
    file.write_text("a: 1\na: 2", encoding="utf-8")
    for _ in range(2):
        problems = []
        files = ParsedFolder(file.parent, kept=True)
        assert files.parse(file, problems) is None and problems[0].where == "第2行"
        files.keep()
    blocked = tmp_path / "file"
    blocked.touch()
    monkeypatch.setenv("HONGXIAN_CACHE", str(blocked))  # no folder can be made there
    file.write_text("c: 1", encoding="utf-8")
    files = ParsedFolder(file.parent, kept=True)
    assert files.parse(file, []) == {"c": 1}
    files.keep()
