"""The correlation table: one line per pair, corrected, seeded by name."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from modgap.errors import InputError
from modgap.stats import benjamini_hochberg, correlation_table, holm, minimum_detectable_tau


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    size = rng.normal(size=60)
    return pd.DataFrame(
        {
            "group": ["medium"] * 20 + ["large"] * 40,
            "parameters": size,
            "width": np.round(size + rng.normal(size=60)),
            "rmg": size + rng.normal(size=60),
            "l2m": rng.normal(size=60),
            "recall": size + rng.normal(size=60),
        }
    )


def table(frame, rows=("rmg", "l2m", "parameters"), **options):
    options = {
        "groups": "group",
        "confounders": ["parameters", "width"],
        "resamples": 199,
    } | options
    return correlation_table(frame, list(rows), ["recall"], **options)


def test_one_line_per_group_score_and_factor(frame):
    lines = table(frame)
    assert lines[["group", "factor"]].to_numpy().tolist() == [
        [group, factor] for group in ("medium", "large") for factor in ("rmg", "l2m", "parameters")
    ]
    assert lines.n.tolist() == [20] * 3 + [40] * 3
    for line in lines.itertuples():
        part = frame[frame.group == line.group]
        expected = stats.kendalltau(part[line.factor], part.recall).statistic
        assert line.tau == pytest.approx(expected)
        assert line.low < line.tau < line.high
        assert line.min_detectable_tau == minimum_detectable_tau(line.n)
    np.testing.assert_array_equal(lines.p_holm, holm(lines.p))
    np.testing.assert_array_equal(lines.p_bh, benjamini_hochberg(lines.p))
    np.testing.assert_array_equal(lines.partial_p_holm, holm(lines.partial_p))


def test_adding_a_line_leaves_the_others(frame):
    kept = ["group", "factor", "tau", "low", "high", "p", "partial_tau", "partial_p", "seed"]
    few = table(frame, ["rmg"])[kept]
    many = table(frame)[kept].query("factor == 'rmg'").reset_index(drop=True)
    pd.testing.assert_frame_equal(few, many)
    assert table(frame).seed.is_unique
    assert not table(frame, seed=1).seed.isin(table(frame).seed).any()


def test_a_confounder_as_factor_is_held_against_the_others_only(frame):
    line = table(frame).query("factor == 'parameters' and group == 'large'").iloc[0]
    alone = table(frame, ["parameters"], confounders=["width"]).query("group == 'large'").iloc[0]
    assert line.partial_tau == alone.partial_tau


def test_missing_values_are_left_out_and_counted(frame):
    frame.loc[frame.index[:3], "rmg"] = np.nan
    frame.loc[frame.index[2:7], "width"] = np.nan
    line = table(frame, ["rmg"]).iloc[0]
    assert (line.n, line.partial_n) == (17, 13)


def test_constant_columns_give_reasons_and_no_correction(frame):
    frame["width"] = 512
    frame.loc[frame.group == "medium", "l2m"] = 0.5
    lines = table(frame).set_index(["group", "factor"])
    constant = lines.loc[("medium", "l2m")]
    assert constant.reason == "x constant; partial: x constant"
    assert np.isnan([constant.tau, constant.p_holm, constant.p_bh, constant.partial_p_holm]).all()
    assert lines.loc[("large", "rmg"), "reason"] == "partial: redundant confounder: width"
    assert lines.loc[("large", "rmg"), "p_holm"] == holm(lines.p.dropna())[2]


def test_without_groups_and_confounders(frame):
    lines = correlation_table(frame, ["rmg"], ["recall"], resamples=199)
    assert lines.group.tolist() == ["all"]
    assert lines[["partial_n", "partial_tau", "partial_p"]].isna().all(axis=None)
    assert list(lines.columns) == list(table(frame).columns)
    assert lines.dtypes.equals(table(frame).dtypes)


def test_empty_frames_give_an_empty_table_or_undefined_lines(frame):
    assert len(table(frame.iloc[:0])) == 0
    assert correlation_table(frame.iloc[:0], ["rmg"], ["recall"]).reason.tolist() == [
        "fewer than 2 rows"
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.drop(columns="width"), r"no column \['width'\]"),
        (lambda f: f.astype({"rmg": "str"}), "column 'rmg' is str"),
        (lambda f: f.assign(group=f.group.where(f.index != 7)), "row 7 has no 'group'"),
        (lambda f: pd.concat([f, f]), "occurs twice"),
    ],
)
def test_bad_frames_are_refused(frame, change, message):
    with pytest.raises(InputError, match=message):
        table(change(frame))
