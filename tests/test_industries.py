"""The table of GB/T 4754-2017, the table of words, the search, and the matching of lists."""

from __future__ import annotations

import csv
import re
from collections import Counter
from importlib.resources import files

import pytest
from pydantic import ValidationError

from geo.industries import Entry, Facts, IndustryGroup, find_industries, industries, match_groups, normal_code
from geo.terms import Match, Process, Purpose


def rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(files("geo.data").joinpath(name).read_text(encoding="utf-8").splitlines()))


def by_digits(digits: int) -> set[str]:
    return {code for code in industries() if len(code) == digits}


# The table -----------------------------------------------------------------------------------------


def test_counts_of_the_2017_edition_as_amended() -> None:
    assert Counter(map(len, industries())) == {2: 97, 3: 473, 4: 1382}


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("06", "煤炭开采和洗选业"),
        ("0610", "烟煤和无烟煤开采洗选"),
        ("0916", "铝矿采选"),
        ("1411", "糕点、面包制造"),
        ("1910", "皮革鞣制加工"),
        ("2039", "软木制品及其他木制品制造"),
        ("252", "煤炭加工"),
        ("2521", "炼焦"),
        ("2614", "有机化学原料制造"),
        ("2710", "化学药品原料药制造"),
        ("3011", "水泥制造"),
        ("3031", "粘土砖瓦及建筑砌块制造"),
        ("3041", "平板玻璃制造"),
        ("3110", "炼铁"),
        ("3120", "炼钢"),
        ("3140", "铁合金冶炼"),
        ("3216", "铝冶炼"),
        ("3360", "金属表面处理及热处理加工"),
        ("3391", "黑色金属铸造"),
        ("3843", "铅蓄电池制造"),
        ("4030", "钟表与计时仪器制造"),
        ("4411", "火力发电"),
        ("4412", "热电联产"),
        ("4430", "热力生产和供应"),
        ("4620", "污水处理及其再生利用"),
        ("5265", "机动车燃油零售"),
        ("5942", "危险化学品仓储"),
        ("6513", "应用软件开发"),
        ("7724", "危险废物治理"),
        ("7820", "环境卫生管理"),
        ("9231", "监察委员会"),  # by the amendment of 2019
        ("97", "国际组织"),
    ],
)
def test_well_known_codes(code: str, name: str) -> None:
    assert industries()[code].name == name
    assert industries()[code].code == code


def test_every_class_has_its_division_and_group() -> None:
    assert {code[:2] for code in industries()} == by_digits(2)
    assert {code[:3] for code in by_digits(4)} == by_digits(3)


def test_an_undivided_group_has_one_class_of_its_name() -> None:
    single = {code for code in by_digits(4) if code.endswith("0")}
    for code in single:
        assert [other for other in by_digits(4) if other.startswith(code[:3])] == [code]
        assert industries()[code].name == industries()[code[:3]].name
    assert {"3110", "3360", "1910"} <= single
    assert "2520" not in single


def test_codes_are_sorted_text_and_appear_once() -> None:
    codes = [row["code"] for row in rows("gbt4754_2017.csv")]
    assert codes == sorted(set(codes))
    assert all(re.fullmatch(r"[0-9]{2,4}", code) for code in codes)


def test_names_are_clean() -> None:
    for industry in industries().values():
        assert re.fullmatch(r"[一-鿿、（）]+", industry.name.replace("3D", "")), industry
    # a name may stand in a group and its only class, or in a division and its only group
    for name, count in Counter(industries()[code].name for code in by_digits(4)).items():
        assert count == 1, name


# The words -----------------------------------------------------------------------------------------


def test_words_point_to_codes_of_the_table() -> None:
    for row in rows("industry_words.csv"):
        codes = row["codes"].split()
        assert codes, row
        assert len(codes) == len(set(codes)), row
        assert set(codes) <= set(industries()), row


def test_words_appear_once_and_are_clean() -> None:
    words = [row["word"] for row in rows("industry_words.csv")]
    assert len(words) == len(set(words))
    assert all(re.fullmatch(r"[一-鿿]+", word) for word in words)


@pytest.mark.parametrize(
    ("word", "codes"),
    [
        ("焦化", {"2521"}),
        ("钢铁", {"3110", "3120", "3130"}),
        ("煤化工", {"2522", "2523", "2529"}),
        ("化工", {"26"}),
        ("铸造", {"3391", "3392"}),
        ("有色冶炼", {"321", "322", "323"}),
        ("洗煤", {"0610", "0620", "0690"}),
        ("选矿", {"08", "09"}),
        ("造纸", {"221", "222"}),
        ("制革", {"1910"}),
        ("电镀", {"3360"}),
        ("火电", {"4411"}),
        ("供热", {"4430"}),
        ("垃圾焚烧", {"4417", "7820"}),
        ("光伏", {"4416"}),
    ],
)
def test_a_planning_word_finds_its_codes_first(word: str, codes: set[str]) -> None:
    found = [industry.code for industry in find_industries(word)]
    assert set(found[: len(codes)]) == codes
    assert len(found) == len(set(found))


# The search ----------------------------------------------------------------------------------------


def test_a_name_is_found_whole_before_in_part() -> None:
    found = find_industries("水泥制造")
    assert found[0].code == "3011"
    assert find_industries("炼焦") == [industries()["2521"]]


@pytest.mark.parametrize("text", ["2521", "C2521", "c2521", " C２５２１ "])
def test_a_code_is_found_as_papers_write_it(text: str) -> None:
    assert [industry.code for industry in find_industries(text)] == ["2521"]


def test_a_group_code_finds_all_below() -> None:
    assert {industry.code for industry in find_industries("252")} == {
        "252",
        "2521",
        "2522",
        "2523",
        "2524",
        "2529",
    }


def test_an_unknown_word_finds_nothing() -> None:
    assert find_industries("量子传送") == []


@pytest.mark.parametrize(
    ("text", "code"), [("B0610", "0610"), ("0610", "0610"), ("３３６０", "3360"), ("D44", "44")]
)
def test_normal_code(text: str, code: str) -> None:
    assert normal_code(text) == code


# The lists of the plans ----------------------------------------------------------------------------


def group(*named: Entry, similar: list[Entry] | None = None) -> IndustryGroup:
    return IndustryGroup.model_validate(
        {
            "title": {"zh": "组", "en": "group"},
            "plan": "p",
            "section": "一",
            "basis": "plan",
            "open": True,
            "named": list(named),
            "similar": similar or [],
        }
    )


def test_a_division_stands_for_all_below() -> None:
    chemistry = Entry(word="化工", codes=["26"])
    assert chemistry.match(Facts(("2614",))) is Match.NAMED
    assert chemistry.match(Facts(("2710",))) is Match.FOREIGN


def test_any_declared_code_counts() -> None:
    assert Entry(word="电镀", codes=["3360"]).match(Facts(("3670", "3360"))) is Match.NAMED


def test_an_undeclared_process_is_unsure_only_under_the_code() -> None:
    process = next(iter(Process))
    entry = Entry(word="词", codes=["0610"], processes=[process])
    assert entry.match(Facts(("0610",))) is Match.UNSURE
    assert entry.match(Facts(("0610",), processes=frozenset({process}))) is Match.NAMED
    assert entry.match(Facts(("0610",), denied=frozenset({process}))) is Match.FOREIGN
    assert entry.match(Facts(("1411",), processes=frozenset({process}))) is Match.FOREIGN
    assert Entry(word="词", processes=[process]).match(Facts(("0610",))) is Match.FOREIGN


def test_a_purpose_must_fit() -> None:
    first, second = list(Purpose)[:2]
    entry = Entry(word="词", purposes=[first])
    assert entry.match(Facts(("0610",), purpose=first)) is Match.NAMED
    assert entry.match(Facts(("0610",), purpose=second)) is Match.FOREIGN


def test_named_comes_before_similar_and_the_strongest_group_wins() -> None:
    coke = group(Entry(word="焦化", codes=["2521"]), similar=[Entry(word="煤炭加工", codes=["252"])])
    steel = group(Entry(word="钢铁", codes=["3110", "3120", "3130"]))
    assert coke.match(Facts(("2521",))) == (Match.NAMED, "焦化")
    assert coke.match(Facts(("2522",))) == (Match.SIMILAR, "煤炭加工")
    assert match_groups([coke, steel], Facts(("2522", "3120"))) == (Match.NAMED, "钢铁")
    assert match_groups([coke, steel], Facts(("1411",))) == (Match.FOREIGN, "")


def test_an_entry_must_say_something() -> None:
    with pytest.raises(ValidationError):
        Entry(word="空")
