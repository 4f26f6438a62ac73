"""Tasks that draw no ground: strips whose width nobody gives, lines, tasks folded into others, and tasks for
which no layer is held. Each stands in the ledger with what is known: names, counties, lengths, numbers.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import shapely

from geo.index import segments
from geo.restoration.ground import Feature
from geo.restoration.lost import leaves_open
from geo.restoration.strips import County, StripMaker
from geo.space import geodesic_m
from geo.task import Ground, RestorationTask
from geo.terms import Bank, Cause, PlanStatus

_LISTED, _OPEN = "listed", "undetermined"


def list_tasks(tasks: Iterable[RestorationTask], maker: StripMaker, drawn: pd.DataFrame) -> pd.DataFrame:
    """Rows of the ledger (:data:`geo.restoration.frames.RESTORATION`) for what ``drawn`` strips do not hold."""
    rows: list[dict[str, object]] = []
    for task in tasks:
        held = drawn[drawn["rule_id"] == task.id]
        if task.ground is Ground.FOLLOWS:
            rows.append(
                _row(task, maker, _LISTED, note=f"范围并入 {'、'.join(task.follows)}，面积在那里计，不重复")
            )
        elif task.ground is Ground.CRITERION:
            said = "、".join(condition.zh for condition in task.any_of)
            rows.append(
                _row(task, maker, _LISTED, note=f"不另画范围：{said}的缺口以草代林，见 treatment 的依据列")
            )
        elif task.ground is Ground.LINE:
            rows += _lines(task, maker, _LISTED, "", "规划没有给出范围，只列名称和长度")
        elif task.ground is Ground.STRIP and maker.width_of(task) is None:
            why = str(Cause.DISTANCE_NOT_GIVEN)
            rows += _lines(
                task, maker, _OPEN, why, f"规划未给宽度，不画；用 --width {task.id}=30m 自定后量算"
            )
        elif not len(held):
            rows.append(_none(task, maker))
        else:
            rows += _points(task, maker)
    return pd.DataFrame(rows)


def _none(task: RestorationTask, maker: StripMaker) -> dict[str, object]:
    """A task for which nothing was drawn."""
    features = maker.ground.all_of(task)
    themes = "、".join(dict.fromkeys(reference.theme.zh for reference in task.place))
    counties = maker.counties(task.jurisdiction.adcode)
    if not counties:
        return _row(
            task, maker, _OPEN, str(Cause.MISSING_LAYER), "没有行政区图层，不知辖区；或不在所选区划内"
        )
    shapes = np.array([feature.geometry for feature in features], dtype=object)
    inside = shapes[[shapely.intersects(shape, [c.area for c in counties]).any() for shape in shapes]]
    if len(inside):
        flat = int(shapely.get_dimensions(inside).max())
        said = "是点，没有面积，只计数" if flat == 0 else "是线，没有面，画不出范围"
        cause = "" if flat == 0 else str(Cause.BASE_LINE)
        return {
            **_row(task, maker, _OPEN if cause else _LISTED, cause, f"{themes}图层里{said}"),
            "features": len(inside),
        }
    held = [layer for r in task.place for layer in maker.catalog.of_theme(r.theme)]
    cause_ = Cause.COVERAGE if held else Cause.MISSING_LAYER
    return _row(task, maker, _OPEN, str(cause_), f"{themes}图层在辖区内没有这些要素，补上图层后才能画")


def _points(task: RestorationTask, maker: StripMaker) -> list[dict[str, object]]:
    """Features that are points, beside others that are drawn."""
    found = [f for f in maker.ground.all_of(task) if shapely.get_dimensions(f.geometry) == 0]
    if task.ground is not Ground.AREA or not found:
        return []
    return [{**_row(task, maker, _LISTED, note="另有点状要素，没有面积，只计数"), "features": len(found)}]


def _lines(
    task: RestorationTask, maker: StripMaker, state: str, cause: str, note: str
) -> list[dict[str, object]]:
    """A row a county and name, with the length in the county."""
    rows = []
    for county in maker.counties(task.jurisdiction.adcode):
        for features in maker.ground.near(task, county.area, 0.0):
            length = _length_m(features, county)
            if length is not None and length < 1.0:
                continue
            plain = _row(task, maker, state, cause, note)
            layer = features[0].layer
            rows.append(
                {
                    **plain,
                    "adcode": county.adcode,
                    "county": county.name,
                    "river": features[0].name,
                    "length_m": length,
                    "features": len(features),
                    "demo": layer.demo,
                    "cause": ";".join(
                        filter(None, [str(plain["cause"]), str(Cause.DEMO) if layer.demo else ""])
                    ),
                    "state": _OPEN if layer.demo else plain["state"],
                }
            )
    return rows or [_none(task, maker)]


def _length_m(features: list[Feature], county: County) -> float | None:
    """Length of lines in a county; None for areas."""
    shapes = np.array([feature.geometry for feature in features], dtype=object)
    lines = shapes[shapely.get_dimensions(shapes) == 1]
    if not len(lines):
        return None
    inside = shapely.intersection(lines, county.area)
    starts, ends, _ = segments(inside[~shapely.is_empty(inside)])
    return float(geodesic_m(starts, ends).sum())


def _row(
    task: RestorationTask, maker: StripMaker, state: str, cause: str = "", note: str = ""
) -> dict[str, object]:
    plan = maker.rulebook.plan_of(task)
    lost = leaves_open(task, maker.rulebook, maker.catalog)
    if lost:
        state, note = (
            _OPEN,
            f"{note}；图层 {'、'.join(layer.key for layer in lost)} 读不了，已搁置".lstrip("；"),
        )
    draft = plan.status is PlanStatus.DRAFT
    causes = [
        *([cause] if cause else []),
        *([str(Cause.UNREADABLE)] if lost else []),
        *([str(Cause.DRAFT_PLAN)] if draft else []),
    ]
    return {
        "rule_id": task.id,
        "adcode": "",
        "county": "",
        "river": "",
        "bank": str(Bank.WHOLE),
        "bank_zh": "不分岸",
        "ground": str(task.ground),
        "state": _OPEN if draft else state,
        "cause": ";".join(causes),
        "note": note + ("；规划为草案" if draft else ""),
        "demo": False,
    }
