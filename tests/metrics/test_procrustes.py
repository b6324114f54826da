import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes
from scipy.stats import ortho_group

from modgap.metrics.procrustes import procrustes


def clouds(n, d, seed=0):
    rng = np.random.default_rng(seed)
    return tuple(
        rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in rng.normal(size=(2, n, d))
    )


def test_with_enough_pairs_it_is_the_librarys():
    x, y = clouds(40, 7)
    np.testing.assert_allclose(procrustes(x, y), orthogonal_procrustes(y, x)[0].T, atol=1e-5)


@pytest.mark.parametrize(("n", "d"), [(2, 5), (5, 9), (9, 9), (20, 33)])
def test_with_few_pairs_it_is_a_best_rotation_and_the_one_nearest_to_the_identity(n, d):
    x, y = clouds(n, d)
    turn = procrustes(x, y)
    np.testing.assert_allclose(turn @ turn.T, np.eye(d), atol=1e-9)
    best = np.linalg.svd(x.T @ y, compute_uv=False).sum()
    assert np.sum(x * (y @ turn.T)) == pytest.approx(best, abs=1e-5)
    # Any other best one differs by a rotation of what no text spans.
    free = np.linalg.svd(y)[2][min(n, d) :]
    for seed in range(20 if len(free) > 1 else 0):
        spin = ortho_group(len(free), seed=seed).rvs()
        other = turn @ (np.eye(d) + free.T @ (spin - np.eye(len(free))) @ free)
        assert np.sum(x * (y @ other.T)) == pytest.approx(best, abs=1e-5)
        assert np.linalg.norm(turn - np.eye(d)) <= np.linalg.norm(other - np.eye(d)) + 1e-6


def test_what_no_pair_spans_stays_as_it_is():
    x, y = clouds(2, 6)
    x[:, 3:] = y[:, 3:] = 0
    np.testing.assert_allclose(procrustes(x, y)[3:, 3:], np.eye(3), atol=1e-9)
