"""Names on a map that do not lie on each other: each takes the first free place about its point."""

from __future__ import annotations

from dataclasses import dataclass, field

from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from geo.writers.figures.fonts import drawable
from geo.writers.figures.plane import Plane
from geo.writers.figures.symbols import text_width_cm

_AROUND = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))
_POINTS_PER_CM = 72 / 2.54

Box = tuple[float, float, float, float]


@dataclass
class Labels:
    """The labels of one map; what is placed first keeps its place."""

    view: Axes
    plane: Plane
    taken: list[Box] = field(default_factory=list)

    def keep_free(self, x: float, y: float, half_points: float) -> None:
        """Keep names off a symbol."""
        half = half_points * self.plane.metres_per_point
        self.taken.append((x - half, y - half, x + half, y + half))

    def place(
        self,
        x: float,
        y: float,
        text: str,
        size: float = 6,
        colour: str = "#111111",
        reach: float = 4.5,
        centred: bool = False,
    ) -> bool:
        """Write a name beside a point (or on it), where it is free and wholly on the map; False where it is not."""
        plain, unit = drawable(text), self.plane.metres_per_point
        wide, high = text_width_cm(plain, size) * _POINTS_PER_CM * unit, size * 1.1 * unit
        spots = [(0, 0, 0.0)] if centred else []
        spots += [] if centred else [(dx, dy, reach * far) for far in (1.0, 1.8, 3.0) for dx, dy in _AROUND]
        for dx, dy, far in spots:
            left = x + dx * far * unit + (wide / 2 * dx) - wide / 2
            low = y + dy * far * unit + (high / 2 * dy) - high / 2
            box = (left, low, left + wide, low + high)
            if self._free(box):
                self.taken.append(box)
                written = self.view.text(
                    left + wide / 2,
                    low + high / 2,
                    plain,
                    fontsize=size,
                    color=colour,
                    ha="center",
                    va="center",
                    zorder=35,
                )
                written.set_path_effects([withStroke(linewidth=1.6, foreground="white")])
                return True
        return False

    def _free(self, box: Box) -> bool:
        left, low, right, top = box
        inside = (
            left > self.plane.west
            and right < self.plane.east
            and low > self.plane.south
            and top < self.plane.north
        )
        return inside and not any(
            left < other[2] and right > other[0] and low < other[3] and top > other[1] for other in self.taken
        )
