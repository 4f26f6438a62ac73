"""Fields on screen: Chinese headings with units, value maps for codes, hidden bookkeeping, the form of a site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from geo.contracts import FLAG, NUMBER, TEXT, Column, Contract
from geo.labels import heading_of
from geo.writers.content import Content
from geo.writers.qgis.markup import Element, Value, element, option_list, options
from geo.writers.qgis.vocabulary import is_hidden

#: Written by the GeoPackage driver before the columns of a contract.
FID = "fid"
#: Text that runs over several lines.
_LONG = {"reasons", "settle", "remedy", "citations", "governing", "jurisdictions", "reason", "note", "what"}

#: A tab of a form: its title in Chinese and English, and its columns.
Tab = tuple[str, str, Sequence[str]]

SITE_TABS: tuple[Tab, ...] = (
    (
        "结论",
        "Outcome",
        (
            "site_id",
            "name",
            "city",
            "outcome_zh",
            "robustness",
            "best_case",
            "worst_case",
            "reasons",
            "settle",
            "remedy",
            "move",
        ),
    ),
    (
        "项目",
        "Project",
        (
            "industry",
            "development",
            "purpose",
            "processes",
            "facts",
            "adcode",
            "datum",
            "accuracy_m",
            "evidence",
            "source",
        ),
    ),
    (
        "依据",
        "Basis",
        (
            "deciding_rule_ids",
            "undetermined_rule_ids",
            "citations",
            "governing",
            "jurisdictions",
            "checks",
            "hits",
        ),
    ),
)


def field_elements(content: Content) -> list[Element]:
    """Widgets, headings and table columns of a layer, as a project and a QML file hold them."""
    contract, say = content.contract, content.lang
    columns: dict[str, Column | None] = {FID: None, **contract}
    names = list(columns)
    hidden = {name: is_hidden(name, contract) for name in names}
    headings = {
        name: heading_of(name, column, say) if column else say("序号", "Row")
        for name, column in columns.items()
    }
    return [
        element(
            "fieldConfiguration",
            None,
            *[
                element(
                    "field",
                    {"name": name, "configurationFlags": "None"},
                    _widget(name, column, hidden[name], content.labels(name)),
                )
                for name, column in columns.items()
            ],
        ),
        element(
            "aliases",
            None,
            *[
                element("alias", {"field": name, "index": number, "name": headings[name]})
                for number, name in enumerate(names)
            ],
        ),
        element(
            "attributetableconfig",
            {"sortOrder": 0, "sortExpression": "", "actionWidgetStyle": "dropDown"},
            element(
                "columns",
                None,
                *[
                    element("column", {"type": "field", "name": name, "hidden": hidden[name], "width": -1})
                    for name in names
                ],
            ),
        ),
    ]


def _widget(name: str, column: Column | None, hidden: bool, words: Mapping[str, str]) -> Element:
    kind, config = "TextEdit", options({"IsMultiline": "1" if name in _LONG else "0", "UseHtml": "0"})
    if hidden:
        kind, config = "Hidden", element("Option")
    elif words:
        kind = "ValueMap"
        config = element(
            "Option", {"type": "Map"}, option_list("map", [(label, code) for code, label in words.items()])
        )
    elif column is not None and column.kind == FLAG:
        kind, config = (
            "CheckBox",
            options({"CheckedState": "", "UncheckedState": "", "TextDisplayMethod": "0"}),
        )
    elif column is not None and column.kind == NUMBER:
        kind, config = "TextEdit", options({"IsMultiline": "0", "UseHtml": "0"})
    return element("editWidget", {"type": kind}, element("config", None, config))


def form_elements(content: Content, tabs: Sequence[Tab], relation: str = "") -> list[Element]:
    """A form in tabs; with ``relation`` a tab that lists the children of the feature."""
    contract, say = content.contract, content.lang
    checks = say("逐条检查", "Checks")
    names = [FID, *contract]
    containers = []
    for number, (zh, en, columns) in enumerate(tabs):
        known = [name for name in columns if name in contract and not is_hidden(name, contract)]
        rows = [
            element("attributeEditorField", {"name": name, "index": names.index(name), "showLabel": 1})
            for name in known
        ]
        containers.append(_tab(say(zh, en), *rows))
        if relation and number == 0:
            containers.append(_tab(checks, _children(relation, checks)))
    return [
        element("editorlayout", None, "tablayout"),
        element("attributeEditorForm", None, *containers),
        element("featformsuppress", None, "0"),
    ]


def _tab(title: str, *inner: Element) -> Element:
    values: dict[str, Value] = {
        "name": title,
        "showLabel": 1,
        "groupBox": 0,
        "columnCount": 1,
        "visibilityExpressionEnabled": 0,
    }
    return element("attributeEditorContainer", {**values, "visibilityExpression": ""}, *inner)


def _children(relation: str, label: str) -> Element:
    return element(
        "attributeEditorRelation",
        {
            "relation": relation,
            "name": relation,
            "label": label,
            "showLabel": 0,
            "nmRelationId": "",
            "relationWidgetTypeId": "",
            "forceSuppressFormPopup": 0,
        },
        element(
            "editor_configuration",
            {"type": "Map"},
            element("Option", {"type": "QString", "name": "buttons", "value": "ZoomToChildFeature"}),
        ),
    )


def display_column(contract: Contract) -> str:
    """The column that names a feature: in lists, relations and searches."""
    for name in ("name", "feature_name", "title", "site_id", "rule_id"):
        if name in contract:
            return name
    texts = [name for name, column in contract.items() if column.kind == TEXT]
    return texts[0] if texts else next(iter(contract), FID)
