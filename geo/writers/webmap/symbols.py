"""Symbols of the map: a shape for each outcome beside its colour, for print in grey and colour-blind eyes."""

from __future__ import annotations

import math
from typing import Any

from markupsafe import Markup

from geo.language import Lang
from geo.terms import Effect, Outcome
from geo.writers.content import Kind
from geo.writers.styles import EFFECTS, OUTCOMES
from geo.writers.webmap.morelayers import Look

Ring = list[tuple[float, float]]


def _regular(corners: int, turn: float = 0.0, inner: float | None = None) -> Ring:
    """A regular polygon, or a star where ``inner`` gives the radius of its notches."""
    count = corners if inner is None else 2 * corners
    ring = []
    for k in range(count):
        radius = inner if inner is not None and k % 2 else 1.0
        angle = math.radians(turn - 90) + 2 * math.pi * k / count
        ring.append((round(radius * math.cos(angle), 3), round(radius * math.sin(angle), 3)))
    return ring


def _cross(arm: float) -> Ring:
    quarter = [(arm, -1.0), (arm, -arm), (1.0, -arm)]
    turns = [(1, 0, 0, 1), (0, -1, 1, 0), (-1, 0, 0, -1), (0, 1, -1, 0)]
    return [(a * x + b * y, c * x + d * y) for a, b, c, d in turns for x, y in quarter]


#: Rings in a box from -1 to 1, y downwards; an empty ring is a circle.
SHAPES: dict[Outcome, Ring] = {
    Outcome.PROHIBITED: [(-0.86, -0.86), (0.86, -0.86), (0.86, 0.86), (-0.86, 0.86)],
    Outcome.MUST_EXIT: _regular(3, 180),
    Outcome.UNDETERMINED: _regular(4),
    Outcome.RESTRICTED: _regular(3),
    Outcome.CONDITIONAL: _regular(5, inner=0.5),
    Outcome.ADVISED: _cross(0.4),
    Outcome.CLEAR: [],
    Outcome.NOT_COVERED: _regular(6),
}


def palette(lang: Lang) -> dict[str, Any]:
    """Colours, shapes and words of outcomes and effects, for the page's script; ``aside``: the English of a Chinese word."""
    return {
        "outcomes": [
            {
                "key": outcome,
                "name": lang.of(outcome),
                "aside": lang(outcome.en, ""),
                "colour": style.colour,
                "hatch": style.hatch,
                "dashed": style.dashed,
                "shape": SHAPES[outcome],
            }
            for outcome, style in ((outcome, OUTCOMES[outcome]) for outcome in Outcome)
        ],
        "effects": {e: {"name": lang.of(e), "colour": colour} for e, colour in EFFECTS.items()},
    }


def outcome_swatch(outcome: Outcome) -> Markup:
    """The symbol of an outcome, and how a footprint of it is filled."""
    style = OUTCOMES[outcome]
    dash = ' stroke-dasharray="3 2"' if style.dashed else ""
    fill = f"url(#hatch-{outcome})" if style.hatch else style.colour
    ring = SHAPES[outcome]
    points = " ".join(f"{9 + 7 * x:.1f},{9 + 7 * y:.1f}" for x, y in ring)
    symbol = f'<polygon points="{points}"' if ring else '<circle cx="9" cy="9" r="6.5"'
    return Markup(
        f'<svg class="swatch" width="40" height="18" aria-hidden="true">{symbol} fill="{style.colour}" '
        f'stroke="#222" stroke-width="1"/><rect x="21" y="3" width="17" height="12" fill="{fill}" '
        f'fill-opacity="0.75" stroke="{style.colour}" stroke-width="1.5"{dash}/></svg>'
    )


def effect_swatch(effect: Effect) -> Markup:
    """The fill of a zone."""
    colour = EFFECTS[effect]
    return Markup(
        f'<svg class="swatch" width="40" height="18" aria-hidden="true"><rect x="2" y="3" width="36" height="12" '
        f'fill="{colour}" fill-opacity="0.2" stroke="{colour}" stroke-width="1.2"/></svg>'
    )


def line_swatch(colour: str, width: float, dash: str = "") -> Markup:
    """A line of the base map."""
    return Markup(
        f'<svg class="swatch" width="40" height="18" aria-hidden="true"><line x1="2" y1="9" x2="38" y2="9" '
        f'stroke="{colour}" stroke-width="{width}" stroke-dasharray="{dash}"/></svg>'
    )


def layer_swatch(look: Look, kind: Kind) -> Markup:
    """The symbol of a further layer: a line, an area or a point."""
    if kind is Kind.LINE:
        return line_swatch(look.colour, min(look.weight, 3.5), look.dash)
    dash = f' stroke-dasharray="{look.dash}"' if look.dash else ""
    shape = (
        '<circle cx="20" cy="9" r="4.5"' if kind is Kind.POINT else '<rect x="2" y="3" width="36" height="12"'
    )
    return Markup(
        f'<svg class="swatch" width="40" height="18" aria-hidden="true">{shape} fill="{look.colour}" '
        f'fill-opacity="{max(look.fill, 0.15)}" stroke="{look.colour}" stroke-width="1.4"{dash}/></svg>'
    )
