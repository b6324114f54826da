from collections import Counter
from itertools import combinations, product
from math import log2

import numpy as np
import pytest

from modgap.mad.captions import FACTORS, VALUES, CaptionSpec, draw_captions
from modgap.mad.information import entropy, factor_bits, information

# Bits of uneven frequencies, so that no two factors are alike.
FREQUENCIES = {
    "digit": (3, 1, 2),
    "thickness": (1, 1, 1),
    "swelling": (1, 3),
    "fracture": (1, 1),
    "scale": (1, 4),
    "colour": (5, 2, 1),
}
BITS = {factor: entropy(counts) for factor, counts in FREQUENCIES.items()}


def test_entropies_of_known_distributions():
    assert entropy([1, 1]) == 1
    assert entropy([0.5, 0.25, 0.25]) == 1.5
    assert entropy([7]) == 0
    assert entropy([1, 0, 1]) == 1


def test_the_factors_of_mad():
    bits = factor_bits()
    assert set(bits) == set(FACTORS)
    assert bits["thickness"] == log2(3)
    assert bits["colour"] == log2(7)
    assert bits["scale"] == 1
    # MNIST's digits are nearly alike in frequency.
    assert 0 < log2(10) - bits["digit"] < 0.003


@pytest.mark.parametrize("attributes", range(6))
def test_k_of_five_attributes_share_k_fifths_of_their_bits(attributes):
    found = information(CaptionSpec("digit", attributes))
    all_attributes = 3 + log2(3) + log2(7)
    assert found.shared == pytest.approx(factor_bits()["digit"] + attributes / 5 * all_attributes)
    assert found.image_only == pytest.approx((1 - attributes / 5) * all_attributes)
    assert found.caption_only == 0


def test_never_named_and_never_shown_mirror_each_other():
    sets = [names for n in range(6) for names in combinations(FACTORS[1:], n)]
    for names in sets:
        unnamed = information(CaptionSpec("digit", 5, names))
        hidden = information(CaptionSpec("digit", 5), names)
        assert unnamed.shared == pytest.approx(hidden.shared)
        bits = sum(factor_bits()[name] for name in names)
        assert (unnamed.image_only, unnamed.caption_only) == (pytest.approx(bits), 0)
        assert (hidden.image_only, hidden.caption_only) == (0, pytest.approx(bits))


def joint(captions, hidden):
    """The joint distribution of what an image shows and its caption, by listing all of it."""
    chosen = list(combinations(captions.nameable, captions.named))
    table = Counter()
    for values in product(*(range(len(FREQUENCIES[factor])) for factor in FACTORS)):
        label = dict(zip(FACTORS, values, strict=True))
        weight = np.prod([FREQUENCIES[factor][value] for factor, value in label.items()])
        image = tuple(value for factor, value in label.items() if factor not in hidden)
        for names in chosen:
            words = frozenset((name, label[name]) for name in (captions.main_factor, *names))
            table[image, words] += weight / len(chosen)
    return table


@pytest.mark.parametrize(
    ("captions", "hidden"),
    [
        (CaptionSpec("digit", 0), ()),
        (CaptionSpec("digit", 2), ()),
        (CaptionSpec("scale", 3), ("colour",)),
        (CaptionSpec("digit", 1, ("scale",)), ("thickness", "swelling")),
        (CaptionSpec("digit", 5, ("colour", "thickness")), ("thickness",)),
    ],
)
def test_the_mutual_information_is_that_of_the_joint_distribution(captions, hidden):
    table = joint(captions, hidden)
    images, texts = Counter(), Counter()
    for (image, words), weight in table.items():
        images[image] += weight
        texts[words] += weight
    h_image, h_text, h_both = (entropy(list(each.values())) for each in (images, texts, table))
    found = information(captions, hidden, BITS)
    assert found.shared == pytest.approx(h_image + h_text - h_both, abs=1e-9)
    assert found.image == pytest.approx(h_image)
    # The caption's words without their order; which factors are named is part of the wording.
    order = information(captions, hidden, dict.fromkeys(FACTORS, 0.0)).wording
    chosen = log2(len(list(combinations(captions.nameable, captions.named))))
    assert found.caption - (order - chosen) == pytest.approx(h_text)


def test_the_captions_drawn_have_the_entropy_of_captions():
    rng = np.random.default_rng(0)
    sizes = [len(words) for words in VALUES.values()]
    captions = CaptionSpec("digit", 5, ("thickness", "fracture", "colour", "swelling"))
    labels = rng.integers(sizes, size=(200_000, 6)).astype(np.uint8)
    _, counts = np.unique(draw_captions(labels, captions, rng), axis=0, return_counts=True)
    bits = {factor: log2(len(words)) for factor, words in VALUES.items()}
    assert entropy(counts) == pytest.approx(information(captions, (), bits).caption, abs=0.001)
