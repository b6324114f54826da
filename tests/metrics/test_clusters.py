import numpy as np
import pytest

from modgap import cluster_v_measure
from modgap.errors import InputError

LABELS = np.repeat(["cat", "dog", "owl"], 30)


def cloud(spread, seed=0):
    rng = np.random.default_rng(seed)
    return np.repeat(np.eye(5)[:3], 30, axis=0) + spread * rng.normal(size=(90, 5))


def test_clusters_that_are_the_labels_and_clusters_that_are_not():
    assert cluster_v_measure(cloud(0.05), LABELS) == pytest.approx(1)
    mixed = np.random.default_rng(1).permutation(LABELS)
    assert cluster_v_measure(cloud(0.05), mixed) < 0.1


def test_two_labels_of_one_cluster_and_the_other_way_round():
    # Clusters follow three directions, labels merge two of them: complete where clusters are two.
    merged = np.where(LABELS == "owl", "dog", LABELS)
    value = cluster_v_measure(cloud(0.05), merged)
    assert 0.2 < value < 1


def test_a_gap_makes_clusters_of_the_modalities():
    images, texts = cloud(0.05), cloud(0.05, seed=1)
    both = np.concatenate([LABELS, LABELS])
    near = cluster_v_measure(np.concatenate([images, texts]), both)
    axis = 9 * np.eye(5)[4]
    far = cluster_v_measure(np.concatenate([images + axis, texts - axis]), both)
    assert near == pytest.approx(1)
    assert far < 0.7


def test_the_seed_repeats_it_and_one_label_is_refused():
    noise = np.random.default_rng(0).normal(size=(90, 5))
    assert cluster_v_measure(noise, LABELS, 3) == cluster_v_measure(noise, LABELS, 3)
    with pytest.raises(InputError, match="all items have one label"):
        cluster_v_measure(noise, ["cat"] * 90)


@pytest.mark.filterwarnings("error")
def test_fewer_distinct_rows_than_labels_make_fewer_clusters_without_a_warning():
    # "a" and "b" share a cluster: 1 of 1.5 bits of the labels, all of the one bit of clusters.
    vectors, labels = [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]], ["a", "b", "c", "c"]
    assert cluster_v_measure(vectors, labels) == pytest.approx(0.8)
