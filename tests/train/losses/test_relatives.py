import math

import numpy as np
import pytest
import torch
from helpers.tiny_losses import features, parts, similarity, slow_cross_entropy, soft, value

from modgap.errors import InputError
from modgap.train.losses.registry import build_loss
from modgap.train.similarity import FeatureSimilarity, LabelSimilarity, Teacher

EXACT = {"rel": 1e-6}
EYE = np.eye(7)


def test_weighted_contrastive_draws_images_to_texts_of_items_alike():
    images, texts = features()
    alike, wanted = similarity()
    logits, expected = 12 * images @ texts.T, 0
    for i in range(7):
        weights = [(1 + wanted[i, j]) / 2 for j in range(7)]
        logs = [math.log(p) for p in soft(list(logits[i]))]
        expected -= sum(w * x for w, x in zip(weights, logs, strict=True)) / sum(weights) / 7
    expected = expected / 2 + slow_cross_entropy(EYE, logits.T) / 2
    made = value("weighted_contrastive", images, texts, 12, similarity=alike)
    assert made == pytest.approx(expected, **EXACT)


def test_weighted_contrastive_of_opposite_items_is_clip():
    batch = (*features(2), 12)
    opposite = FeatureSimilarity(np.array([[1.0], [-1.0]]))
    made = value("weighted_contrastive", *batch, similarity=opposite)
    assert made == pytest.approx(value("clip", *batch), **EXACT)


def test_cyclic_consistency_compares_cosines_within_and_across():
    images, texts = features()
    within = across = 0
    for i in range(7):
        for j in range(7):
            within += (images[i] @ images[j] - texts[i] @ texts[j]) ** 2 / 7
            across += (images[i] @ texts[j] - images[j] @ texts[i]) ** 2 / 7
    made = parts("cyclic_consistency", images, texts, 12, in_modality=0.5)
    assert made["in_modality_loss"] == pytest.approx(within / 2, **EXACT)
    assert made["cross_modality_loss"] == pytest.approx(across / 4, **EXACT)
    assert made["contrastive_loss"] == pytest.approx(value("clip", images, texts, 12), **EXACT)


def test_cyclic_consistency_of_two_equal_clouds_is_clip():
    images, _ = features()
    made = value("cyclic_consistency", images, images, 12)
    assert made == pytest.approx(value("clip", images, images, 12), **EXACT)


def test_in_modality_separation_tells_images_apart_as_far_as_captions_differ():
    images, texts = features()
    alike, wanted = similarity()
    matched = np.empty((7, 7))
    for i in range(7):
        for j in range(7):
            matched[i, j] = images[i] @ images[j] * (1 - wanted[i, j])
            matched[i, j] += images[i] @ texts[i] if i == j else 0
    made = parts("in_modality_separation", images, texts, 12, similarity=alike)
    expected = slow_cross_entropy(EYE, 12 * matched) / 2
    assert made["separation_loss"] == pytest.approx(expected, **EXACT)
    # The source adds the two directions, CLIP takes their mean.
    assert made["contrastive_loss"] == pytest.approx(2 * value("clip", images, texts, 12), **EXACT)


def test_separation_of_images_with_one_caption_is_of_the_pairs_alone():
    images, texts = features()
    same = LabelSimilarity(np.zeros((7, 1)))
    made = parts("in_modality_separation", images, texts, 12, similarity=same)
    expected = slow_cross_entropy(EYE, np.diag(12 * (images * texts).sum(axis=1))) / 2
    assert made["separation_loss"] == pytest.approx(expected, **EXACT)


def test_alignment_and_uniformity_of_pairs_and_their_centres():
    images, texts = features()
    centres = images + texts
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    kernels = [
        math.exp(-2 * sum((centres[i] - centres[j]) ** 2)) for i in range(7) for j in range(i)
    ]
    made = parts("alignment_uniformity", images, texts, 12, alignment=0.5, uniformity=3.0)
    distances = ((images - texts) ** 2).sum(axis=1)
    assert made["alignment_loss"] == pytest.approx(distances.mean() / 2, **EXACT)
    assert made["uniformity_loss"] == pytest.approx(3 * math.log(np.mean(kernels)), **EXACT)
    assert made["contrastive_loss"] == pytest.approx(value("clip", images, texts, 12), **EXACT)


def slow_divergence(taught, logits, one_hot):
    total = 0
    for i in range(7):
        wanted, given = soft(list(taught[i])), soft(list(logits[i]))
        for j in range(7):
            p = one_hot * (i == j) + (1 - one_hot) * wanted[j]
            total += p * math.log(p / given[j]) / 7
    return total


def test_random_feature_alignment_distils_the_teacher_and_draws_both_to_one_vector():
    images, texts = features()
    of_teacher = features(20, 4, seed=9)
    items = [5, 3, 19, 0, 1, 8, 2]
    teacher = Teacher(3 * of_teacher[0], of_teacher[1], 8.0)
    torch.manual_seed(1)
    made = parts(
        "random_feature_alignment", images, texts, 12, items=items, teacher=teacher, one_hot=0.3
    )
    torch.manual_seed(1)
    drawn = torch.randn(7, 5).numpy()
    expected = np.mean((images - drawn) ** 2) + np.mean((texts - drawn) ** 2)
    assert made["alignment_loss"] == pytest.approx(expected, **EXACT)
    taught, logits = 8 * of_teacher[0][items] @ of_teacher[1][items].T, 12 * images @ texts.T
    expected = slow_divergence(taught, logits, 0.3) + slow_divergence(taught.T, logits.T, 0.3)
    assert made["distillation_loss"] == pytest.approx(expected / 2, **EXACT)


def test_nothing_is_distilled_from_a_teacher_that_agrees():
    images, texts = features()
    teacher = Teacher(images, texts, 12.0)
    settings = {"teacher": teacher, "one_hot": 0.0, "alignment": 0.0}
    made = value("random_feature_alignment", images, texts, 12, **settings)
    assert made == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("cyclic_consistency", {"in_modality": -1}),
        ("alignment_uniformity", {"uniformity": -0.5}),
        ("in_modality_separation", {"separation": -1, "similarity": similarity()[0]}),
    ],
)
def test_a_negative_weight_is_refused(name, settings):
    with pytest.raises(InputError, match=rf"{name}: {next(iter(settings))} -.*; expected a weight"):
        build_loss(name, **settings)


def test_a_share_of_the_teacher_is_a_share():
    with pytest.raises(InputError, match="one_hot 2; expected 0 to 1"):
        build_loss("random_feature_alignment", teacher=Teacher(*features(), 1.0), one_hot=2)
