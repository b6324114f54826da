"""Tiny emoji in the layout of the real packages: two styles of plain colours."""

import json
from pathlib import Path

FIRST = 0x1F600
COLOURS = ("red", "lime", "blue", "yellow", "aqua", "fuchsia", "black", "gray", "maroon", "navy")
# The words of the classes, by number.
SUBGROUPS = {"0": "plain-colour", "1": "dark-colour", "2": "skin-tone"}
TONE = {"label": "red spot: light skin tone", "hexcode": "1F600-1F3FB", "subgroup": 0, "tone": 1}


def body(colour: str) -> str:
    """The inside of a drawing: a square of one colour."""
    return f'<path fill="{colour}" d="M0 0h8v8H0z"/>'


def write_json(path: Path, content: object) -> Path:
    """A file of JSON with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def save_style(folder: Path, style: str, icons: dict, characters: dict | None = None, **more):
    """A package of drawings, 8 units wide; `icons`: name → entry."""
    place = folder / "@iconify-json" / style / "package"
    write_json(place / "icons.json", {"prefix": style, "icons": icons, "width": 8} | more)
    if characters is not None:
        write_json(place / "chars.json", characters)


def save_emoji(folder: Path) -> Path:
    """Ten emoji in two classes, the first with a skin tone; both styles draw each of them."""
    entries = [
        {
            "label": f"{colour} spot",
            "hexcode": f"{FIRST + number:X}-FE0F",
            "tags": ["round", colour],
            "group": 0,
            "subgroup": number % 2,
        }
        for number, colour in enumerate(COLOURS)
    ]
    entries[0]["skins"] = [TONE]
    parts = [
        {"label": "regional indicator A", "hexcode": "1F1E6"},
        {"label": "light skin tone", "hexcode": "1F3FB", "group": 2, "subgroup": 2},
    ]
    texts = folder / "emojibase-data" / "package"
    write_json(texts / "en" / "data.json", [*parts, *entries])
    groups = {"groups": {"0": "smileys", "2": "component"}, "subgroups": SUBGROUPS}
    write_json(texts / "meta" / "groups.json", groups)
    keywords = {f"{chr(FIRST + n)}\ufe0f": [f"{c}_spot", "dot"] for n, c in enumerate(COLOURS)}
    write_json(folder / "emojilib" / "package" / "dist" / "emoji-en-US.json", keywords)
    icons = {f"{colour}-spot": {"body": body(colour)} for colour in COLOURS}
    icons["red-spot-light-skin-tone"] = {"body": body("pink")}
    written = {f"{FIRST + number:x}": f"{colour}-spot" for number, colour in enumerate(COLOURS)}
    written["1f600-1f3fb"] = "red-spot-light-skin-tone"
    save_style(folder, "twemoji", icons, written)
    save_style(folder, "noto", icons)
    return folder
