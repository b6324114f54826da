"""Corrected p against the definitions, written out."""

import numpy as np
import pytest

from modgap.errors import InputError
from modgap.stats import benjamini_hochberg, holm


def stepped_down(p):
    """Holm (1979): the i-th smallest of m is times m − i + 1, never below a smaller one's."""
    order, corrected, least = sorted(range(len(p)), key=p.__getitem__), [0.0] * len(p), 0.0
    for rank, place in enumerate(order):
        least = max(least, min(1.0, (len(p) - rank) * p[place]))
        corrected[place] = least
    return corrected


def stepped_up(p):
    """Benjamini and Hochberg (1995): times m / i, never above a larger one's."""
    order, corrected, most = sorted(range(len(p)), key=p.__getitem__), [0.0] * len(p), 1.0
    for rank in reversed(range(len(p))):
        most = min(most, len(p) / (rank + 1) * p[order[rank]])
        corrected[order[rank]] = most
    return corrected


METHODS = [(holm, stepped_down), (benjamini_hochberg, stepped_up)]


@pytest.mark.parametrize(("correct", "defined"), METHODS)
@pytest.mark.parametrize("m", [1, 2, 17, 200])
def test_equal_to_the_definition_with_ties_and_missing(correct, defined, m):
    rng = np.random.default_rng(m)
    p = np.round(rng.beta(0.4, 2, size=m), 3)
    with_missing = np.insert(p, rng.integers(m + 1, size=3), np.nan)
    corrected = correct(with_missing)
    assert np.array_equal(np.isnan(corrected), np.isnan(with_missing))
    np.testing.assert_allclose(corrected[~np.isnan(corrected)], defined(p.tolist()), rtol=1e-12)


@pytest.mark.parametrize("correct", [holm, benjamini_hochberg])
def test_shape_is_kept_and_input_untouched(correct):
    p = np.array([[0.01, np.nan], [0.5, 0.04]])
    before = p.copy()
    assert correct(p).shape == (2, 2)
    np.testing.assert_array_equal(p, before)
    assert np.isnan(correct([np.nan, np.nan])).all()
    assert correct([]).shape == (0,)


def test_never_smaller_and_holm_never_below_benjamini_hochberg():
    p = np.random.default_rng(0).uniform(size=50) ** 3
    assert (benjamini_hochberg(p) >= p).all()
    assert (holm(p) >= benjamini_hochberg(p) - 1e-15).all()
    assert holm(p).max() <= 1


@pytest.mark.parametrize("correct", [holm, benjamini_hochberg])
def test_what_is_no_p_is_refused(correct):
    with pytest.raises(InputError, match=r"1\.5 is no p-value"):
        correct([0.5, 1.5])
