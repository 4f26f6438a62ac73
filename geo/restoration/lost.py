"""Which tasks of restoration a layer that was set aside leaves open: what it holds might change what they ask for."""

from __future__ import annotations

from geo.catalog import Layer, LayerCatalog
from geo.rulebook import RuleBook
from geo.task import Ground, RestorationTask
from geo.terms import Theme
from geo.zones import lost_to

#: Beside the ground of a task: water is cut out of strips, cover tells what is missing.
_OF_GROUND = (Theme.RIVER, Theme.LAKE, Theme.LANDCOVER)
#: These tell which treatment suits and what comes first, not how much is missing.
_OF_WORKS = (Theme.DEM, Theme.SOURCE_WATER)


def leaves_open(task: RestorationTask, rulebook: RuleBook, catalog: LayerCatalog) -> list[Layer]:
    """The layers set aside from which ground or cover of a task might have been taken: its hectares are not known."""
    if not catalog.set_aside:
        return []
    found = {layer.key: layer for reference in task.place for layer in lost_to(reference, catalog)}
    themes: list[Theme] = [condition.theme for condition in task.any_of]
    if task.ground in (Ground.STRIP, Ground.AREA):
        themes += _OF_GROUND
    for theme in dict.fromkeys(themes):
        found |= {layer.key: layer for layer in catalog.lost(theme)}
    for other in task.follows:
        if other in rulebook.tasks:
            found |= {layer.key: layer for layer in leaves_open(rulebook.tasks[other], rulebook, catalog)}
    return list(found.values())


def would_serve(layer: Layer, task: RestorationTask, rulebook: RuleBook, catalog: LayerCatalog) -> bool:
    """Whether a layer set aside would have served a task at all."""
    if layer.theme is Theme.ADMIN:
        return True
    works = layer.theme in _OF_WORKS and task.ground in (Ground.STRIP, Ground.AREA)
    return works or layer.key in {held.key for held in leaves_open(task, rulebook, catalog)}
