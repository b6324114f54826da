import math

import numpy as np
import pytest
import torch
from helpers.tiny_losses import features, value

from modgap.errors import InputError
from modgap.train.losses.registry import build_loss


def test_clip_is_the_mean_cross_entropy_both_ways():
    images, texts = features()
    expected = 0
    for logits in (12 * images @ texts.T, 12 * texts @ images.T):
        for row in range(7):
            others = sum(math.exp(x) for x in logits[row])
            expected += -math.log(math.exp(logits[row, row]) / others) / 14
    assert value("clip", images, texts, 12) == pytest.approx(expected, rel=1e-12)


def test_sigmoid_is_the_sum_over_all_pairs_per_image():
    images, texts = features()
    expected = 0
    for i in range(7):
        for j in range(7):
            z = 1 if i == j else -1
            logit = 12 * images[i] @ texts[j] - 3
            expected += math.log(1 + math.exp(-z * logit)) / 7
    assert value("sigmoid", images, texts, 12, -3.0) == pytest.approx(expected, rel=1e-12)


def test_a_loss_says_where_the_bias_starts():
    assert build_loss("clip").initial_bias is None
    assert build_loss("sigmoid").initial_bias == -10
    assert build_loss("sigmoid", initial_bias=-2).initial_bias == -2


def test_dual_cross_entropy_is_a_softmax_over_the_other_items_of_both_modalities():
    images, texts = features()
    expected = 0
    for own, other in ((images, texts), (texts, images)):
        for i in range(7):
            total = sum(math.exp(12 * own[i] @ other[j]) for j in range(7))
            total += sum(math.exp(12 * own[i] @ own[j]) for j in range(7) if j != i)
            expected -= math.log(math.exp(12 * own[i] @ other[i]) / total) / 14
    assert value("dual_cross_entropy", images, texts, 12) == pytest.approx(expected, rel=1e-10)


def test_dual_cross_entropy_of_equal_items_is_the_logarithm_of_their_number():
    same = np.full((7, 4), 0.5)
    assert value("dual_cross_entropy", same, same, 9) == pytest.approx(math.log(13), rel=1e-10)


@pytest.mark.parametrize("probability", [0, 1])
def test_swapping_none_or_all_pairs_is_clip(probability):
    batch = (*features(), 12)
    expected = value("clip", *batch)
    made = value("modality_swapping", *batch, probability=probability)
    assert made == pytest.approx(expected, rel=1e-10)


def test_swapping_exchanges_whole_pairs_and_repeats_with_torchs_seed():
    images, texts = features()
    torch.manual_seed(3)
    swapped = (torch.rand(7, 1) < 0.5).numpy()
    assert 0 < swapped.sum() < 7
    expected = value("clip", np.where(swapped, texts, images), np.where(swapped, images, texts), 12)
    for _ in range(2):
        torch.manual_seed(3)
        made = value("modality_swapping", images, texts, 12)
        assert made == pytest.approx(expected, rel=1e-10)
    with pytest.raises(InputError, match=r"probability 1.5; expected 0 to 1"):
        build_loss("modality_swapping", probability=1.5)
