import numpy as np
import pytest

from modgap.errors import InputError
from modgap.metrics.roc import auc_difference_error, roc_auc


def naive(scores, positive):
    wins = [(a > b) + 0.5 * (a == b) for a in scores[positive] for b in scores[~positive]]
    return np.mean(wins)


@pytest.mark.parametrize("values", [3, 1000])
def test_the_area_with_and_without_ties(values):
    rng = np.random.default_rng(0)
    scores, positive = rng.integers(values, size=41).astype(float), rng.random(41) < 0.3
    assert roc_auc(scores, positive) == pytest.approx(naive(scores, positive))
    assert roc_auc(-scores, positive) == pytest.approx(1 - naive(scores, positive))


def test_the_error_of_a_difference_is_that_of_repeated_samples():
    rng = np.random.default_rng(1)
    differences, errors = [], []
    for _ in range(400):
        positive = np.arange(120) < 50
        signal = positive + rng.normal(size=120)
        one, other = signal, signal + 0.7 * rng.normal(size=120)
        differences.append(roc_auc(one, positive) - roc_auc(other, positive))
        errors.append(auc_difference_error(one, other, positive))
    assert np.mean(errors) == pytest.approx(np.std(differences), rel=0.12)


@pytest.mark.parametrize(
    ("scores", "positive", "message"),
    [
        ([1.0, 2.0], [True, True], "one kind"),
        ([1.0, 2.0], [True], "expected"),
    ],
)
def test_bad_input_is_refused(scores, positive, message):
    with pytest.raises(InputError, match=message):
        roc_auc(scores, positive)
    with pytest.raises(InputError, match="two items of each kind"):
        auc_difference_error([1.0, 2, 3], [1.0, 2, 3], [True, False, False])
