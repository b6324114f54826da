import numpy as np
import pytest
from PIL import Image

from modgap.data.emoji.drawings import DrawingError, draw
from modgap.data.emoji.matching import Icon
from modgap.data.emoji.packages import Style

SQUARE = '<path fill="red" d="M0 0h8v8H0z"/>'
LEFT = '<path fill="red" d="M0 0h4v8H0z"/>'
RED, WHITE = (255, 0, 0), (255, 255, 255)


def icon(body=SQUARE, mirrored=False, **entry):
    return Icon(Style("s", {"x": {"body": body} | entry}, {}, {}, 8, 8), "x", mirrored)


def test_a_drawing_fills_its_square():
    pixels = draw(icon(), 6)
    assert pixels.shape == (6, 6, 3)
    assert pixels.dtype == np.uint8
    assert (pixels == RED).all()


def test_what_is_not_drawn_is_white_and_an_alias_can_mirror():
    pixels = draw(icon(LEFT), 32)
    # The filter reaches a few pixels across the border.
    assert (pixels[:, :10] == RED).all()
    assert (pixels[:, -10:] == WHITE).all()
    assert (draw(icon(LEFT, mirrored=True), 32) == pixels[:, ::-1]).all()


def test_a_wide_drawing_is_padded_and_may_begin_elsewhere():
    body = '<path fill="red" d="M-4 2h16v8H-4z"/>'
    pixels = draw(icon(body, left=-4, top=2, width=16, height=8), 32)
    assert (pixels[12:20] == RED).all()
    assert (pixels[:4] == WHITE).all()
    assert (pixels[-4:] == WHITE).all()


def test_two_runs_give_the_same_pixels():
    stops = '<stop offset="0" stop-color="red"/><stop offset="1" stop-color="blue"/>'
    circle = '<circle cx="4" cy="4" r="3.3" fill="url(#g)"/>'
    body = f'{circle}<linearGradient id="g">{stops}</linearGradient>'
    first, again = (draw(icon(body), 32) for _ in range(2))
    assert (first == again).all()
    assert len(np.unique(first.reshape(-1, 3), axis=0)) > 50


def nested(depth):
    return "<g>" * depth + SQUARE + "</g>" * depth


GROWING = '<g id="a0"><path d="M0 0h1v1H0z"/></g>' + "".join(
    f'<g id="a{n}">' + f'<use href="#a{n - 1}"/>' * 10 + "</g>" for n in range(1, 9)
)
ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
MALICIOUS = {
    "a file": ('<image href="/etc/hostname" width="8" height="8"/>', "an element <image>"),
    "its bytes": ('<image href="data:image/png;base64,AA"/>', "an element <image>"),
    "under a prefix": (
        '<q:image xmlns:q="http://www.w3.org/2000/svg" q:href="x"/>',
        "an element <q:image>",
    ),
    "a page": (f'<use xlink:href="http://x/y#z"/>{SQUARE}', r"refers to 'http://x/y#z', outside"),
    "written otherwise": (f'<use href="&#x2f;etc/x"/>{SQUARE}', "refers to '/etc/x', outside"),
    "a filter": ('<filter id="f"><feImage href="x.png"/></filter>', "an element <feImage>"),
    "fonts": ("<text>a</text>", "an element <text>"),
    "a script": ("<script>1</script>", "an element <script>"),
    "entities": (f"{ENTITIES}<desc>&b;</desc>", "a document type"),
    "an instruction": ('<?xml-stylesheet href="x"?>', "an instruction"),
    "deeply nested": (nested(200), "deeper than 100"),
    "without end": (GROWING, "cannot be rendered: .*limit"),
    "long": (f"<desc>{'a' * 4_000_000}</desc>", "characters, more than 4,000,000"),
    "cut short": ('<path d="M0 0', "no SVG"),
    "half a character": ("<desc>\ud800</desc>", "no SVG"),
    "a second page": (f"</svg><svg>{SQUARE}", "no SVG"),
    "nothing": ("", "shows nothing"),
    "unknown": ("<foo/>", "shows nothing"),
}


@pytest.mark.parametrize("what", list(MALICIOUS))
def test_a_malicious_or_damaged_drawing_is_refused(what):
    body, message = MALICIOUS[what]
    with pytest.raises(DrawingError, match=message):
        draw(icon(body), 8)


def test_no_file_is_read_even_if_it_is_there(tmp_path):
    """The renderer itself would show this picture."""
    path = tmp_path / "red.png"
    Image.new("RGB", (8, 8), RED).save(path)
    for element in ("image", "feImage", "use"):
        with pytest.raises(DrawingError):
            draw(icon(f'<{element} href="{path}" width="8" height="8"/>'), 8)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"width": 0}, "sides of 0 × 8"),
        ({"width": -8}, "sides of -8 × 8"),
        ({"width": float("nan")}, "sides of"),
        ({"width": 1e9, "height": 1e9}, r"sides of 1e\+09"),
        ({"width": 1e-6}, "sides of 1e-06 × 8"),
        ({"height": "8"}, "height is '8', expected a number"),
        ({"left": True}, "left is True, expected a number"),
        ({"body": None}, "no body"),
    ],
)
def test_sides_beyond_reason(entry, message):
    with pytest.raises(DrawingError, match=message):
        draw(icon(**entry), 8)
