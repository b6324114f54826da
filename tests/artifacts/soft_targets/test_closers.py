"""Figure 1 and table 1 of soft targets."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from modgap.artifacts.soft_targets import fig1, table1
from modgap.artifacts.soft_targets._names import with_closers
from modgap.errors import InputError

SEEDS = (0, 1, 2)
# Metric → modality, level of the plain models, and the sign of what one would want.
METRICS = {
    ("rmg", "both"): 0.3,
    ("l2m", "both"): 0.5,
    ("recall@1", "image_to_text"): 0.2,
    ("recall@1", "text_to_image"): 0.25,
    ("mixed_ndcg@10", "image"): 0.1,
    ("mixed_ndcg@10", "text"): 0.1,
    ("moad", "image"): 0.0,
}
ENCODERS = {"image_encoder": "a", "text_encoder": "b"}
# Closer as it should be called → loss, its settings, other settings, how it moves each metric.
CLOSERS = {
    "clip": ("clip", {}, {}, {}),
    "soft_targets": ("soft_targets", ENCODERS, {}, {"rmg": 0.02, "l2m": 0.1}),
    "soft_targets, permuted": ("soft_targets", ENCODERS | {"permuted": True}, {}, {"rmg": 0.05}),
    "soft_targets, without text_encoder": ("soft_targets", {"image_encoder": "a"}, {}, {}),
    "clip, learnable_temperature False": (
        *("clip", {}, {"learnable_temperature": False}),
        {"rmg": -0.1, "l2m": -0.2, "recall@1": -0.15, "mixed_ndcg@10": 0.1},
    ),
    "dual_cross_entropy": ("dual_cross_entropy", {}, {}, {"rmg": -0.1, "l2m": 0.001}),
}


def models():
    rows = []
    for number, (loss, settings, other, _) in enumerate(CLOSERS.values()):
        for seed in SEEDS:
            row = {"model": f"m{number}-s{seed}", "kind": "trained", "training_set": "x"}
            row |= {"seed": seed, "loss": loss, "cpu_seconds": 20.0 + 4 * number}
            row["loss_settings"] = json.dumps(settings) if settings else np.nan
            row |= {"initial_temperature": 0.07, "learnable_temperature": True}
            row |= {"scale_learning_rate": 1.0, "final_temperature": 0.0, "start": np.nan}
            row |= {"image_tower": "timm", "shared_tower": False} | other
            rows.append(row)
    return pd.DataFrame(rows)


def metric_rows(model, seed, moves, **more):
    for place, ((metric, modality), level) in enumerate(METRICS.items()):
        # A seed's level differs far more than closers do, and the moves a little.
        wobble = 0.001 * ((seed + place) % 3 - 1) if moves else 0.0
        value = level + 0.05 * seed + moves.get(metric, 0.0) + wobble
        row = {"model": model, "dataset": "data", "metric": metric, "modality": modality}
        yield row | {"value": value} | more


def metrics():
    return pd.DataFrame(
        row
        for number, (*_, moves) in enumerate(CLOSERS.values())
        for seed in SEEDS
        for row in metric_rows(f"m{number}-s{seed}", seed, moves)
    )


def closed():
    """The half that is judged has another level than the whole."""
    rows = []
    for seed in SEEDS:
        for closer, moves in (("none", {}), ("centre", {"rmg": -0.1, "mixed_ndcg@10": 0.2})):
            rows += metric_rows(f"m0-s{seed}", seed + 5, moves, closer=closer, amount=1.0)
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def numbers():
    return fig1.numbers(metrics(), models(), closed())


def one(numbers, closer, outcome):
    return numbers[(numbers["closer"] == closer) & (numbers["outcome"] == outcome)]


def test_models_are_called_by_their_loss_and_what_is_different(numbers):
    assert list(dict.fromkeys(with_closers(models(), "x")["closer"])) == list(CLOSERS)
    assert list(dict.fromkeys(numbers["closer"])) == [*list(CLOSERS)[1:], "centre"]
    assert set(numbers.loc[numbers["closer"] == "centre", "kind"]) == {"after training"}


def test_a_difference_is_from_the_plain_model_of_the_same_seed(numbers):
    rows = one(numbers, "soft_targets", "RMG").sort_values("seed")
    expected = np.array([0.02 + 0.001 * (seed % 3 - 1) for seed in SEEDS])
    assert rows["difference"].to_numpy() == pytest.approx(expected, abs=1e-12)
    half = t.ppf(0.975, 2) * expected.std(ddof=1) / np.sqrt(3)
    assert rows["mean"].iloc[0] == pytest.approx(0.02)
    assert rows["low"].iloc[0] == pytest.approx(0.02 - half)
    assert rows["n"].iloc[0] == 3
    # A closer after training is judged against its own half.
    rows = one(numbers, "centre", "RMG")
    assert rows["plain"].min() == pytest.approx(0.3 + 0.05 * 5)
    assert rows["mean"].iloc[0] == pytest.approx(-0.1, abs=0.001)


def test_p_is_corrected_over_the_closers_and_outcomes_of_a_data_set(numbers):
    tests = numbers.drop_duplicates(["closer", "outcome"]).dropna(subset="p").sort_values("p")
    ranked = tests["p"].to_numpy() * len(tests) / np.arange(1, len(tests) + 1)
    expected = np.minimum.accumulate(ranked[::-1])[::-1].clip(max=1)
    assert tests["p_corrected"].to_numpy() == pytest.approx(expected)
    # Seeds that all agree have no t test.
    assert one(numbers, "soft_targets, without text_encoder", "RMG")["p"].isna().all()


def test_verdicts_follow_from_the_numbers():
    table = table1.numbers(metrics(), models(), closed()).set_index("closer")
    verdicts = table[list(table1.VERDICTS)]
    assert verdicts.loc["soft_targets"].tolist() == ["no", "yes", "no"]
    hot = "clip, learnable_temperature False"
    assert verdicts.loc[hot].tolist() == ["yes", "no", "yes"]
    assert verdicts.loc["dual_cross_entropy", "closes_gap"] == "in part"
    assert verdicts.loc["centre"].tolist() == ["in part", "yes", "yes"]
    assert table.loc["soft_targets", "training_time"] == pytest.approx(24 / 20)
    assert np.isnan(table.loc["centre", "training_time"])
    assert table.loc[hot, "RMG_shown"] == "−0.100*"
    assert table.loc[hot, "RMG_p"] < 0.05
    headings = table1.headings(table.reset_index())
    assert headings["mixed NDCG i_shown"] == "mixed NDCG i"
    assert set(headings) <= set(table.reset_index().columns)


def test_differences_that_cancel_are_zero_to_readers():
    table = metrics()
    recall = (table["metric"] == "recall@1") & (table["modality"] == "image_to_text")
    for seed, moved in zip(SEEDS, (3 / 1723, 0.0, -3 / 1723), strict=True):
        plain = table.loc[recall & (table["model"] == f"m0-s{seed}"), "value"].item()
        table.loc[recall & (table["model"] == f"m5-s{seed}"), "value"] = plain + moved
    row = table1.numbers(table, models(), closed()).set_index("closer").loc["dual_cross_entropy"]
    assert 0 < abs(row["R@1 i→t"]) < 1e-15
    assert row["R@1 i→t_shown"] == "0.000"


def test_retrieval_is_open_where_the_interval_allows_both():
    noisy = metrics()
    of = noisy["model"].str.startswith("m1") & (noisy["modality"] == "image_to_text")
    noisy.loc[of, "value"] += [-0.1, 0.0, 0.1]
    table = table1.numbers(noisy, models(), closed()).set_index("closer")
    assert table.loc["soft_targets", "keeps_retrieval"] == "open"


def test_the_figure_shows_every_closer_in_every_panel(numbers):
    figure = fig1.draw(numbers)
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == list(dict.fromkeys(numbers["closer"]))
    assert len(figure.axes) == 4
    assert "RMG" in figure.axes[0].get_xlabel()


def test_without_a_plain_model_there_is_nothing_to_compare_with():
    others = models()[lambda rows: rows["loss"] != "clip"]
    with pytest.raises(InputError, match="no model with CLIP's own loss was trained on x"):
        fig1.numbers(metrics(), others, closed())
    with pytest.raises(InputError, match=r"no column .*cpu_seconds"):
        fig1.numbers(metrics(), models().drop(columns="cpu_seconds"), closed())


def test_a_model_is_compared_with_the_plain_one_of_its_own_image_tower():
    other = models()[lambda rows: rows["loss"] == "clip"].copy()
    other["image_tower"] = "transformer"
    other["shared_tower"] = ~other["learnable_temperature"].astype(bool)
    other["learnable_temperature"] = True
    other["model"] += "-t"
    rows = [
        row
        for seed in SEEDS
        for number, moves in ((0, {}), (4, {"rmg": -0.07}))
        for row in metric_rows(f"m{number}-s{seed}-t", seed + 9, moves)
    ]
    of_twin = closed().assign(model=lambda rows: rows["model"] + "-t", value=0.0)
    numbers = fig1.numbers(
        pd.concat([metrics(), pd.DataFrame(rows)]),
        pd.concat([models(), other]),
        pd.concat([closed(), of_twin]),
    )
    assert list(dict.fromkeys(numbers["closer"]))[-2:] == ["clip, shared_tower", "centre"]
    shared = one(numbers, "clip, shared_tower", "RMG")
    assert shared["plain"].min() == pytest.approx(0.3 + 0.05 * 9)
    assert shared["mean"].iloc[0] == pytest.approx(-0.07, abs=0.001)
    # Closers after training are those of the first image tower.
    assert one(numbers, "centre", "RMG")["n"].iloc[0] == 3


def test_a_seed_without_a_plain_model_is_left_out_and_said(caplog):
    some = models()[lambda rows: rows["model"] != "m0-s2"]
    numbers = fig1.numbers(metrics(), some, closed())
    assert one(numbers, "soft_targets", "RMG")["seed"].tolist() == [0, 1]
    assert "5 models have no plain model of their seed" in caplog.text
