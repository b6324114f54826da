import numpy as np
import pytest
from helpers import naive_metrics

from modgap import InputError, recall_at_k
from modgap.metrics.retrieval import retrieval_ranks

KS = (1, 2, 5)


def noisy(n, d=5, noise=1.0, seed=0):
    rng = np.random.default_rng(seed)
    images = rng.normal(size=(n, d))
    return images, images + noise * rng.normal(size=(n, d))


def both(found, k):
    return [found.image_to_text[k], found.text_to_image[k]]


@pytest.mark.parametrize("n", [2, 3, 41])
@pytest.mark.parametrize("budget", [1, 500, 2**27])
def test_recall_is_that_of_sorting_every_row(n, budget):
    images, texts = noisy(n)
    pairs = [(i, i) for i in range(n)]
    found = recall_at_k(images, texts, ks=KS, budget=budget)
    for k in KS:
        assert both(found, k) == pytest.approx(naive_metrics.recall(images, texts, pairs, k))
    assert (found.image_queries, found.text_queries) == (n, n)


def test_any_of_several_captions_is_a_hit_whatever_the_order_of_pairs():
    rng = np.random.default_rng(3)
    images = rng.normal(size=(23, 6))
    owner = rng.permutation(np.repeat(np.arange(20), 5))  # three images have no caption
    texts = images[owner] + rng.normal(size=(100, 6))
    pairs = np.column_stack([owner, np.arange(100)])
    found = recall_at_k(images, texts, pairs, KS)
    for k in KS:
        assert both(found, k) == pytest.approx(naive_metrics.recall(images, texts, pairs, k))
    assert (found.image_queries, found.text_queries) == (20, 100)
    assert recall_at_k(images, texts, pairs[::-1], KS) == found


def test_identical_captions_are_one_caption():
    rng = np.random.default_rng(4)
    words = rng.normal(size=(6, 4))
    group = np.tile(np.arange(6), 5)
    images, texts = words[group] + 0.6 * rng.normal(size=(30, 4)), words[group]
    pairs = [(i, i) for i in range(30)]
    found = recall_at_k(images, texts, ks=KS, text_groups=group)
    for k in KS:
        assert both(found, k) == pytest.approx(naive_metrics.recall(images, texts, pairs, k, group))
    assert found.text_queries == 6
    # Without groups each copy of the right caption by another image counts as a wrong one.
    assert recall_at_k(images, texts).image_to_text[1] == 0


def test_ties_count_against_the_hit():
    point = np.ones((7, 3))
    collapsed = recall_at_k(point, point, ks=(1, 6, 7))
    assert both(collapsed, 1) == both(collapsed, 6) == [0, 0]
    assert both(collapsed, 7) == [1, 1]


def test_a_cloud_collapsed_up_to_rounding_has_no_hits():
    rng = np.random.default_rng(0)
    point = np.tile(rng.normal(size=(1, 300)), (50, 1)).astype(np.float32)
    scaled = point * rng.uniform(0.5, 2, size=(50, 1)).astype(np.float32)
    assert both(recall_at_k(scaled, point), 1) == [0, 0]


def test_float16_makes_no_ties_that_float32_does_not_have():
    images, texts = (cloud.astype(np.float16) for cloud in noisy(200, d=64, noise=2.0))
    upcast = [cloud.astype(np.float32) for cloud in (images, texts)]
    assert recall_at_k(images, texts) == recall_at_k(*upcast)
    pairs = [(i, i) for i in range(200)]
    expected = naive_metrics.recall(*upcast, pairs, 1)
    assert both(recall_at_k(images, texts), 1) == pytest.approx(expected)


def test_ranks_do_not_depend_on_row_order_or_rotation():
    images, texts = noisy(60, d=8)
    turn = np.linalg.qr(np.random.default_rng(5).normal(size=(8, 8)))[0]
    order = np.random.default_rng(6).permutation(60)
    ranks = retrieval_ranks(images, texts)
    moved = retrieval_ranks(images[order] @ turn, texts[order] @ turn)
    for before, after in zip(ranks, moved, strict=True):
        np.testing.assert_array_equal(before[order], after)


def test_more_than_255_rows_are_counted_right():
    images = np.ones((600, 2)) + np.linspace(0, 1, 600)[:, None] * [1, 0]
    texts = np.array([[1.0, 0.0], [0.0, 1.0]])
    ranks = retrieval_ranks(images, texts, [(0, 0), (599, 1)])
    assert ranks[1].tolist() == [600, 600]


def test_tensors_on_a_device_go_the_way_of_arrays(monkeypatch):
    torch = pytest.importorskip("torch")
    from modgap.metrics import checks

    monkeypatch.setattr(checks, "_tensor", lambda x: x.detach())  # keep CPU tensors as tensors
    images, texts = noisy(40)
    group = np.arange(40) // 2
    tensors = torch.from_numpy(images), torch.from_numpy(texts)
    for groups in (None, group):
        ours = recall_at_k(*tensors, text_groups=groups, budget=2000)
        assert ours == recall_at_k(images, texts, text_groups=groups)


@pytest.mark.parametrize("ks", [(), (0,), (1.5,), (-1,)])
def test_cut_offs_are_positive_integers(ks):
    with pytest.raises(InputError, match="ks: "):
        recall_at_k(*noisy(5), ks=ks)


def test_groups_of_the_wrong_length_are_refused():
    with pytest.raises(InputError, match=r"text_groups: shape \(3,\)"):
        recall_at_k(*noisy(5), text_groups=[0, 1, 2])
