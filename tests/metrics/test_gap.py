import math

import numpy as np
import pytest
from helpers import naive_metrics

from modgap import gap, l2i, l2m, rmg, rmg_variants
from modgap.metrics import rows


def clouds(n=37, m=37, d=13, seed=0):
    rng = np.random.default_rng(seed)
    images = rng.normal(size=(n, d)) + 0.7
    return images, rng.normal(size=(m, d)) - 0.3


def rotation(d, seed=0):
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(d, d)))[0]


@pytest.mark.parametrize(("n", "d"), [(2, 1), (2, 5), (3, 2), (17, 31), (64, 7)])
def test_rmg_is_that_of_the_full_matrices(n, d):
    images, texts = clouds(n, n, d)
    expected = naive_metrics.rmg(images, texts, [(i, i) for i in range(n)])
    assert rmg(images, texts) == pytest.approx(expected, abs=1e-12)


def test_rmg_with_five_captions_per_image_keeps_each_modality_to_its_own_items():
    images, texts = clouds(7, 35)
    pairs = np.column_stack([np.arange(35) // 5, np.arange(35)])
    expected = naive_metrics.rmg(images, texts, pairs)
    assert rmg(images, texts, pairs) == pytest.approx(expected, abs=1e-12)
    shuffled = pairs[np.random.default_rng(0).permutation(35)]
    assert rmg(images, texts, shuffled) == pytest.approx(expected, abs=1e-12)


def test_identical_clouds_have_no_gap():
    images, _ = clouds()
    assert l2m(images, images) == 0
    assert l2i(images, images) == 0
    assert rmg(images, images) == pytest.approx(0, abs=1e-12)


def test_rmg_is_one_half_when_pairs_are_as_far_apart_as_items_of_one_modality():
    axes = np.eye(6)
    assert rmg(axes[:3], axes[3:]) == pytest.approx(0.5, abs=1e-12)


def test_rmg_of_opposite_collapsed_clouds_is_one_and_of_one_point_undefined():
    point = np.tile([[1.0, 2.0]], (5, 1))
    assert rmg(point, -point) == pytest.approx(1, abs=1e-12)
    assert math.isnan(rmg(point, 3 * point))
    assert l2m(point, -point) == pytest.approx(2, abs=1e-12)


def test_a_nearly_collapsed_cloud_keeps_its_digits():
    rng = np.random.default_rng(0)
    images = np.ones((300, 8)) + 1e-5 * rng.normal(size=(300, 8))
    texts = images + 1e-5 * rng.normal(size=(300, 8))
    expected = naive_metrics.rmg(images, texts, [(i, i) for i in range(300)])
    assert rmg(images, texts) == pytest.approx(expected, rel=1e-3)


def test_rotation_row_order_and_scale_change_nothing():
    images, texts = clouds()
    turn, order = rotation(13), np.random.default_rng(1).permutation(37)
    scale = np.random.default_rng(2).uniform(0.1, 9, size=(37, 1))
    for metric in (l2m, l2i, rmg):
        value = metric(images, texts)
        assert metric(images @ turn, texts @ turn) == pytest.approx(value, abs=1e-12)
        assert metric(images[order], texts[order]) == pytest.approx(value, abs=1e-12)
        assert metric(images * scale, texts) == pytest.approx(value, abs=1e-12)


def test_doubling_every_item_leaves_the_centres_and_shrinks_intra_by_the_known_factor():
    images, texts = clouds(20, 20)
    once, twice = gap(images, texts), gap(np.tile(images, (2, 1)), np.tile(texts, (2, 1)))
    assert twice.l2m == pytest.approx(once.l2m, abs=1e-12)
    assert twice.cosine_pairs == pytest.approx(once.cosine_pairs, abs=1e-12)
    # 2n items have 2n (2n − 1) ordered pairs, of which 4 n (n − 1) are of different originals.
    factor = 4 * 20 * 19 / (40 * 39)
    assert twice.intra_image == pytest.approx(factor * once.intra_image, abs=1e-12)


def test_mean_cosines_are_those_of_the_full_matrix():
    images, texts = clouds(9, 9)
    cosines = naive_metrics.unit(images) @ naive_metrics.unit(texts).T
    off = cosines[~np.eye(9, dtype=bool)]
    found = gap(images, texts)
    assert found.cosine_pairs == pytest.approx(np.diag(cosines).mean(), abs=1e-12)
    assert found.cosine_non_pairs == pytest.approx(off.mean(), abs=1e-12)


def test_float16_equals_float32_after_the_upcast():
    images, texts = clouds(n=500, m=500, d=64)
    halves = images.astype(np.float16), texts.astype(np.float16)
    upcast = [half.astype(np.float32) for half in halves]
    assert rmg(*halves) == rmg(*upcast)
    assert l2m(*halves) == l2m(*upcast)


def test_float32_blocks_of_large_clouds_agree_with_float64(monkeypatch):
    images, texts = (cloud.astype(np.float32) for cloud in clouds(n=20_000, m=20_000, d=16))
    wide = gap(images, texts)
    monkeypatch.setattr(rows, "_WIDE", 0)
    monkeypatch.setattr(rows, "_BLOCK_BYTES", 4096)
    narrow = gap(images, texts)
    assert narrow.rmg == pytest.approx(wide.rmg, abs=1e-6)
    assert narrow.l2m == pytest.approx(wide.l2m, abs=1e-6)


def test_values_whose_squares_leave_float32_are_still_directions(monkeypatch):
    monkeypatch.setattr(rows, "_WIDE", 0)
    images, texts = clouds()
    expected = rmg(images, texts)
    for factor in (1e-25, 1e25):
        scaled = (images * factor).astype(np.float32)
        assert rmg(scaled, texts) == pytest.approx(expected, abs=1e-6)


def test_torch_tensors_and_memory_maps_give_the_same(tmp_path):
    torch = pytest.importorskip("torch")
    images, texts = (cloud.astype(np.float32) for cloud in clouds())
    np.save(tmp_path / "images.npy", images)
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    value = rmg(images, texts)
    assert rmg(torch.from_numpy(images), torch.from_numpy(texts)) == value
    assert rmg(mapped, texts) == value
    assert rmg(torch.from_numpy(images).bfloat16(), texts) == pytest.approx(value, abs=0.01)


def test_the_wrong_variants_are_what_their_names_say():
    images, texts = clouds(11, 11)
    x, y = naive_metrics.unit(images), naive_metrics.unit(texts)
    a = np.mean([1 - x[i] @ y[i] for i in range(11)])
    kept = np.mean([(1 - cloud @ cloud.T).mean() / 2 for cloud in (x, y)])
    found = rmg_variants(images, texts)
    assert found["official"] == rmg(images, texts)
    assert found["diagonal_kept"] == pytest.approx(a / 2 / (a / 2 + kept), abs=1e-12)
    b = kept * 11 / 10
    assert found["unscaled_numerator"] == pytest.approx(a / (a + b), abs=1e-12)
    assert found["unscaled_numerator_halved_intra"] == pytest.approx(a / (a + b / 2), abs=1e-12)
