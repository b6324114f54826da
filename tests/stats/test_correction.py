"""Corrected p against statsmodels."""

import numpy as np
import pytest

from modgap.errors import InputError
from modgap.stats import benjamini_hochberg, holm

METHODS = [(holm, "holm"), (benjamini_hochberg, "fdr_bh")]


@pytest.mark.parametrize(("correct", "name"), METHODS)
@pytest.mark.parametrize("m", [1, 2, 17, 200])
def test_equal_to_statsmodels_with_ties_and_missing(correct, name, m):
    multitest = pytest.importorskip("statsmodels.stats.multitest")
    rng = np.random.default_rng(m)
    p = np.round(rng.beta(0.4, 2, size=m), 3)
    with_missing = np.insert(p, rng.integers(m + 1, size=3), np.nan)
    corrected = correct(with_missing)
    assert np.array_equal(np.isnan(corrected), np.isnan(with_missing))
    expected = multitest.multipletests(p, method=name)[1]
    np.testing.assert_allclose(corrected[~np.isnan(corrected)], expected, rtol=1e-12)


@pytest.mark.parametrize(("correct", "name"), METHODS)
def test_shape_is_kept_and_input_untouched(correct, name):
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
