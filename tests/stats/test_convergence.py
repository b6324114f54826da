import numpy as np
import pandas as pd
import pytest

from modgap.errors import InputError
from modgap.stats.convergence import has_converged, late_changes


def history(loss, recall=0.5, rmg=0.2, every=10, steps=100):
    """Of 100 steps, probed every tenth."""
    step = np.arange(steps + 1)
    probed = step % every == 0
    frame = pd.DataFrame({"step": step, "loss": loss(step / steps)})
    for name, value in (("recall", recall), ("rmg", rmg)):
        values = value(step / steps) if callable(value) else np.full(len(step), float(value))
        frame[name] = np.where(probed, values, np.nan)
    frame.loc[0, "loss"] = np.nan
    return frame


def test_a_line_changes_by_its_slope_times_a_tenth():
    changes = late_changes(history(lambda x: 2 - x, recall=lambda x: x))
    # Steps 80 to 89 and 90 to 100: mean losses 1.155 and 1.05.
    assert changes["loss"] == pytest.approx((1.05 - 1.155) / 1.155)
    # Probed at 80, and at 90 and 100.
    assert changes["recall"] == pytest.approx(0.95 - 0.8)
    assert changes["rmg"] == 0


def test_what_happened_before_the_last_fifth_does_not_count():
    changes = late_changes(history(lambda x: np.where(x < 0.8, 100 * (1 - x), 1.0)))
    assert changes["loss"] == 0
    assert has_converged(changes)


@pytest.mark.parametrize(
    ("loss", "recall", "expected"),
    [(0.9, 0, True), (1.1, 0, False), (-1.1, 0, False), (0.9, 1.1, False), (0, -0.9, True)],
)
def test_the_rule_is_one_per_cent_of_the_loss_and_one_point_of_recall(loss, recall, expected):
    late = {"loss": loss / 100, "recall": recall / 100, "rmg": 0.5}
    assert has_converged(late) == expected


def test_what_was_not_followed_is_not_converged():
    without = history(lambda x: 1 + 0 * x).drop(columns="recall")
    changes = late_changes(without)
    assert np.isnan(changes["recall"])
    assert not has_converged(changes)
    seldom = late_changes(history(lambda x: 1 + 0 * x, every=100))
    assert np.isnan(seldom["rmg"])


def test_a_history_without_steps_is_refused():
    with pytest.raises(InputError, match="no steps"):
        late_changes(history(lambda x: x).head(0))
