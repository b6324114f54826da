"""The packages that emoji come from: where their files lie, and what a style's package holds.

Snakemake asks for the files at every start, so nothing here needs more than the standard library.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from modgap.data.records import read_json
from modgap.errors import InputError

# In this order a manifest lists their drawings.
STYLES = (
    *("twemoji", "noto", "openmoji", "fluent-emoji-flat"),
    *("noto-v1", "emojione", "emojione-v1", "fxemoji"),
)
DATA = "emojibase-data/package/en/data.json"
GROUPS = "emojibase-data/package/meta/groups.json"
KEYWORDS = "emojilib/package/dist/emoji-en-US.json"
_ICONS = "@iconify-json/{style}/package/icons.json"
_CHARACTERS = "@iconify-json/{style}/package/chars.json"
FILES = (
    *(DATA, GROUPS, KEYWORDS),
    *(name.format(style=style) for style in STYLES for name in (_ICONS, _CHARACTERS)),
)


@dataclass(frozen=True)
class Style:
    """The drawings of one style.

    `icons`: name → its entry, with at least a `body`, the inside of an SVG; `aliases`: name → its
    entry, with the `parent` that it is another name of; `characters`: code points → name, empty
    where a package does not say; `width`, `height`: of drawings that do not say their own.
    """

    name: str
    icons: Mapping[str, Mapping]
    aliases: Mapping[str, Mapping]
    characters: Mapping[str, str]
    width: float
    height: float


def read_styles(folder: Path) -> dict[str, Style]:
    """The styles whose package is in `folder`, in the order of `STYLES`."""
    there = [name for name in STYLES if (folder / _ICONS.format(style=name)).is_file()]
    if not there:
        raise InputError(
            f"{folder}: no package of drawings; expected such as {_ICONS.format(style=STYLES[0])}"
        )
    return {name: _read_style(folder, name) for name in there}


def _read_style(folder: Path, name: str) -> Style:
    path = folder / _ICONS.format(style=name)
    record = read_record(path)
    characters = folder / _CHARACTERS.format(style=name)
    return Style(
        name,
        _entries(record, "icons", path),
        _entries(record, "aliases", path) if "aliases" in record else {},
        read_record(characters) if characters.is_file() else {},
        record.get("width", 16),
        record.get("height", record.get("width", 16)),
    )


def read_record(path: Path) -> dict:
    """What a JSON file holds, an object; `InputError` naming the file otherwise."""
    record = read_json(path)
    if not isinstance(record, dict):
        raise InputError(f"{path}: expected a JSON object; fetch the package again")
    return record


def _entries(record: Mapping, key: str, path: Path) -> dict[str, Mapping]:
    entries = record.get(key)
    if not isinstance(entries, dict):
        raise InputError(
            f"{path}: no key {key!r} with the package's drawings; it has {sorted(record)}. Fetch "
            "the package again"
        )
    return {name: entry if isinstance(entry, dict) else {} for name, entry in entries.items()}
