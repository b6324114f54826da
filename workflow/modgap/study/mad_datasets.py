"""Names of the data sets that MAD comes in: kinds of caption, of classes, of groups.

`mad-FACTOR-kNUMBER` has captions of that factor and so many others; `-nITEMS` behind it are the
first items with their captions and no prompts, for models that are slow. `-unnamed-FACTOR+FACTOR`
are captions without these factors, `-hidden-FACTOR+FACTOR` images without them.
"""

import re
from typing import NamedTuple

from modgap.errors import InputError

# Without captions: of classes such as 7-red, and of digits by group of colour.
CLASSES, GROUPS = "mad-digit-colour", "mad-digit-groups"
FACTORS = ("digit", "thickness", "swelling", "fracture", "scale", "colour")
_SET = rf"((?:{'|'.join(FACTORS)})(?:\+(?:{'|'.join(FACTORS)}))*)"
_CAPTIONS = re.compile(
    rf"mad-({'|'.join(FACTORS)})-k([0-5])(?:-unnamed-{_SET})?(?:-hidden-{_SET})?"
    r"(?:-n([1-9][0-9]*))?"
)
# A set of factors in a setting: their names with + between them.
FACTOR_SET = rf"^({_SET})?$"


class MadCaptions(NamedTuple):
    """The captions of a MAD data set, and how many items it has (None: all).

    `unnamed` factors are in no caption, `hidden` ones in no image.
    """

    main_factor: str
    attributes: int
    items: int | None
    unnamed: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()


def factors_of(names: str) -> tuple[str, ...]:
    """The factors of a set, in the order of `FACTORS`; none of "".

    >>> factors_of("colour+scale")
    ('scale', 'colour')
    """
    return tuple(factor for factor in FACTORS if factor in names.split("+"))


def mad_dataset(main_factor: str, attributes: int, unnamed: str = "", hidden: str = "") -> str:
    """Name of the MAD data set whose captions hold `main_factor` and `attributes` others.

    `unnamed`, `hidden`: sets of factors that no caption names and no image shows.
    """
    sets = {"unnamed": factors_of(unnamed), "hidden": factors_of(hidden)}
    without = "".join(f"-{name}-{'+'.join(factors)}" for name, factors in sets.items() if factors)
    return f"mad-{main_factor}-k{attributes}{without}"


def mad_images(hidden: tuple[str, ...]) -> str:
    """Name of the folder of MAD's images that do not show some factors."""
    return f"mad-hidden-{'+'.join(hidden)}" if hidden else "mad"


def is_mad(dataset: str) -> bool:
    """Whether a name is that of a MAD data set."""
    return dataset in (CLASSES, GROUPS) or _CAPTIONS.fullmatch(dataset) is not None


def mad_captions(dataset: str) -> MadCaptions | None:
    """What a MAD data set's name says of its captions.

    None for the data sets of classes, which have none. Raises `InputError` for another name.
    """
    if dataset in (CLASSES, GROUPS):
        return None
    match = _CAPTIONS.fullmatch(dataset)
    if match is None:
        raise InputError(
            f"data set {dataset!r}: MAD data sets are {CLASSES}, {GROUPS} and mad-FACTOR-kNUMBER, "
            f"such as mad-digit-k1; factors: {', '.join(FACTORS)}; numbers: 0 to 5; the first 500 "
            "items alone: mad-digit-k1-n500; see also the settings model.unnamed and hidden"
        )
    items = int(match[5]) if match[5] else None
    unnamed, hidden = (factors_of(match[group] or "") for group in (3, 4))
    return MadCaptions(match[1], int(match[2]), items, unnamed, hidden)
