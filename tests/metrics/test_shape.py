import math

import numpy as np
import pytest
from helpers import naive_metrics

from modgap import (
    InputError,
    alignment,
    cross_modal_neighbours,
    effective_rank,
    gap_dimensions,
    neighbourhood_distance,
    similarity_spread,
    uniformity,
)
from modgap.metrics import checks, rows


def cloud(n=33, d=5, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d))


@pytest.mark.parametrize("n", [2, 3, 50])
@pytest.mark.parametrize("budget", [1, 1000, 2**27])
def test_uniformity_is_that_of_all_pairs(n, budget):
    assert uniformity(cloud(n), budget) == pytest.approx(
        naive_metrics.uniformity(cloud(n)), abs=1e-5
    )


def test_uniformity_of_a_collapsed_cloud_is_zero():
    assert uniformity(np.ones((9, 3))) == pytest.approx(0, abs=1e-5)


def test_alignment_is_the_mean_squared_distance_of_pairs():
    images, texts = cloud(), cloud(seed=1)
    steps = naive_metrics.unit(images) - naive_metrics.unit(texts)
    assert alignment(images, texts) == pytest.approx((steps**2).sum(1).mean(), abs=1e-12)
    assert alignment(images, images) == pytest.approx(0, abs=1e-12)


def test_effective_rank_counts_directions():
    circle = np.stack([np.cos(np.arange(8) * np.pi / 4), np.sin(np.arange(8) * np.pi / 4)], axis=1)
    assert effective_rank(circle) == pytest.approx(2, abs=1e-9)
    assert effective_rank(np.hstack([circle, np.zeros((8, 5))])) == pytest.approx(2, abs=1e-9)
    assert effective_rank([[1.0, 1.0], [1.0, -1.0], [1.0, -1.0]]) == pytest.approx(1, abs=1e-9)
    assert math.isnan(effective_rank(np.ones((4, 3))))
    values = np.linalg.svd(naive_metrics.unit(cloud()) - naive_metrics.unit(cloud()).mean(0))[1]
    shares = values / values.sum()
    expected = np.exp(-(shares * np.log(shares)).sum())
    assert effective_rank(cloud()) == pytest.approx(expected, abs=1e-9)


def test_similarity_spread_is_the_deviation_of_the_full_matrix():
    x, y = naive_metrics.unit(cloud()), naive_metrics.unit(cloud(20, seed=1))
    off = (x @ x.T)[~np.eye(len(x), dtype=bool)]
    assert similarity_spread(x) == pytest.approx(off.std(), abs=1e-9)
    assert similarity_spread(x, y) == pytest.approx((x @ y.T).std(), abs=1e-9)


def test_the_spread_of_a_narrow_cone_is_that_of_its_rows_written_often():
    rng = np.random.default_rng(0)
    # Copies of all rows change no distribution, but are so many numbers that sums go by float32.
    few, others = (1 + 1e-2 * rng.normal(size=(1100, 64)) for _ in range(2))
    many = np.tile(few.astype(np.float32), (60, 1))
    assert many.size > rows._WIDE
    expected = similarity_spread(few.astype(np.float32), others)
    assert similarity_spread(many, others) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("k", [1, 3, 10, 40])
@pytest.mark.parametrize("budget", [1, 2**27])
def test_neighbours_are_those_of_sorting_every_row(k, budget):
    images, texts = cloud(21), cloud(40, seed=1)
    expected = naive_metrics.cross_modal_neighbours(images, texts, k)
    assert cross_modal_neighbours(images, texts, k, budget) == pytest.approx(expected, abs=1e-12)


def test_clouds_apart_do_not_mix_and_one_cloud_mixes_by_the_numbers():
    images, texts = cloud(300), cloud(300, seed=1)
    assert cross_modal_neighbours(images + 9, texts - 9) == 0
    assert cross_modal_neighbours(images, texts) == pytest.approx(0.5, abs=0.05)
    # In one point every item is as near as any other: 20 of the 29 others are texts.
    share = (10 * 20 / 29 + 20 * 10 / 29) / 30
    assert cross_modal_neighbours(np.ones((10, 3)), np.ones((20, 3)), 5) == pytest.approx(share)


@pytest.mark.parametrize("k", [0, 20])
def test_there_are_only_so_many_neighbours(k):
    with pytest.raises(InputError, match=f"k: {k}, expected 1 to 19"):
        cross_modal_neighbours(cloud(10), cloud(10, seed=1), k)


def test_tensors_on_a_device_go_the_way_of_arrays(monkeypatch):
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(checks, "_tensor", lambda x: x.detach())  # keep CPU tensors as tensors
    images, texts = cloud(), cloud(seed=1)
    tensors = torch.from_numpy(images), torch.from_numpy(texts)
    assert cross_modal_neighbours(*tensors) == cross_modal_neighbours(images, texts)
    assert uniformity(tensors[0]) == pytest.approx(uniformity(images), abs=1e-5)
    assert similarity_spread(*tensors) == pytest.approx(similarity_spread(images, texts), abs=1e-6)


def test_gap_dimensions_share_out_the_squared_gap():
    images, texts = cloud() + np.array([0, 3, 0, 0, 1]), cloud(seed=1)
    found = gap_dimensions(images, texts)
    means = naive_metrics.unit(images).mean(0) - naive_metrics.unit(texts).mean(0)
    np.testing.assert_allclose(found.difference, means, atol=1e-12)
    np.testing.assert_allclose(found.share, means**2 / (means @ means), atol=1e-12)
    assert found.order[0] == 1
    assert found.share.sum() == pytest.approx(1)
    with pytest.raises(InputError, match="no gap to share out"):
        gap_dimensions(images, images)


def orders(n=12, seed=0, noise=0.5):
    rng = np.random.default_rng(seed)
    images = rng.normal(size=(n, 4))
    return images, images + noise * rng.normal(size=(n, 4))


def test_neighbourhood_distance_is_that_of_counting_pairs():
    images, texts = orders()
    found = neighbourhood_distance(images, np.arange(12), texts)
    ranks = [np.argsort(np.argsort(-x @ x.T)) for x in map(naive_metrics.unit, (images, texts))]
    expected = [naive_metrics.kendall_distance(*pair) for pair in zip(*ranks, strict=True)]
    np.testing.assert_allclose(found.by_class, expected, atol=1e-12)
    # What the official function compares: which class stands at each rank.
    swapped = [np.argsort(rank) for rank in ranks]
    published = [naive_metrics.kendall_distance(*pair) for pair in zip(*swapped, strict=True)]
    assert found.published == pytest.approx(np.mean(published), abs=1e-12)


def test_renumbering_the_classes_changes_only_the_published_distance():
    images, texts = orders()
    order = np.random.default_rng(1).permutation(12)
    before = neighbourhood_distance(images, np.arange(12), texts)
    after = neighbourhood_distance(images[order], np.arange(12), texts[order])
    assert after.distance == pytest.approx(before.distance, abs=1e-12)
    assert after.published != pytest.approx(before.published, abs=1e-3)


def test_the_published_distance_saturates_where_the_orders_nearly_agree():
    images, texts = orders(n=100, noise=0.02)
    found = neighbourhood_distance(images, np.arange(100), texts)
    assert found.distance < 0.02
    assert found.published > 0.3


def test_random_orders_give_chance():
    images, _ = orders(n=60)
    found = neighbourhood_distance(images, np.arange(60), orders(n=60, seed=9)[0])
    assert found.distance == pytest.approx(found.chance, abs=0.03)
    assert found.chance == pytest.approx(0.5 * (1 - 2 / 60))


def test_several_images_of_a_class_count_by_their_mean_cosine():
    rng = np.random.default_rng(5)
    labels = rng.permutation(np.repeat(np.arange(6), [1, 2, 3, 4, 5, 6]))
    images, texts = rng.normal(size=(21, 4)), rng.normal(size=(6, 4))
    unit = naive_metrics.unit(images)
    cosines = unit @ unit.T
    means = [[cosines[labels == a][:, labels == b].mean() for b in range(6)] for a in range(6)]
    text = naive_metrics.unit(texts)
    ranks = [np.argsort(np.argsort(-np.array(x))) for x in (means, text @ text.T)]
    expected = [naive_metrics.kendall_distance(*pair) for pair in zip(*ranks, strict=True)]
    found = neighbourhood_distance(images, labels, texts)
    assert found.distance == pytest.approx(np.mean(expected), abs=1e-12)


def test_a_class_without_images_is_refused():
    with pytest.raises(InputError, match="image_labels: class 1 has no image"):
        neighbourhood_distance(np.eye(3), [0, 2, 2], np.eye(3))
