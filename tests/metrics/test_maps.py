import numpy as np
import pytest

from modgap.metrics.maps import AffineMap

ROWS = np.random.default_rng(0).normal(size=(9, 4)).astype(np.float32)


def test_a_map_multiplies_then_adds():
    matrix, offset = np.arange(12.0).reshape(4, 3), np.array([1.0, -1.0, 0.5])
    moved = AffineMap(offset, matrix)(ROWS)
    expected = [
        [sum(row[i] * matrix[i, j] for i in range(4)) + offset[j] for j in range(3)]
        for row in ROWS.astype(float)
    ]
    np.testing.assert_allclose(moved, expected, rtol=1e-5)
    assert AffineMap(offset, matrix).dimensions == 4


def test_a_dimension_with_factor_zero_is_left_out():
    of = AffineMap(np.array([0.0, 5.0, 1.0, 0.0]), np.array([1.0, 0.0, 2.0, 1.0]))
    np.testing.assert_allclose(
        of(ROWS), np.column_stack([ROWS[:, 0], 2 * ROWS[:, 2] + 1, ROWS[:, 3]]), rtol=1e-6
    )


@pytest.mark.parametrize("matrix", [None, np.array([1.0, 2, 3, 4]), np.eye(4)[::-1]])
def test_halfway_is_the_mean_of_where_it_was_and_where_it_goes(matrix):
    of = AffineMap(np.ones(4), matrix)
    np.testing.assert_allclose(of.partly(0.5)(ROWS), (ROWS + of(ROWS)) / 2, atol=1e-6)
    np.testing.assert_allclose(of.partly(0)(ROWS), ROWS, atol=1e-6)


def test_noise_is_a_rows_own_and_as_large_as_asked_for():
    of = AffineMap(np.zeros(4), noise=0.3)
    moved = of(ROWS)
    np.testing.assert_array_equal(of(ROWS[5:6])[0], moved[5])
    many = np.random.default_rng(1).normal(size=(4000, 4)).astype(np.float32)
    left = of(many) - many
    np.testing.assert_allclose(left.std(axis=0), 0.3, rtol=0.05)
    np.testing.assert_allclose(left.mean(axis=0), 0, atol=0.02)
    assert abs(np.corrcoef(left[:-1, 0], left[1:, 0])[0, 1]) < 0.05
