"""MAD captions: the 26 words, and captions drawn for a whole array of labels at once.

Schrodi et al. 2025 ("Two Effects, One Trigger"), section on MAD: a caption names one factor always
(the digit by default) and k others drawn without replacement, in random order, joined by "-".
"""

from dataclasses import dataclass

import numpy as np

from modgap.errors import InputError

# Every value of every factor is one word without "-" or space. The source shows the words
# thickening, swelling, fractures, large and blue; the words for "nothing done" are ours.
VALUES = {
    "digit": tuple("0123456789"),
    "thickness": ("regular", "thickening", "thinning"),
    "swelling": ("unswollen", "swelling"),
    "fracture": ("unbroken", "fractures"),
    "scale": ("large", "small"),
    "colour": ("gray", "red", "green", "blue", "cyan", "magenta", "yellow"),
}
FACTORS = tuple(VALUES)
WORDS = tuple(word for words in VALUES.values() for word in words)
# Number of each factor's first word in WORDS.
FIRST_WORD = np.cumsum([0, *(len(words) for words in VALUES.values())])[:-1]
JOINT = "-"


@dataclass(frozen=True)
class CaptionSpec:
    """What captions hold: `main_factor` always, and `attributes` of the five other factors.

    Those of `unnamed` are in no caption; where fewer than `attributes` are left, all of them are.
    Raises `InputError` for an unknown factor, a number of attributes outside 0 to 5, or a main
    factor that is never named.
    """

    main_factor: str = "digit"
    attributes: int = 1
    unnamed: tuple[str, ...] = ()

    def __post_init__(self):
        if self.main_factor not in FACTORS:
            raise InputError(
                f"captions: unknown main factor {self.main_factor!r}; use one of {FACTORS}"
            )
        if self.attributes not in range(len(FACTORS)):
            raise InputError(
                f"captions: {self.attributes} attributes; a caption holds 0 to {len(FACTORS) - 1} "
                "besides its main factor"
            )
        for factor in self.unnamed:
            if factor not in FACTORS or factor == self.main_factor:
                raise InputError(
                    f"captions: {factor!r} cannot be left unnamed; expected some of the five "
                    f"factors beside {self.main_factor}"
                )

    @property
    def nameable(self) -> tuple[str, ...]:
        """The factors beside the main one that captions may name."""
        left_out = (self.main_factor, *self.unnamed)
        return tuple(factor for factor in FACTORS if factor not in left_out)

    @property
    def named(self) -> int:
        """How many of these each caption names."""
        return min(self.attributes, len(self.nameable))


def draw_captions(labels: np.ndarray, spec: CaptionSpec, rng: np.random.Generator) -> np.ndarray:
    """Draw one caption per row of `labels` (n, 6), the value numbers in the order of `FACTORS`.

    Returns word numbers (n, 1 + k), int64, which index `WORDS`. Which factors are named and their
    order are uniform over all choices; as in the official code the main factor is shuffled too.
    """
    main = FACTORS.index(spec.main_factor)
    keys = rng.random(labels.shape, dtype=np.float32)
    # The smallest keys are named: the main factor always is among them.
    keys[:, main] = -1
    # The largest are not.
    keys[:, [FACTORS.index(factor) for factor in spec.unnamed]] = 2
    named = np.argsort(keys, axis=1)[:, : 1 + spec.named]
    # The others already stand in random order; a swap puts the main factor at a random place.
    rows = np.arange(len(named))
    place = rng.integers(1 + spec.named, size=len(named))
    named[:, 0] = named[rows, place]
    named[rows, place] = main
    return labels[rows[:, None], named].astype(np.int64) + FIRST_WORD[named]


def caption_texts(words: np.ndarray) -> list[str]:
    """Captions as strings, from word numbers (n, 1 + k)."""
    return [JOINT.join(caption) for caption in np.array(WORDS)[words].tolist()]
