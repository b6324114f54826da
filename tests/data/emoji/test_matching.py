import pytest

from modgap.data.emoji.matching import match
from modgap.data.emoji.packages import Style
from modgap.data.emoji.texts import Emoji
from modgap.errors import InputError

CAT = Emoji("1f408", "1f408", "cat", "animal", ("cat",))
SHOE = Emoji("1f45e", "1f45e", "man’s shoe", "clothing", ("mans shoe",))
HEART = Emoji("2764", "2764", "red heart", "heart", ("red heart",))


def style(icons, aliases=None, characters=None):
    entries = {name: {"body": ""} for name in icons}
    return Style("s", entries, aliases or {}, characters or {}, 8, 8)


def names(matches):
    return {key: icon.name for key, icon in matches.icons.items()}


def test_by_code_points_where_the_style_says_them():
    # The name of another emoji, as a trap: code points decide.
    found = match(style(["x", "cat"], characters={"1F408": "x", "2764-fe0f": "cat"}), [CAT, HEART])
    assert names(found) == {"1f408": "x", "2764": "cat"}
    assert (found.by_alias, found.without_text) == (0, 0)


def test_by_name_otherwise():
    found = match(style(["mans-shoe", "cat-face", "dog"]), [CAT, SHOE])
    assert names(found) == {"1f45e": "mans-shoe"}
    assert found.without_text == 2


def test_aliases_are_followed_and_mirrored():
    aliases = {
        "cat": {"parent": "pet"},
        "pet": {"parent": "feline", "hFlip": True},
        "red-heart": {"parent": "heart", "hFlip": True},
        "mans-shoe": {"parent": "nowhere"},
    }
    found = match(style(["feline", "heart"], aliases), [CAT, SHOE, HEART])
    assert names(found) == {"1f408": "feline", "2764": "heart"}
    assert [icon.mirrored for icon in found.icons.values()] == [True, True]
    assert found.by_alias == 2
    twice = aliases | {"cat": {"parent": "pet", "hFlip": True}}
    assert not match(style(["feline"], twice), [CAT]).icons["1f408"].mirrored


def test_aliases_in_a_circle_are_refused():
    aliases = {"cat": {"parent": "pet"}, "pet": {"parent": "cat"}}
    with pytest.raises(InputError, match=r"drawings s: .* circle: cat → pet → cat"):
        match(style([], aliases), [CAT])
