from itertools import permutations

import numpy as np
import pytest

from modgap.errors import InputError
from modgap.mad.captions import (
    FACTORS,
    FIRST_WORD,
    VALUES,
    WORDS,
    CaptionSpec,
    caption_texts,
    draw_captions,
)


def labels(count, seed=0):
    rng = np.random.default_rng(seed)
    sizes = [len(words) for words in VALUES.values()]
    return np.stack([rng.integers(size, size=count) for size in sizes], axis=1).astype(np.uint8)


def factors_of(words):
    """Which factor each word number belongs to, read off the vocabulary word by word."""
    owner = {word: factor for factor, words in VALUES.items() for word in words}
    return np.array([FACTORS.index(owner[word]) for word in WORDS])[words]


def test_vocabulary():
    assert len(WORDS) == len(set(WORDS)) == 26
    assert not any(set(word) & set("- \t") for word in WORDS)
    assert [len(VALUES[factor]) for factor in FACTORS] == [10, 3, 2, 2, 2, 7]
    assert {"thickening", "swelling", "fractures", "large", "blue"} <= set(WORDS)
    assert [WORDS[first] for first in FIRST_WORD] == [words[0] for words in VALUES.values()]


@pytest.mark.parametrize("main", FACTORS)
@pytest.mark.parametrize("attributes", range(6))
def test_a_caption_names_the_main_factor_and_k_others(main, attributes):
    given = labels(300)
    words = draw_captions(given, CaptionSpec(main, attributes), np.random.default_rng(1))
    assert words.shape == (300, 1 + attributes)
    named = factors_of(words)
    assert (named == FACTORS.index(main)).any(axis=1).all()
    for row, factors in enumerate(named):
        assert len(set(factors.tolist())) == 1 + attributes
        for factor, word in zip(factors, words[row], strict=True):
            assert WORDS[word] == VALUES[FACTORS[factor]][given[row, factor]]


def test_no_caption_is_more_likely_than_another():
    one = np.repeat(labels(1), 60_000, axis=0)
    words = draw_captions(one, CaptionSpec("swelling", 2), np.random.default_rng(2))
    orders = [order for order in permutations(range(6), 3) if FACTORS.index("swelling") in order]
    _, counts = np.unique(factors_of(words), axis=0, return_counts=True)
    assert len(counts) == len(orders) == 60
    # 1000 expected each, standard deviation 31; the largest of 60 stays within five of those.
    assert np.abs(counts - 1000).max() < 5 * np.sqrt(1000)


def test_a_seed_repeats_and_another_differs():
    given, spec = labels(50), CaptionSpec("digit", 3)
    first, again, other = (draw_captions(given, spec, np.random.default_rng(s)) for s in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_texts():
    words = np.array([[WORDS.index(word) for word in ("7", "red", "small")]])
    assert caption_texts(words) == ["7-red-small"]
    assert caption_texts(np.array([[3], [0]])) == ["3", "0"]


def test_labels_are_left_as_they_are():
    given = labels(20)
    draw_captions(given, CaptionSpec("digit", 5), np.random.default_rng(0))
    np.testing.assert_array_equal(given, labels(20))


@pytest.mark.parametrize("attributes", [-1, 6])
def test_impossible_numbers_of_attributes(attributes):
    with pytest.raises(InputError, match=f"{attributes} attributes; a caption holds 0 to 5"):
        CaptionSpec("digit", attributes)


def test_unknown_main_factor():
    with pytest.raises(InputError, match=r"unknown main factor 'color'.*colour"):
        CaptionSpec("color", 1)


def test_unnamed_factors_are_in_no_caption_and_the_others_are():
    given = labels(2000)
    spec = CaptionSpec("digit", 2, ("scale", "colour"))
    named = factors_of(draw_captions(given, spec, np.random.default_rng(3)))
    assert named.shape == (2000, 3)
    assert set(named.ravel().tolist()) == {0, 1, 2, 3}
    # Two of three: each in two thirds of the captions.
    for factor in (1, 2, 3):
        assert (named == factor).any(axis=1).mean() == pytest.approx(2 / 3, abs=0.05)


def test_where_fewer_can_be_named_all_are():
    spec = CaptionSpec("digit", 5, ("thickness", "swelling", "fracture", "scale"))
    assert (spec.nameable, spec.named) == (("colour",), 1)
    words = draw_captions(labels(20), spec, np.random.default_rng(0))
    assert words.shape == (20, 2)
    nothing = CaptionSpec("digit", 5, FACTORS[1:])
    assert draw_captions(labels(20), nothing, np.random.default_rng(0)).shape == (20, 1)


@pytest.mark.parametrize("unnamed", [("digit",), ("hue",)])
def test_the_main_factor_cannot_be_unnamed(unnamed):
    with pytest.raises(InputError, match="cannot be left unnamed"):
        CaptionSpec("digit", 1, unnamed)
