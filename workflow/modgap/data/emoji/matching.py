"""Which drawing of a style is of which emoji."""

from collections.abc import Iterable
from dataclasses import dataclass

from modgap.data.emoji.packages import Style
from modgap.data.emoji.texts import Emoji, key_of, words_of
from modgap.errors import InputError


@dataclass(frozen=True)
class Icon:
    """A drawing: its style, its own name there, and whether an alias mirrors it."""

    style: Style
    name: str
    mirrored: bool = False


@dataclass(frozen=True)
class Matches:
    """The drawings of a style by the key of their emoji, and what is left.

    `by_alias`: emoji whose drawing has another name of its own; `without_text`: drawings of no
    emoji of the texts.
    """

    icons: dict[str, Icon]
    by_alias: int
    without_text: int


def match(style: Style, emoji: Iterable[Emoji]) -> Matches:
    """Find an emoji's drawing by its code points, where the style says them, else by its name.

    A name is the emoji's label, its words joined by "-". Raises `InputError` for aliases that go
    round in a circle.
    """
    named = {key_of(written): name for written, name in style.characters.items()}
    icons, by_alias = {}, 0
    for each in emoji:
        name = named.get(each.key) if named else "-".join(words_of(each.label))
        icon = _resolved(style, name) if name else None
        if icon:
            icons[each.key] = icon
            by_alias += icon.name != name
    used = {icon.name for icon in icons.values()}
    return Matches(icons, by_alias, len(style.icons) - len(used))


def _resolved(style: Style, name: str) -> Icon | None:
    """The drawing of that name, through its aliases."""
    mirrored, path = False, []
    while name not in style.icons and name in style.aliases:
        if name in path:
            circle = " → ".join([*path, name])
            raise InputError(f"drawings {style.name}: aliases go round in a circle: {circle}")
        path.append(name)
        mirrored ^= bool(style.aliases[name].get("hFlip"))
        name = style.aliases[name].get("parent", "")
    return Icon(style, name, mirrored) if name in style.icons else None
