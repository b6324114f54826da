import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from modgap.claims.estimates import estimates
from modgap.claims.selector import parse_selector, select
from modgap.errors import InputError
from modgap.stats import kendall


def made(text, frame):
    return estimates(parse_selector(text), frame)


def value(text, frame):
    (estimate,) = made(text, frame)
    return estimate.value


SEEDS = pd.DataFrame(
    {
        "seed": [0, 0, 1, 1, 2, 2],
        "step": [0, 10, 0, 10, 0, 10],
        "loss": [4.0, 1.0, 5.0, 2.0, 4.0, 2.0],
        "kind": ["a", "b", "a", "b", "a", "b"],
    }
)


def test_rows_of_a_plain_column_carry_their_interval_p_and_n():
    frame = pd.DataFrame(
        {
            "group": ["large", "medium", "large"],
            "factor": ["rmg", "rmg", "l2m"],
            "tau": [0.3, 0.1, 0.2],
            "low": [0.1, -0.2, 0.0],
            "high": [0.5, 0.4, 0.4],
            "p": [0.01, 0.6, 0.04],
            "n": [40, 12, 40],
        }
    )
    large, medium = made("tau where factor=rmg", frame)
    assert (large.name, large.value, large.low, large.high, large.n) == ("large", 0.3, 0.1, 0.5, 40)
    assert large.p_against(0.0) == 0.01
    assert math.isnan(large.p_against(0.5))  # the file's p is against 0
    assert medium.n == 12
    assert [x.value for x in made("tau where factor=rmg|l2m and group!=medium", frame)] == [
        0.3,
        0.2,
    ]


def test_partial_values_have_their_own_p_and_no_interval():
    frame = pd.DataFrame(
        {"tau": [0.3], "low": [0.1], "p": [0.01], "partial_tau": [-0.2], "partial_p": [0.2]}
    ).assign(partial_n=11, n=30)
    (partial,) = made("partial_tau", frame)
    assert (partial.value, partial.n, partial.p_against(0.0)) == (-0.2, 11, 0.2)
    assert math.isnan(partial.low)


def test_a_panel_repeated_for_its_models_counts_once():
    frame = pd.DataFrame({"x_name": ["a", "a", "b"], "tau": [0.1, 0.1, 0.2], "model": list("uvw")})
    assert [x.name for x in made("tau by x_name", frame)] == ["a", "b"]
    with pytest.raises(InputError, match="several values for one x_name"):
        made("tau by x_name", frame.assign(tau=[0.1, 0.3, 0.2]))


def test_numbers_of_rows():
    assert value("sum loss where step=10", SEEDS) == 5
    assert value("largest loss", SEEDS) == 5
    assert value("smallest loss where kind=a", SEEDS) == 4
    assert value("argmin loss over step where seed=1", SEEDS) == 10
    assert value("change loss over step where seed=0", SEEDS) == -3
    assert value("ratio loss over step where seed=2", SEEDS) == 0.5
    assert value("sum loss / step where step=10", SEEDS) == pytest.approx(0.5)
    assert value("largest loss - step where step=10", SEEDS) == -8


def test_means_over_rows_and_across_units_have_students_interval():
    values = np.array([0.25, 0.4, 0.5])
    (ratio,) = made("ratio loss over step across seed", SEEDS)
    expected = stats.t.interval(0.95, 2, values.mean(), stats.sem(values))
    assert (ratio.value, ratio.n, ratio.seeds) == (pytest.approx(values.mean()), 3, 3)
    assert (ratio.low, ratio.high) == pytest.approx(expected)
    assert ratio.p_against(0.5) == pytest.approx(stats.ttest_1samp(values, 0.5).pvalue)
    (mean,) = made("mean loss where step=0", SEEDS)
    assert (mean.value, mean.n) == (pytest.approx(13 / 3), 3)


def test_the_seed_of_a_permutation_test_is_no_seed_of_a_model():
    frame = pd.DataFrame({"tau": [0.1, 0.2], "seed": [4, 5], "group": ["a", "b"]})
    assert [x.seeds for x in made("tau", frame)] == [1, 1]
    assert [x.seeds for x in made("share tau > 0", frame)] == [2]
    frame = frame.assign(resamples=999)
    assert [x.seeds for x in made("tau", frame)] == [0, 0]
    assert [x.seeds for x in made("share tau > 0", frame)] == [0]


def test_a_share_counts_rows_and_has_wilsons_interval():
    frame = pd.DataFrame({"tau": [-0.1, -0.2, 0.3, -0.4]})
    (share,) = made("share tau < 0", frame)
    expected = stats.binomtest(3, 4).proportion_ci(method="wilson")
    assert (share.value, share.n) == (0.75, 4)
    assert (share.low, share.high) == pytest.approx((expected.low, expected.high))
    assert share.p_against(0.5) == pytest.approx(stats.binomtest(3, 4, 0.5).pvalue)


def test_a_trend_is_kendalls_tau_of_all_rows():
    (trend,) = made("trend loss over step", SEEDS)
    expected = kendall(SEEDS["step"], SEEDS["loss"])
    assert (trend.value, trend.low, trend.p_against(0.0)) == (
        *(expected.tau, pytest.approx(expected.low, nan_ok=True)),
        expected.p,
    )
    assert trend.n == 6


def test_differences_between_rows_and_within_units():
    (welch,) = made("difference loss of kind a, b", SEEDS)
    a, b = np.array([4.0, 5, 4]), np.array([1.0, 2, 2])
    result = stats.ttest_ind(a, b, equal_var=False)
    assert welch.value == pytest.approx(a.mean() - b.mean())
    assert (welch.low, welch.high) == pytest.approx(tuple(result.confidence_interval(0.95)))
    assert welch.p_against(0.0) == pytest.approx(result.pvalue)
    (paired,) = made("difference loss of kind a, b across seed", SEEDS)
    assert paired.p_against(1.0) == pytest.approx(stats.ttest_1samp(a - b, 1.0).pvalue)


def test_a_difference_of_what_is_not_in_the_study_is_no_estimate():
    assert made("difference loss of kind a, c", SEEDS) == []
    half = SEEDS[(SEEDS["kind"] == "a") | (SEEDS["seed"] == 1)]
    (only,) = made("difference loss of kind a, b by seed", half)
    assert only.name == "1"
    (unknown,) = made("difference loss of kind a, b", SEEDS.assign(loss=math.nan))
    assert math.isnan(unknown.value)
    assert unknown.n == 0


def test_conditions():
    frame = pd.DataFrame(
        {"t": [1.0, 1 / 35, 0.01], "a": ["x", "y z", "x"], "b": ["x", "x", "x"], "ok": [True] * 3}
    ).assign(v=[1.0, 2.0, 3.0])
    assert value("sum v where t=1/35", frame) == 2
    assert value("sum v where t<=1/35", frame) == 5
    assert value('sum v where a="y z"', frame) == 2
    assert value("sum v where a is b", frame) == 4
    assert value("sum v where ok=True and t>0.5", frame) == 1
    assert made("sum v where a=nothing", frame) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "nothing after 'its start'"),
        ("tau where", "nothing after 'where'"),
        ("tau where a=1 where b=2", "says 'where' twice"),
        ("middle tau", "did you mean|functions: mean"),
        ("share tau", "a share needs a comparison"),
        ("share tau < low", "'low' is none"),
        ("tau < 0", "'<' is none of - /"),
        ("trend tau", "trend needs 'over'"),
        ("mean tau over step", "mean takes no 'over'"),
        ("difference tau of kind a", "expected `of name a, b`"),
        ("tau where a", "'a' is no condition"),
        ("tau where a<1|2", "alternatives are a=b|c".replace("|", r"\|")),
        ("tau by a b", "names with commas between them"),
        ("trend tau over a, b", "expected one name"),
        ('tau where a="b', "check its quotes"),
    ],
)
def test_quantities_that_cannot_be_read(text, message):
    with pytest.raises(InputError, match=message):
        parse_selector(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lost", "no column 'lost'; did you mean 'loss'"),
        ("loss where sed=1", "no column 'sed'; did you mean 'seed'"),
        ("kind", "column 'kind' holds text, expected numbers"),
        ("sum loss where kind<2", "holds text; '<' compares numbers"),
        ("sum loss where seed=first", "'first' is none"),
        ("argmin loss over kind", "column 'kind' holds text"),
    ],
)
def test_columns_that_do_not_fit_are_named(text, message):
    with pytest.raises(InputError, match=message):
        made(text, SEEDS)


def test_a_condition_on_a_column_without_values_meets_no_row():
    frame = pd.DataFrame({"loss": [np.nan, np.nan], "value": [1.0, 2.0]})
    kept = select(parse_selector("value where loss=sigmoid"), frame)
    assert kept.empty
    assert len(select(parse_selector("value where loss!=sigmoid"), frame)) == 2
    assert select(parse_selector("value where loss<1"), frame).empty
    assert select(parse_selector("value where value>1"), frame)["value"].tolist() == [2.0]
    assert select(parse_selector("value where loss=sigmoid"), frame[:0]).empty
