import numpy as np
import pytest
import torch

from modgap.errors import InputError
from modgap.train.similarity import (
    FeatureSimilarity,
    LabelSimilarity,
    Permuted,
    Teacher,
)

ITEMS = torch.tensor([4, 0, 10, 3])


def rows(d, seed=0):
    return np.random.default_rng(seed).standard_normal((11, d))


def test_the_similarity_is_the_mean_of_the_cosines_of_both_encoders():
    images, texts = rows(3), rows(5, seed=1)
    made = FeatureSimilarity(images, texts)(ITEMS).numpy()
    for a, i in enumerate(ITEMS):
        for b, j in enumerate(ITEMS):
            cosines = [
                each[i] @ each[j] / np.linalg.norm(each[i]) / np.linalg.norm(each[j])
                for each in (images, texts)
            ]
            assert made[a, b] == pytest.approx(sum(cosines) / 2, abs=1e-6)


def test_labels_in_common_are_counted():
    labels = np.random.default_rng(0).integers(3, size=(11, 4))
    made = LabelSimilarity(labels)(ITEMS).numpy()
    for a, i in enumerate(ITEMS):
        for b, j in enumerate(ITEMS):
            assert made[a, b] == sum(x == y for x, y in zip(labels[i], labels[j], strict=True)) / 4


def test_a_permutation_gives_the_similarities_of_other_items_once_and_for_all():
    plain = FeatureSimilarity(rows(3))
    every = torch.arange(11)
    permuted = Permuted(plain, seed=1)
    whole, moved = plain(every).numpy(), permuted(every).numpy()
    assert np.allclose(np.sort(whole, axis=None), np.sort(moved, axis=None), atol=1e-6)
    assert np.abs(whole - moved).max() > 0.5
    assert np.allclose(np.diag(moved), 1, atol=1e-6)
    # A pair has the same similarity in every batch, and the seed decides which.
    assert permuted(ITEMS).numpy() == pytest.approx(moved[np.ix_(ITEMS, ITEMS)], abs=1e-6)
    assert np.allclose(Permuted(plain, seed=1)(every), moved)
    assert not np.allclose(Permuted(plain, seed=2)(every), moved)


def test_a_teacher_gives_its_logits():
    images, texts = rows(3), rows(3, seed=1)
    made = Teacher(images, texts, 20.0)(ITEMS).numpy()
    i, j = ITEMS[0], ITEMS[2]
    cosine = images[i] @ texts[j] / np.linalg.norm(images[i]) / np.linalg.norm(texts[j])
    assert made[0, 2] == pytest.approx(20 * cosine, rel=1e-5)


def test_encoders_must_have_seen_the_same_items():
    with pytest.raises(InputError, match=r"features of 11, 10 items"):
        FeatureSimilarity(rows(3), rows(3)[1:])
    with pytest.raises(InputError, match=r"features of none items"):
        FeatureSimilarity()
    with pytest.raises(InputError, match=r"labels of shape \(11,\)"):
        LabelSimilarity(np.zeros(11))
    with pytest.raises(InputError, match=r"teacher: 11 images and 10 texts"):
        Teacher(rows(3), rows(3)[1:], 1.0)
