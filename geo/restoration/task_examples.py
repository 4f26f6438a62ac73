"""The tasks' inline examples: a kilometre of the task's line, or a hectare, under one cover, through the very stages
that plan restoration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from geo.catalog import LayerCatalog
from geo.errors import Problem
from geo.layer import Layer
from geo.restoration.plan import RestorationOptions, plan_restoration
from geo.restoration.schemes import SURVEY, classes_of
from geo.rule import Reference
from geo.rulebook import RuleBook
from geo.space import WORKING_CRS, LocalPlane
from geo.task import Ground, RestorationTask, TaskExample
from geo.terms import THEME_ATTRIBUTES, CoverClass, Line, Theme, Treatment

EXAMPLE_DAY = date(2026, 1, 1)
#: Where the synthetic world lies; the river runs east along the parallel.
_PLANE = LocalPlane(111.5, 36.0)
_TOLERANCE = 1e-3
#: Half the width of the synthetic river, and how far its levees stand from its middle, in metres.
_RIVER_M, _LEVEE_M = 100.0, 300.0


@dataclass(frozen=True)
class TaskResult:
    """What an example gave: hectares of one bank or of the plot, what is missing, what is done."""

    task_id: str
    number: int
    example: TaskExample
    strip_ha: float
    deficit_ha: float
    treatments: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether the figures are those expected, within a thousandth."""
        near = all(
            abs(found - wanted) <= _TOLERANCE * max(wanted, 1.0)
            for found, wanted in (
                (self.strip_ha, self.example.strip_ha),
                (self.deficit_ha, self.example.deficit_ha),
            )
        )
        wanted = self.example.treatment
        return near and (wanted is None or self.treatments == (str(wanted),))


def run_task_examples(rulebook: RuleBook, task_ids: Iterable[str] | None = None) -> list[TaskResult]:
    """Run the inline examples of some or all tasks.

    >>> from geo.rulebook import load_rulebook
    >>> [result.passed for result in run_task_examples(load_rulebook(), ["YC-63"])]
    [True, True]
    """
    return [
        _run(rulebook.tasks[task_id], number, example, rulebook)
        for task_id in (task_ids if task_ids is not None else rulebook.tasks)
        for number, example in enumerate(rulebook.tasks[task_id].examples, start=1)
    ]


def lint_tasks(rulebook: RuleBook) -> list[Problem]:
    """Doubtful places of the tasks: ground that is drawn without an example, an example without something missing."""
    problems = []
    for task in rulebook.tasks.values():
        drawn = task.ground is Ground.AREA or (task.ground is Ground.STRIP and isinstance(task.width, dict))
        if drawn and not any(example.deficit_ha > 0 for example in task.examples):
            what = "画得出的任务没有例子显示缺口"
            problems.append(
                Problem("restoration.yaml", "", task.id, "examples", what, "补一个 deficit_ha 大于 0 的例子")
            )
        if not drawn and task.examples:
            problems.append(
                Problem("restoration.yaml", "", task.id, "examples", "不画范围的任务不用例子", "删去")
            )
    return problems


def _run(task: RestorationTask, number: int, example: TaskExample, rulebook: RuleBook) -> TaskResult:
    book = replace(rulebook, tasks={task.id: task}, indicators={}, rules={})
    catalog = LayerCatalog([], Path())
    for layer, frame in _world(task, example.cover):
        catalog.layers.append(layer)
        catalog.frames[layer.key] = frame
    options = RestorationOptions(indicators=False)
    result = plan_restoration(book, catalog, example.on or EXAMPLE_DAY, options=options)
    banks = max(result.strips["bank"].nunique(), 1)
    missing = result.deficit["area_ha"].sum()
    done = tuple(dict.fromkeys(result.treatment["treatment"]))
    return TaskResult(task.id, number, example, result.strips["area_ha"].sum() / banks, missing / banks, done)


def _world(task: RestorationTask, cover: CoverClass) -> Iterator[tuple[Layer, gpd.GeoDataFrame]]:
    """A county a kilometre long about a straight river, levees or line, or a plot of a hectare; one cover."""
    code = max(task.jurisdiction.adcode, key=len).ljust(6, "0")
    county = shapely.box(-500, -5_000, 500, 5_000)
    yield _layer(Theme.ADMIN, county, Line.BOUNDARY, {"adcode": code, "name": "例县", "level": "county"})
    survey = {word: number for number, word in reversed(list(classes_of(SURVEY).items()))}
    yield _layer(
        Theme.LANDCOVER, shapely.box(-9_000, -9_000, 9_000, 9_000), Line.BOUNDARY, {"code": survey[cover]}
    )
    reference = task.place[0]
    if task.ground is Ground.AREA:
        yield _layer(
            reference.theme,
            shapely.box(0, 0, 100, 100),
            reference.line or Line.BOUNDARY,
            _attributes(reference),
        )
        return
    course = shapely.LineString([(-5_000, 0), (5_000, 0)])
    river = {"name": "例河"}
    if reference.theme is Theme.RIVER:
        water = shapely.box(-5_000, -_RIVER_M, 5_000, _RIVER_M)
        yield _layer(reference.theme, water, reference.line or Line.BANK, _attributes(reference))
    elif reference.theme in (Theme.LEVEE, Theme.CANAL):
        levees = shapely.MultiLineString([[(-5_000, y), (5_000, y)] for y in (-_LEVEE_M, _LEVEE_M)])
        yield _layer(
            reference.theme, levees, reference.line or Line.LEVEE_TOE, {**river, **_attributes(reference)}
        )
    else:
        yield _layer(reference.theme, course, reference.line or Line.CENTRELINE, _attributes(reference))


def _attributes(reference: Reference) -> dict[str, str]:
    """Attributes of a feature that the reference means."""
    stated = {
        name: held if isinstance(held, str) else held[0]
        for name, held in reference.where.items()
        if isinstance(held, str | list)
    }
    return {"name": "例", **stated}


def _layer(
    theme: Theme, shape: shapely.Geometry, line: Line, attributes: dict[str, str]
) -> tuple[Layer, gpd.GeoDataFrame]:
    layer = Layer(
        key=f"例-{theme}", theme=theme, path="例", line=line, accuracy_m=0.0, source="例", licence="例"
    )
    columns = {
        name: pd.Series([attributes.get(name)], dtype=object) for name in sorted(THEME_ATTRIBUTES[theme])
    }
    return layer, gpd.GeoDataFrame(
        columns, geometry=[_PLANE.back(shapely.segmentize(shape, 200.0))], crs=WORKING_CRS
    )


def in_words(result: TaskResult) -> str:
    """What a failed example gave, in words."""
    example = result.example
    done = "、".join(Treatment(word).zh for word in result.treatments) or "无"
    return (
        f"{result.task_id} 修复任务第 {result.number} 例：应为 {example.strip_ha:g} 公顷、缺口 {example.deficit_ha:g} 公顷"
        f"{'、' + example.treatment.zh if example.treatment else ''}，"
        f"得到 {result.strip_ha:.4f} 公顷、缺口 {result.deficit_ha:.4f} 公顷、{done}"
    )
