"""Industry and kind of development from free words: right where accepted, asked where not sure."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from geo import read_sites
from geo.cli import app
from geo.errors import SiteError
from geo.industries import Entry, Facts, industries
from geo.sitefiles.answers import Answers, read_answers
from geo.sitefiles.words import read_development, read_industry
from geo.terms import Confidence, Match, Process
from tests.worlds import DAY, in_memory, judged, yuncheng

#: Cells for the industry and the code that anybody would give them.
CELLS = {
    "炼焦": "2521", "焦化": "2521", "C2521": "2521", "2521": "2521", "C2521 炼焦": "2521", "炼焦（C2521）": "2521",
    "Ｃ２５２１": "2521", "C25 石油、煤炭及其他燃料加工业": "25", "水泥": "3011", "C3011水泥制造": "3011",
    "水泥制造": "3011", "平板玻璃": "3041", "耐火材料": "3089", "电镀": "3360", "铁合金": "3140", "白酒制造": "1512",
    "造纸和纸制品业C22": "22", "污水处理": "4620", "D4415 风力发电": "4415", "危险化学品仓储": "5942",
}  # fmt: skip

#: Names of projects and the code that anybody would give them, or None where one should ask.
NAMES = {
    "某县某焦化有限公司年产60万吨焦炭项目": "2521",
    "年产120万吨捣固焦及配套项目": None,  # 配套: what beside?
    "某公司100MW光伏发电项目": "4416",
    "山西某焦化有限公司光伏发电项目": "4416",  # the company cokes, the project does not
    "山西某焦化有限公司办公楼": None,
    "山西某钢铁集团有限公司": None,
    "焦化废水深度治理项目": None,
    "水泥窑余热发电": None,
    "日产4500吨水泥熟料生产线": "3011",
    "某镇生活垃圾填埋场": "7820",
    "生活垃圾焚烧发电项目": "4417",
    "某镇加油站": "5265",
    "年出栏5000头生猪养殖场": "0313",
    "年产5000万块烧结砖生产线": "3031",
    "年产30万吨铸件项目": None,  # black or non-ferrous
    "洗煤厂": None,  # 0610, 0620 or 0690
    "焦炉煤气制甲醇": None,
    "电镀园区": "3360",
    "不含电镀的机械加工项目": None,
    "新型墙体材料": None,
    "某村道路硬化": None,
    "铸造机械制造": "3423",
    "年产2万吨白酒项目": "1512",
    "城镇污水处理厂提标改造": "4620",
    "垃圾焚烧": None,
    "热电联产项目": "4412",
    "煤矸石综合利用": None,
    "农药项目": None,
    "危险废物处置中心": "7724",
    "矿山生态修复": None,
}


@pytest.mark.parametrize(("text", "code"), CELLS.items())
def test_cells_for_the_industry(text: str, code: str) -> None:
    found = read_industry(text, Answers(), cell=True)
    assert found is not None
    assert found.values == (code,)
    assert found.confidence in (Confidence.STATED, Confidence.SURE)


@pytest.mark.parametrize(("text", "code"), NAMES.items())
def test_names_of_projects_are_read_right_or_asked(text: str, code: str | None) -> None:
    found = read_industry(text, Answers(), cell=False)
    if code is None:
        assert found is None or (found.values, found.confidence) == ((), Confidence.UNSURE)
    else:
        assert found is not None
        assert (found.values, found.confidence) == ((code,), Confidence.LIKELY)


@pytest.mark.parametrize("text", ["C2521水泥制造", "2521 水泥", "9999", "钢铁", "化工", "农药"])
def test_a_cell_that_contradicts_itself_or_leaves_several_codes_is_asked(text: str) -> None:
    found = read_industry(text, Answers(), cell=True)
    assert found is not None
    assert found.values == ()
    assert found.question


def test_every_code_of_the_standard_is_read_back_from_its_name() -> None:
    """A list that copies the standard's own names loses none of them."""
    wrong = []
    for code, industry in industries().items():
        if len(code) == 4:
            found = read_industry(industry.name, Answers(), cell=True)
            if found is None or (found.values and code not in found.values):
                wrong.append((code, industry.name, found))
    assert wrong == []


def test_words_name_their_processes() -> None:
    for text, process in (("电镀", Process.ELECTROPLATING), ("短流程炼钢", Process.SHORT_PROCESS)):
        found = read_industry(text, Answers(), cell=True)
        assert found is not None
        assert found.processes == (process,)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("新建", ("new",)), ("new", ("new",)), ("新建（迁建）", ("new",)), ("改扩建", ("rebuild", "expand")),
        ("改、扩建", ("rebuild", "expand")), ("改建/扩建", ("rebuild", "expand")), ("扩建项目", ("expand",)),
        ("☑新建 □改建 □扩建 □技术改造", ("new",)), ("新建□ 改建√ 扩建□", ("rebuild",)), ("已建成", ("existing",)),
        ("技改", None), ("技术改造", None), ("迁建", None), ("退城入园", None), ("续建", None), ("新建/扩建", None),
        ("新、改、扩建", None), ("已建，拟扩建", None), ("□新建 □改建", None),
    ],
)  # fmt: skip
def test_kinds_of_development(text: str, kinds: tuple[str, ...] | None) -> None:
    found = read_development(text, Answers(), cell=True)
    if kinds is None:
        assert found is None or (found.values == () and found.confidence is Confidence.UNSURE)
    else:
        assert found is not None
        assert found.values == kinds


def test_the_site_that_moves_is_asked_which_place_is_meant() -> None:
    found = read_development("迁建", Answers(), cell=True)
    assert found is not None
    assert found.candidates == ("new", "existing")
    assert "新址" in found.question


# In a list -----------------------------------------------------------------------------------------------

HEAD = "编号,项目名称,行业类别,建设性质,经度,纬度,坐标系"


def sheet(path: Path, *rows: str, head: str = HEAD) -> Path:
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


def test_how_sure_it_is_goes_into_the_sites_and_the_notes(tmp_path: Path) -> None:
    path = sheet(
        tmp_path / "a.csv",
        "A,东厂,炼焦,改扩建,110.7,35.6,cgcs2000",
        "B,年产60万吨焦炭改扩建项目,,,110.7,35.6,cgcs2000",
    )
    read = read_sites(path)
    assert read.sites["industry"].tolist() == ["2521", "2521"]
    assert read.sites["development"].tolist() == ["rebuild;expand", "rebuild;expand"]
    assert read.sites["basis"].iloc[0] == "行业：确定（行业类别“炼焦”）；建设性质：确定（建设性质列“改扩建”）"
    assert "较可能（项目名称“焦炭”）" in read.sites["basis"].iloc[1]
    assert sum("请核对" in note.what for note in read.notes) == 4


def test_a_project_that_is_two_kinds_meets_the_rules_of_both() -> None:
    sites = [{"at": (110.7, 35.6), "development": kind} for kind in ("rebuild", "expand", "rebuild;expand")]
    from tests.worlds import site_frame

    found = judged(in_memory(*yuncheng()), site_frame(*sites), on=DAY).scope.rules
    rules = {site: set(found.loc[found["site_id"] == site, "rule_id"]) for site in ("S0", "S1", "S2")}
    assert rules["S2"] == rules["S0"] | rules["S1"]


def test_a_coarse_code_is_never_clear_of_a_finer_rule() -> None:
    """26 may be 农药 (263): a rule about 农药 is not sure about the site, instead of silent."""
    entry = Entry(word="农药", codes=["263"])
    assert [entry.match(Facts((code,))) for code in ("2631", "26", "27")] == [
        Match.NAMED,
        Match.UNSURE,
        Match.FOREIGN,
    ]
    assert Entry(word="炼铁", codes=["3110"]).match(Facts(("311",))) is Match.NAMED


def test_the_mapping_file_answers_once_for_all(tmp_path: Path) -> None:
    path = sheet(
        tmp_path / "a.csv",
        "A,东厂,洗煤,技改,110.7,35.6,cgcs2000",
        "B,西厂,洗煤,技改,110.8,35.6,cgcs2000",
        "C,南厂,炼焦,新建,110.8,35.6,cgcs2000",
    )
    out = tmp_path / "words.yaml"
    asked = CliRunner().invoke(app, ["sites", "check", str(path), "--words-out", str(out), "--json"])
    assert asked.exit_code == 2
    assert {fault["value"] for fault in json.loads(asked.stdout)["faults"]} == {"洗煤", "技改"}
    text = out.read_text(encoding="utf-8")
    assert text.count("洗煤") == 2  # once asked, once in the remark, for both rows
    with pytest.raises(SiteError):  # not answered yet: still asked
        read_sites(path, answers=read_answers(out))
    text = text.replace('"洗煤": {codes: []}', '"洗煤": {codes: ["0610"], processes: [coal_washing]}')
    out.write_text(text.replace('"技改": []', '"技改": [rebuild]'), encoding="utf-8")
    sites = read_sites(path, answers=read_answers(out)).sites
    assert sites["industry"].tolist() == ["0610", "0610", "2521"]
    assert sites["processes"].tolist() == ["coal_washing", "coal_washing", ""]
    assert sites["development"].tolist() == ["rebuild", "rebuild", "new"]
    assert "用户对照表" in sites["basis"].iloc[0]
    again = CliRunner().invoke(app, ["sites", "check", str(path), "--words-out", str(out)])
    assert again.exit_code != 0  # never overwritten


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('industries: {"洗煤": {codes: ["9999"]}}', "没有代码 9999"),
        ('industries: {"洗煤": {codes: [0610]}}', "带引号"),
        ('developments: {"技改": [改造]}', "不在允许的词中"),
        ('developments: {"技改": [new], "技改": [expand]}', "重复的键"),
        ("words: {}", "不认识的键"),
    ],
)
def test_a_bad_mapping_file_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "w.yaml").write_text(text + "\n", encoding="utf-8")
    with pytest.raises(SiteError) as caught:
        read_answers(tmp_path / "w.yaml")
    assert said in caught.value.problems[0].what


def test_a_cell_with_unknown_words_is_not_overruled_by_the_name(tmp_path: Path) -> None:
    with pytest.raises(SiteError) as caught:
        read_sites(sheet(tmp_path / "a.csv", "A,年产60万吨焦炭项目,环保行业甲类,新建,110.7,35.6,cgcs2000"))
    assert [p.field for p in caught.value.problems] == ["industry"]


def test_code_and_name_that_differ_are_remarked(tmp_path: Path) -> None:
    head = HEAD.replace("行业类别", "行业代码")
    read = read_sites(
        sheet(tmp_path / "a.csv", "A,水泥熟料生产线技改,2521,新建,110.7,35.6,cgcs2000", head=head)
    )
    said = " ".join(note.what for note in read.notes)
    assert "项目名称像是 3011" in said
    assert "项目名称写“技改”，建设性质是新建" in said


def test_the_vocabulary_is_sound() -> None:
    folder = Path(__file__).parents[1] / "geo" / "data"
    with (folder / "development_words.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len({row["word"] for row in rows}) == len(rows)
    for row in rows:
        assert (row["sure"] == "no") == bool(row["question"])
        assert row["sure"] == "yes" or len(row["developments"].split()) > 1
