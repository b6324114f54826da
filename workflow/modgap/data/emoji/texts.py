"""What emoji are called: a caption for each, of its name and its keywords."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from modgap.data.emoji.packages import DATA, GROUPS, KEYWORDS, read_record
from modgap.data.records import read_json
from modgap.errors import InputError

BETWEEN = ", "
LONGEST = 24
_COMPONENT = "component"
_WORD = re.compile("[a-z0-9]+")


@dataclass(frozen=True)
class Emoji:
    """One emoji.

    `key`: its code points, in small letters without the selector fe0f; `base`: key of the same
    without a skin tone, `key` itself of one that has none; `subgroup`: its class; `pieces`: its
    caption, name first; `left_out`: words of the caption beyond the longest.
    """

    key: str
    base: str
    label: str
    subgroup: str
    pieces: tuple[str, ...]
    left_out: int = 0

    @property
    def caption(self) -> str:
        """The pieces in one line."""
        return BETWEEN.join(self.pieces)


@dataclass(frozen=True)
class Vocabulary:
    """All emoji, the classes that they are in, and how many entries are parts of emoji only."""

    emoji: tuple[Emoji, ...]
    subgroups: tuple[str, ...]
    components: int


def read_texts(folder: Path) -> Vocabulary:
    """Every emoji of the packages of texts, skin tones included, in their order.

    Its words are those of its label, then its tags, then its keywords; a skin tone has the tags and
    keywords of its base. A word that has occurred before is left out, and so is what comes after
    `LONGEST` words. Raises `InputError` naming the file for what is not in it.
    """
    entries, path = read_json(folder / DATA), folder / DATA
    if not isinstance(entries, list):
        raise InputError(f"{path}: expected a list of emoji; fetch the package again")
    groups, subgroups = (_names(folder / GROUPS, key) for key in ("groups", "subgroups"))
    keywords = {
        code_points(emoji): words for emoji, words in read_record(folder / KEYWORDS).items()
    }
    made, components = [], 0
    for number, entry in enumerate(entries):
        try:
            if groups.get(entry.get("group"), _COMPONENT) == _COMPONENT:
                components += 1
                continue
            made += _with_tones(entry, subgroups, keywords)
        except (AttributeError, KeyError, TypeError) as error:
            raise InputError(
                f"{path}: entry {number}: {error!r}; expected label, hexcode and subgroup"
            ) from error
    used = {each.subgroup for each in made}
    return Vocabulary(tuple(made), tuple(n for n in subgroups.values() if n in used), components)


def code_points(emoji: str) -> str:
    """Key of an emoji: its code points without the selector fe0f.

    >>> code_points("\\u270b\\ufe0f"), code_points("\\u270b\\U0001f3fb")
    ('270b', '270b-1f3fb')
    """
    return key_of("-".join(f"{ord(letter):x}" for letter in emoji))


def key_of(hexcode: str) -> str:
    """A written sequence of code points as a key.

    >>> key_of("2764-FE0F-200D-1F525")
    '2764-200d-1f525'
    """
    return "-".join(part for part in hexcode.lower().split("-") if part != "fe0f")


def words_of(text: str) -> list[str]:
    """The words of a name or keyword: plain small letters and digits, apostrophes dropped.

    >>> words_of("Côte d’Ivoire"), words_of("grinning_face")
    (['cote', 'divoire'], ['grinning', 'face'])
    """
    plain = unicodedata.normalize("NFKD", re.sub("['’]", "", text)).lower()
    return _WORD.findall("".join(letter for letter in plain if not unicodedata.combining(letter)))


def caption_pieces(texts: Iterable[str]) -> tuple[tuple[str, ...], int]:
    """Pieces of a caption without repeated words, and how many words `LONGEST` left out.

    >>> caption_pieces(["flag: Egypt", "EG", "flag", "nation flag"])
    (('flag egypt', 'eg', 'nation'), 0)
    """
    seen: set[str] = set()
    pieces, left_out = [], 0
    for text in texts:
        new = [word for word in dict.fromkeys(words_of(text)) if word not in seen]
        room = LONGEST - len(seen)
        left_out += len(new[room:])
        seen.update(new[:room])
        if new[:room]:
            pieces.append(" ".join(new[:room]))
    return tuple(pieces), left_out


def _with_tones(entry: dict, subgroups: dict[int, str], keywords: dict[str, list]) -> list[Emoji]:
    base = key_of(entry["hexcode"])
    # The first keyword is the name again.
    tags = [*entry.get("tags", []), *keywords.get(base, [])[1:]]
    made = []
    for one in (entry, *entry.get("skins", [])):
        pieces, left_out = caption_pieces([one["label"], *tags])
        subgroup = subgroups[one["subgroup"]]
        made.append(Emoji(key_of(one["hexcode"]), base, one["label"], subgroup, pieces, left_out))
    return made


def _names(path: Path, key: str) -> dict[int, str]:
    names = read_record(path).get(key)
    if not isinstance(names, dict) or not all(number.isdigit() for number in names):
        raise InputError(f"{path}: no key {key!r} with numbers and names; fetch the package again")
    return {int(number): str(name) for number, name in names.items()}
