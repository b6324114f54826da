"""Drawings as pixels. They are made by strangers: none may read a file or take for ever."""

import io
from collections.abc import Mapping
from xml.parsers import expat

import numpy as np
import resvg_py
from PIL import Image

from modgap.data.emoji.matching import Icon

# Width of the first rendering, as a multiple of the size wanted.
_SHARPER = 2
# Of what a drawing may ask for; real ones stay far below, and far deeper ones crash the renderer.
_LONGEST_BODY, _DEEPEST, _LARGEST_SIDE, _LONGEST_TO_SHORTEST = 4_000_000, 100, 10_000, 4
# They show files, other pages, or whatever fonts the machine has.
_FORBIDDEN = ("image", "feImage", "text", "foreignObject", "script", "style")


class DrawingError(ValueError):
    """Why a drawing cannot be used."""


def draw(icon: Icon, size: int) -> np.ndarray:
    """A drawing on a white square.

    Parameters
    ----------
    icon
        What is drawn.
    size
        Sides of the square, in pixels.

    Returns
    -------
    ndarray
        (size, size, 3) uint8: rendered at twice the size, padded to a square, made smaller by
        Lanczos's filter. The same on every machine.

    Raises
    ------
    DrawingError
        For a drawing that refers to anything outside itself, has a document type, text, or sizes
        beyond reason, that is no SVG, or that shows nothing.
    """
    entry = icon.style.icons[icon.name]
    body = entry.get("body")
    if not isinstance(body, str):
        raise DrawingError("no body")
    left, top = _number(entry, "left", 0), _number(entry, "top", 0)
    width = _number(entry, "width", icon.style.width)
    height = _number(entry, "height", icon.style.height)
    _check_sides(width, height)
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="{left:g} {top:g} {width:g} {height:g}">{body}</svg>'
    )
    _check_svg(svg)
    square = _rendered(svg, size * _SHARPER)
    if icon.mirrored:
        square = square.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return np.asarray(square.resize((size, size), Image.Resampling.LANCZOS))


def _number(entry: Mapping, key: str, default: float) -> float:
    value = entry.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DrawingError(f"{key} is {value!r}, expected a number")
    return value


def _check_sides(width: float, height: float) -> None:
    shorter, longer = sorted((width, height))
    # Not in the other direction: NaN compares as False.
    if not (shorter > 0 and longer <= min(_LARGEST_SIDE, shorter * _LONGEST_TO_SHORTEST)):
        raise DrawingError(f"sides of {width:g} × {height:g}")


def _check_svg(svg: str) -> None:
    if len(svg) > _LONGEST_BODY:
        raise DrawingError(f"{len(svg):,} characters, more than {_LONGEST_BODY:,}")
    # Document types bring entities, which grow without end.
    if "<!" in svg or "<?" in svg:
        raise DrawingError("holds a document type, a comment or an instruction")
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise DrawingError(f"elements within each other deeper than {_DEEPEST}")
        if name.rpartition(":")[2] in _FORBIDDEN:
            raise DrawingError(f"holds an element <{name}>")
        for attribute, value in attributes.items():
            if attribute.rpartition(":")[2] == "href" and not value.startswith("#"):
                raise DrawingError(f"refers to {value[:80]!r}, outside itself")

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    try:
        parser.Parse(svg, True)
    except (expat.ExpatError, UnicodeEncodeError) as error:
        raise DrawingError(f"no SVG: {error}") from error


def _rendered(svg: str, width: int) -> Image.Image:
    """A drawing of that width on white, padded to a square."""
    try:
        png = resvg_py.svg_to_bytes(svg_string=svg, width=width, skip_system_fonts=True)
    except ValueError as error:
        raise DrawingError(f"cannot be rendered: {error}") from error
    with Image.open(io.BytesIO(png)) as image:
        drawing = image.convert("RGBA")
    if drawing.getbbox() is None:
        raise DrawingError("shows nothing")
    side = max(drawing.size)
    square = Image.new("RGBA", (side, side), "white")
    corner = ((side - drawing.width) // 2, (side - drawing.height) // 2)
    square.alpha_composite(drawing, corner)
    return square.convert("RGB")
