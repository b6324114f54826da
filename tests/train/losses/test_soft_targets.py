import math

import numpy as np
import pytest
import torch
from helpers.tiny_losses import features, parts, similarity, slow_cross_entropy, soft, value

from modgap.errors import InputError
from modgap.train.losses.registry import build_loss
from modgap.train.losses.soft_targets import row_entropy, smoothing_of_entropy
from modgap.train.similarity import FeatureSimilarity, LabelSimilarity

EXACT = {"rel": 1e-6}
EYE = np.eye(7)


def slow_soft_targets(images, texts, scale, wanted, temperature, one_hot=0.0, sides="both"):
    total = 0
    for own, other, side in ((images, texts, "image"), (texts, images, "text")):
        targets = EYE
        if sides in ("both", side):
            targets = [
                [one_hot * (i == j) + (1 - one_hot) * p for j, p in enumerate(row)]
                for i, row in enumerate(soft([x / temperature for x in row]) for row in wanted)
            ]
        total += slow_cross_entropy(targets, scale * own @ other.T) / 2
    return total


@pytest.mark.parametrize(
    "settings",
    [
        {"temperature": 0.1},
        {"temperature": 0.3, "one_hot": 0.5},
        {"temperature": 0.2, "sides": "image"},
        {"temperature": 0.2, "one_hot": 0.9, "sides": "text"},
    ],
)
def test_soft_targets_are_the_cross_entropy_with_a_softmax_of_similarities(settings):
    alike, wanted = similarity()
    batch = (*features(), 12)
    made = value("soft_targets", *batch, similarity=alike, **settings)
    assert made == pytest.approx(slow_soft_targets(*batch, wanted, **settings), **EXACT)


def test_batches_look_their_items_up():
    alike, wanted = similarity(20)
    items = [3, 19, 0, 7, 11, 4, 2]
    batch = (*features(), 12)
    made = value("soft_targets", *batch, similarity=alike, items=items, temperature=0.2)
    expected = slow_soft_targets(*batch, wanted[np.ix_(items, items)], 0.2)
    assert made == pytest.approx(expected, **EXACT)


@pytest.mark.parametrize("name", ["soft_targets", "label_smoothing"])
@pytest.mark.parametrize("settings", [{"one_hot": 1.0}, {"temperature": 1e-4}])
def test_one_hot_targets_are_clip(name, settings):
    batch = (*features(), 12)
    apart = FeatureSimilarity(np.eye(7))
    made = value(name, *batch, similarity=apart, **settings)
    assert made == pytest.approx(value("clip", *batch), **EXACT)


@pytest.mark.parametrize("name", ["soft_targets", "label_smoothing"])
def test_items_that_are_all_alike_are_smoothed_to_the_full(name):
    images, texts = features()
    made = value(name, images, texts, 12, similarity=LabelSimilarity(np.zeros((7, 2))))
    full = np.full((7, 7), 1 / 7)
    expected = slow_cross_entropy(full, 12 * images @ texts.T) / 2
    expected += slow_cross_entropy(full, 12 * texts @ images.T) / 2
    assert made == pytest.approx(expected, **EXACT)


@pytest.mark.parametrize("one_hot", [0.0, 0.4])
def test_smoothed_targets_have_the_entropy_of_the_soft_ones_and_no_favourites(one_hot):
    alike, _ = similarity()
    wanted = alike(torch.arange(7))
    settings = {"similarity": alike, "temperature": 0.4, "one_hot": one_hot}
    soft_ones = build_loss("soft_targets", **settings).targets(wanted)
    smoothed = build_loss("label_smoothing", **settings).targets(wanted)
    for row, (first, second) in enumerate(zip(soft_ones, smoothed, strict=True)):
        slow = [-sum(float(p) * math.log(float(p)) for p in each) for each in (first, second)]
        assert slow[1] == pytest.approx(slow[0], rel=1e-4)
        others = np.delete(second.numpy(), row)
        assert np.ptp(others) == 0
        assert second[row] > others[0]
        assert second.sum().item() == pytest.approx(1, rel=1e-6)
    # Rows differ in softness, and each keeps its own.
    assert np.ptp(row_entropy(smoothed).numpy()) > 0.01


def test_the_smoothing_of_an_entropy_is_found_over_its_whole_range():
    for share in (0.0, 1e-4, 0.1, 0.5, 6 / 7):
        targets = [1 - share, *[share / 6] * 6]
        entropy = -sum(p * math.log(p) for p in targets if p)
        made = smoothing_of_entropy(torch.tensor([entropy], dtype=torch.float64), 7).item()
        assert made == pytest.approx(share, abs=1e-7)
    assert smoothing_of_entropy(torch.zeros(1), 1).tolist() == [0.0]


def test_one_side_keeps_clips_targets():
    alike, _ = similarity()
    images, texts = features()
    settings = {"similarity": alike, "temperature": 0.4}
    of_images = value("soft_targets", images, texts, 12, sides="image", **settings)
    of_texts = value("soft_targets", images, texts, 12, sides="text", **settings)
    both = value("soft_targets", images, texts, 12, **settings)
    clip = value("clip", images, texts, 12)
    assert of_images + of_texts == pytest.approx(both + clip, **EXACT)
    # Exchanging the modalities exchanges the sides.
    assert value("soft_targets", texts, images, 12, sides="text", **settings) == pytest.approx(
        of_images, **EXACT
    )


def test_the_gradient_is_the_difference_of_softmax_and_targets():
    alike, wanted = similarity()
    images, texts = (torch.tensor(rows) for rows in features())
    images.requires_grad_()
    loss = build_loss("soft_targets", similarity=alike, temperature=0.3, sides="image")
    pairs = (images, texts, torch.tensor(12.0, dtype=torch.float64))
    sum(loss(*pairs, items=torch.arange(7)).values()).backward()
    logits = 12 * images.detach().numpy() @ texts.numpy().T
    by_row = np.array([soft(list(row)) for row in logits])
    by_column = np.array([soft(list(row)) for row in logits.T]).T
    targets = np.array([soft(list(row / 0.3)) for row in wanted])
    expected = 12 * (by_row - targets + by_column - EYE) @ texts.numpy() / 14
    assert images.grad.numpy() == pytest.approx(expected, abs=1e-5)


def test_the_regression_is_the_squared_error_of_pairs_and_of_others():
    images, texts = features()
    alike, wanted = similarity()
    of_pairs = np.mean([(1 - images[i] @ texts[i]) ** 2 for i in range(7)])
    of_others = np.mean(
        [(images[i] @ texts[j] - wanted[i, j]) ** 2 for i in range(7) for j in range(7) if i != j]
    )
    made = value("similarity_regression", images, texts, 12, similarity=alike)
    assert made == pytest.approx(of_pairs + of_others, **EXACT)
    made = parts("similarity_regression", images, texts, 12, similarity=alike, contrastive=0.5)
    assert made["contrastive_loss"] == pytest.approx(value("clip", images, texts, 12) / 2)
    assert made["regression_loss"] == pytest.approx(of_pairs + of_others, **EXACT)


def test_the_regression_is_zero_where_cosines_are_the_similarities():
    images, _ = features()
    alike = FeatureSimilarity(images)
    made = value("similarity_regression", images, images, 12, similarity=alike)
    assert made == pytest.approx(0, abs=1e-12)


def test_settings_out_of_range_are_refused():
    alike, _ = similarity()
    for settings, message in (
        ({"temperature": 0.0}, r"temperature 0.0; expected more than 0"),
        ({"one_hot": 1.2}, r"one_hot 1.2; expected a share"),
        ({"sides": "images"}, r"sides 'images'; did you mean 'image'"),
    ):
        with pytest.raises(InputError, match=message):
            build_loss("soft_targets", similarity=alike, **settings)
    with pytest.raises(InputError, match=r"contrastive -1; expected 0 or more"):
        build_loss("similarity_regression", similarity=alike, contrastive=-1)
