"""English on request: the same verdicts and figures, every sentence told again; only names stay Chinese."""

from __future__ import annotations

import re

import pytest
from worlds import DAY, east_of_bank, fen_bank, in_memory, judged, site_frame, the_rules, yuncheng

from geo import assess, load_layers, read_sites, starter_folder
from geo.assessment import Assessment
from geo.english import in_english

_CHINESE = re.compile("[\u4e00-\u9fff]+")


@pytest.fixture(scope="module")
def starter() -> Assessment:
    folder = starter_folder()
    sites = read_sites(folder / "example_sites.csv", folder / "example_sites.geojson")
    return assess(the_rules(), load_layers(folder), sites, DAY)


def test_verdicts_and_figures_are_the_same(starter: Assessment) -> None:
    told = in_english(starter)
    for name in ("outcome", "deciding_rule_ids", "best_case", "worst_case", "checks", "hits"):
        assert (told.verdicts[name] == starter.verdicts[name]).all()
    assert told.findings.drop(columns="reason").equals(starter.findings.drop(columns="reason"))


def test_only_names_and_quoted_words_stay_chinese(starter: Assessment) -> None:
    told = in_english(starter)
    held = " ".join(
        [
            *starter.findings["feature_name"],
            *starter.scope.rules["word"],
            *(plan.office for plan in starter.rulebook.plans.values()),
        ]
    )
    for text in [
        *told.findings["reason"],
        *told.verdicts["reasons"],
        *told.verdicts["settle"],
        *told.verdicts["remedy"],
    ]:
        for word in _CHINESE.findall(text):
            assert word in held, (word, text)
    for text in [*told.verdicts["governing"], *told.verdicts["jurisdictions"]]:
        for word in _CHINESE.findall(text):
            assert word in held, (word, text)


def test_each_reason_of_a_verdict_is_told(starter: Assessment) -> None:
    told = in_english(starter)
    for chinese, english in zip(starter.verdicts["reasons"], told.verdicts["reasons"], strict=True):
        assert len(chinese.splitlines()) == len(english.splitlines())
    for chinese, english in zip(starter.verdicts["settle"], told.verdicts["settle"], strict=True):
        assert len(chinese.splitlines()) >= len(english.splitlines()) > 0 or not chinese


def test_a_distance_in_english() -> None:
    sites = site_frame({"site_id": "A", "name": "n", "industry": "2221", "at": east_of_bank(1500)})
    told = in_english(judged(in_memory(*yuncheng(fen_bank())), sites))
    reason = told.verdicts.set_index("site_id").loc["A", "reasons"]
    assert "1,500 m from 汾河 (bank), 500 m inside the limit of 2 km" in reason
    assert told.verdicts.loc[0, "citations"].startswith("YC-15 ")


def test_composed_sentences_are_told_phrase_by_phrase(starter: Assessment) -> None:
    told = in_english(starter)
    held = " ".join(
        [
            *starter.findings["feature_name"],
            *(plan.office for plan in starter.rulebook.plans.values()),
            *(
                reference.term or ""
                for rule in starter.rulebook.rules.values()
                for reference in rule.measured_from
            ),
        ]
    )
    texts = [
        *told.moves["note"],
        *told.conflicts["note"],
        *told.conflicts["governing"],
        *told.survey_needed["what"],
        *told.certificate["note"],
        *told.verdicts["move"],
        *told.verdicts["readings"],
        *told.verdicts["expires_why"],
    ]
    assert any(texts)
    for text in texts:
        for word in _CHINESE.findall(text):
            assert word in held, (word, text)


def test_the_probability_of_a_breach_is_told(starter: Assessment) -> None:
    told = in_english(starter)
    chinese = starter.findings["reason"].str.contains("触及概率").to_numpy()
    assert chinese.any()
    assert (told.findings["reason"].str.contains("probability of a breach").to_numpy() == chinese).all()
