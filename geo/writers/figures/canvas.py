"""Figures as pages: sizes in centimetres, one look, and the same bytes for the same content."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from geo.writers.figures.fonts import families

#: Centimetres between the margins of an A4 page, upright and on its side.
PAGE_WIDTH_CM = 16.0
WIDE_WIDTH_CM = 24.7

#: Nothing of a file may depend on when it was made.
_METADATA: dict[str, dict[str, Any]] = {
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Producer": None, "Creator": None},
}


@contextmanager
def drawing() -> Iterator[None]:
    """The look of every figure; text is text, never a formula between dollar signs."""
    look: Any = {
        "font.family": list(families()),
        "font.size": 8,
        "axes.unicode_minus": False,
        "axes.linewidth": 0.6,
        "text.parse_math": False,
        "svg.fonttype": "path",
        "svg.hashsalt": "hongxian",
        "pdf.fonttype": 42,
        "hatch.linewidth": 0.5,
        "path.simplify": True,
        "text.hinting": "none",  # at 300 dpi nothing to see, and a quarter of the drawing
    }
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(look)
        yield


def new_figure(width_cm: float, height_cm: float) -> Figure:
    """An empty white figure."""
    figure = Figure(figsize=(width_cm / 2.54, height_cm / 2.54), facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def as_drawing(figure: Figure, kind: str) -> bytes:
    """The figure as ``svg`` or ``pdf``."""
    held = io.BytesIO()
    figure.savefig(held, format=kind, metadata=_METADATA[kind])
    return held.getvalue()


def as_image(figure: Figure, dpi: int) -> Image.Image:
    """The figure as pixels: drawn once, whatever is made of them."""
    canvas = FigureCanvasAgg(figure)
    figure.set_dpi(dpi)
    canvas.draw()
    return Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")


def as_png(image: Image.Image, dpi: int) -> bytes:
    """An image as a PNG of all its colours."""
    held = io.BytesIO()
    image.save(held, "PNG", dpi=(dpi, dpi), compress_level=4)
    return held.getvalue()


def as_light_png(image: Image.Image, dpi: int, to_dpi: int) -> bytes:
    """An image at another resolution as a PNG of 256 colours: a third of the size, no difference to see on a map."""
    if to_dpi != dpi:
        width, height = (round(size * to_dpi / dpi) for size in image.size)
        image = image.resize((width, height), Image.Resampling.LANCZOS)
    held = io.BytesIO()
    few = image.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    palette, paper = few.getpalette() or [], few.getpixel((0, 0))
    assert isinstance(paper, int)
    palette[3 * paper : 3 * paper + 3] = [255, 255, 255]  # the corner is paper: wholly white
    few.putpalette(palette)
    few.save(held, "PNG", dpi=(to_dpi, to_dpi), compress_level=6)
    return held.getvalue()
