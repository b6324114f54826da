import numpy as np
import pytest

from modgap import in_modality_recall, mixed_retrieval, recall_at_k
from modgap.errors import InputError
from modgap.metrics.pool import centred_pool_ranks, pool_ranks


def clouds(count, n=61, d=7, seed=0):
    rng = np.random.default_rng(seed)
    base = rng.normal(size=(n, d))
    return [base + 0.5 * rng.normal(size=(n, d)) + 0.4 * rng.normal(size=d) for _ in range(count)]


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def slow_wrong(units, q, t, c, i):
    least = units[q][i] @ units[t][i]
    return sum(units[q][i] @ row >= least - 1e-6 for j, row in enumerate(units[c]) if j != i)


@pytest.mark.parametrize("count", [2, 3, 4])
@pytest.mark.parametrize("n", [3, 61, 259])
def test_counts_are_those_of_the_definition(count, n):
    given = clouds(count, n)
    before, after = centred_pool_ranks(given)
    units = [unit(x) for x in given]
    centred = [unit(x - x.mean(axis=0)) for x in units]
    rng = np.random.default_rng(1)
    for ranks, rows in ((before, units), (after, centred)):
        for _ in range(40):
            q, t, c = rng.integers(count, size=3)
            i = rng.integers(n)
            if q != t:
                assert ranks.wrong[q, t, c, i] == slow_wrong(rows, q, t, c, i)


def test_two_clouds_agree_with_retrieval_and_with_the_mixed_index():
    given = clouds(2)
    ranks = pool_ranks(given)
    recall, mixed = recall_at_k(*given, ks=(1, 5)), mixed_retrieval(*given, k=10)
    for k in (1, 5):
        assert (ranks.ranks(0, 1) <= k).mean() == recall.image_to_text[k]
        assert (ranks.ranks(1, 0) <= k).mean() == recall.text_to_image[k]
    assert (ranks.pool_ranks(1, 0) <= 10).mean() == mixed.recall_text > 0.1
    assert ranks.ndcg(0).mean() == pytest.approx(mixed.ndcg_image)


def test_ndcg_of_three_clouds_is_that_of_one_query_among_all_others_by_label():
    given = clouds(3)
    ranks = pool_ranks(given)
    for query in range(3):
        others = np.concatenate([x for n, x in enumerate(given) if n != query])
        labels = np.arange(61), np.tile(np.arange(61), 2)
        mixed = mixed_retrieval(given[query], others, *labels, k=10)
        assert ranks.ndcg(query).mean() == pytest.approx(mixed.ndcg_image)


def test_perfect_clouds_have_perfect_ranks():
    one = clouds(1)[0]
    ranks = pool_ranks([one, 2 * one, one])
    assert (ranks.ndcg(1) == 1).all()
    assert (ranks.pool_ranks(0, 2) == 1).all()
    assert in_modality_recall(np.tile(one, (2, 1)), np.tile(np.arange(61), 2), (1,))[1] == 1


def test_a_collapsed_cloud_is_never_right():
    one = clouds(1)[0]
    ranks = pool_ranks([one, np.ones_like(one)])
    assert (ranks.ranks(0, 1) == 61).all()
    with pytest.raises(InputError, match="cloud 1: row 0 is its mean"):
        centred_pool_ranks([one, np.ones_like(one)])


def test_clouds_that_do_not_match_are_refused():
    one = clouds(1)[0]
    with pytest.raises(InputError, match="1 cloud, expected two or more"):
        pool_ranks([one])
    with pytest.raises(InputError, match="shapes"):
        pool_ranks([one, one[1:]])
