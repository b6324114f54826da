import numpy as np
import pytest
from helpers import naive_metrics

from modgap import in_modality_recall, mixed_retrieval, recall_at_k
from modgap.errors import InputError


def clouds(n=23, m=41, d=6, shift=0.0, seed=0):
    rng = np.random.default_rng(seed)
    images, texts = rng.normal(size=(n, d)), rng.normal(size=(m, d))
    return images + shift, texts - shift, rng.integers(7, size=n), rng.integers(9, size=m)


def slow_mixed(images, texts, image_labels, text_labels, k):
    """Lists sorted query by query."""
    items = np.concatenate([naive_metrics.unit(images), naive_metrics.unit(texts)])
    labels = [*image_labels, *text_labels]
    side = [0] * len(images) + [1] * len(texts)
    measures = {0: [], 1: []}
    for query in range(len(items)):
        others = [i for i in range(len(items)) if i != query]
        ranked = sorted(others, key=lambda i: -(items[query] @ items[i]))[:k]
        right = [i for i in others if labels[i] == labels[query]]
        if not any(side[i] != side[query] for i in right):
            continue
        gain = sum(1 / np.log2(p + 2) for p, i in enumerate(ranked) if i in right)
        ideal = sum(1 / np.log2(p + 2) for p in range(min(k, len(right))))
        crossed = [side[i] != side[query] for i in ranked]
        hit = any(c and i in right for c, i in zip(crossed, ranked, strict=True))
        measures[side[query]].append((hit, gain / ideal, np.mean(crossed)))
    of_images, of_texts = (np.array(rows, float).mean(axis=0) for rows in measures.values())
    return [value for both in zip(of_images, of_texts, strict=True) for value in both]


@pytest.mark.parametrize("k", [1, 3, 10])
@pytest.mark.parametrize("budget", [2**27, 3000])
def test_mixed_retrieval_is_that_of_sorted_lists(k, budget):
    data = clouds()
    found = mixed_retrieval(*data, k=k, budget=budget)
    ours = [found.recall_image, found.recall_text, found.ndcg_image, found.ndcg_text]
    assert [*ours, found.other_image, found.other_text] == pytest.approx(slow_mixed(*data, k))


def test_a_gap_crowds_the_other_modality_out_and_leaves_one_direction_retrieval_alone():
    rng = np.random.default_rng(0)
    axis = 5 * np.eye(31)[0]
    spread = naive_metrics.unit(rng.normal(size=(60, 30)))
    images = np.concatenate([np.zeros((60, 1)), spread], axis=1)
    texts = images + 0.02 * rng.normal(size=images.shape)
    near, far = mixed_retrieval(images, texts), mixed_retrieval(images + axis, texts - axis)
    assert near.recall_image == near.ndcg_text == 1
    assert far.recall_image == far.ndcg_text == far.other_image == 0
    assert recall_at_k(images + axis, texts - axis, ks=(1,)).image_to_text[1] > 0.9


def test_ties_count_against_matching_items():
    same = np.ones((8, 3))
    found = mixed_retrieval(same, same, k=5)
    assert (found.recall_image, found.ndcg_text) == (0, 0)
    assert in_modality_recall(same, [0, 0, 1, 1, 2, 2, 3, 3], ks=(1, 6)) == {1: 0, 6: 0}


def test_items_that_match_nothing_of_the_other_modality_are_no_queries():
    images, texts, *_ = clouds(4, 5)
    found = mixed_retrieval(images, texts, ["a", "b", "b", "c"], ["b", "b", "a", "d", "e"], k=3)
    assert (found.image_queries, found.text_queries) == (3, 3)


@pytest.mark.parametrize("budget", [2**27, 1500])
def test_in_modality_recall_is_that_of_sorted_lists(budget):
    images, _, labels, _ = clouds(37)
    labels[5] = 99  # the only one of its kind: no query
    unit = naive_metrics.unit(images)
    hits = {1: [], 4: []}
    for query in np.flatnonzero(np.bincount(labels)[labels] > 1):
        ranked = [i for i in np.argsort(-(unit @ unit[query])) if i != query]
        for k, of_k in hits.items():
            of_k.append(labels[query] in labels[ranked[:k]])
    expected = {k: np.mean(of_k) for k, of_k in hits.items()}
    assert in_modality_recall(images, labels, (1, 4), budget) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "labels: 23 images and 41 texts; without labels"),
        ({"image_labels": np.arange(23)}, "labels: given for one modality"),
        ({"image_labels": np.arange(22), "text_labels": np.arange(41)}, "image_labels: shape"),
        ({"image_labels": np.zeros(23), "text_labels": np.ones(41)}, "nothing matches"),
        ({"image_labels": ["a"] * 22 + [None], "text_labels": ["a"] * 41}, "row 22 has no label"),
        ({"image_labels": np.zeros(23), "text_labels": np.zeros(41), "k": 64}, "expected 1 to 63"),
    ],
)
def test_mixed_retrieval_refuses(arguments, message):
    images, texts, *_ = clouds()
    with pytest.raises(InputError, match=message):
        mixed_retrieval(images, texts, **arguments)


def test_in_modality_recall_refuses():
    images, _, labels, _ = clouds()
    with pytest.raises(InputError, match="no two items share a label"):
        in_modality_recall(images, np.arange(23))
    with pytest.raises(InputError, match="ks: 23, expected at most 22"):
        in_modality_recall(images, labels, (23,))
