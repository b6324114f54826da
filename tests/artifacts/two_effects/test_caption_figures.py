"""Fig 7c, 8 and 15 and the table of dense captions: models trained on real captions."""

import numpy as np
import pandas as pd
import pytest
from helpers.figure_checks import check
from helpers.synthetic_results import metric_row

from modgap.artifacts.two_effects import fig7c, fig8, fig15, table_dci
from modgap.errors import InputError
from modgap.stats.quantities import role_quantities

QUANTITIES = role_quantities(
    {"retrieval": ["style", "concept"]}, {"style": "Unseen style", "concept": "Unseen concept"}
)
GAPS = {"full": 0.2, "half": 0.3, "quarter": 0.4, "pieces_half": 0.25, "pieces_quarter": 0.35}


def study_of_views(seeds=3, views=tuple(GAPS)):
    """RMG as in `GAPS`, seeds .01 apart; L2M twice that; R@1 its half and quarter; loss its
    tenfold, on the way there ten times as much."""
    metrics, models, histories = [], [], []
    for view in views:
        for seed in range(seeds):
            name = f"{view}-s{seed}"
            gap = GAPS[view] + 0.01 * (seed - (seeds - 1) / 2)
            models.append({"model": name, "captions": view, "seed": seed, "start": ""})
            for dataset, more in (("style", 0), ("concept", 0.1)):
                metrics += [
                    metric_row(name, "rmg", gap + more, dataset=dataset),
                    metric_row(name, "l2m", 2 * gap, dataset=dataset),
                    metric_row(name, "recall@1", gap / 2, "image_to_text", dataset),
                    metric_row(name, "recall@1", gap / 4, "text_to_image", dataset),
                ]
            for step in range(41):
                loss = np.nan if step == 0 else 100 * gap if step <= 36 else 10 * gap
                histories.append({"model": name, "step": step, "loss": loss})
    return pd.DataFrame(metrics), pd.DataFrame(histories), pd.DataFrame(models)


def cell(numbers, **where):
    rows = numbers
    for column, value in where.items():
        rows = rows[rows[column] == value]
    return rows.drop_duplicates([*where, "mean"]).iloc[0]


def test_fig7c_has_gap_and_recall_on_both_tests_and_the_last_loss():
    numbers = fig7c.numbers(*study_of_views(), QUANTITIES)
    assert list(dict.fromkeys(numbers["captions"])) == ["full", "half", "quarter"]
    for view in ("full", "half", "quarter"):
        for data, more in (("Unseen style", 0), ("Unseen concept", 0.1)):
            rmg = cell(numbers, captions=view, data=data, quantity="RMG")
            assert rmg["mean"] == pytest.approx(GAPS[view] + more)
            # t = 4.3027 for two degrees of freedom, standard error .01 / √3.
            assert rmg["high"] - rmg["mean"] == pytest.approx(4.3027 * 0.01 / 3**0.5, rel=1e-4)
            recall = cell(numbers, captions=view, data=data, quantity="R@1, text to image [%]")
            assert recall["mean"] == pytest.approx(100 * GAPS[view] / 4)
        loss = cell(numbers, captions=view, quantity="loss at the end [nats]")
        assert (loss["mean"], loss["data"]) == (pytest.approx(10 * GAPS[view]), "training captions")
        assert loss["n"] == 3
    assert len(numbers) == 3 * 3 * (2 * 4 + 1)
    check(fig7c.draw(numbers))


def test_a_model_of_several_experiments_counts_once():
    metrics, histories, models = study_of_views(views=("full", "half"))
    again = models[models["captions"] == "full"]
    twice = pd.concat([metrics, metrics[metrics["model"].isin(again["model"])]])
    numbers = fig7c.numbers(twice, histories, pd.concat([models, again]), QUANTITIES)
    assert (numbers["n"] == 3).all()
    histories, models = tuning()
    assert (fig8.numbers(histories, pd.concat([models, models]))["n"] == 5).all()


def test_fig15_has_the_pieces_beside_the_full_captions():
    numbers = fig15.numbers(*study_of_views(), QUANTITIES)
    assert set(numbers["captions"]) == {"full", "pieces_half", "pieces_quarter"}
    figure = fig15.draw(numbers)
    assert [tick.get_text() for tick in figure.axes[0].get_xticklabels()] == [
        "all",
        "half",
        "quarter",
    ]
    check(figure)


def test_views_that_no_model_has_and_a_lost_history_are_refused():
    metrics, histories, models = study_of_views(views=("full", "pieces_half"))
    with pytest.raises(InputError, match=r"fig7c: none of the 3 models .* views full, half"):
        fig7c.numbers(metrics, histories, models[models["captions"] == "pieces_half"], QUANTITIES)
    lost = histories[histories["model"] != "full-s1"]
    with pytest.raises(InputError, match=r"fig15: no training history of 'full-s1'"):
        fig15.numbers(metrics, lost, models, QUANTITIES)


def tuning(seeds=5, rate=10.0):
    """Frozen ends at RMG .4, learnt at .3, on full captions .25; probes at steps 0, 5 and 10."""
    models = [{"model": "before", "start": np.nan, "captions": "full", "seed": 0}]
    histories = []
    for captions, learnt, gap in (
        ("quarter", True, 0.3),
        ("quarter", False, 0.4),
        ("full", True, 0.25),
    ):
        for seed in range(seeds):
            name = f"{captions}-{learnt}-{seed}"
            models.append({"model": name, "start": "before", "captions": captions, "seed": seed})
            models[-1] |= {"learnable_temperature": learnt, "scale_learning_rate": rate}
            for step in range(11):
                row = {"model": name, "step": step, "loss": step or np.nan, "temperature": 0.05}
                if step % 5 == 0:
                    value = 0.2 + (gap - 0.2) * step / 10 + 0.001 * seed
                    row |= {"rmg": value, "l2m": 2 * value, "entropy": 10 * value}
                histories.append(row)
    models[0] |= {"learnable_temperature": True, "scale_learning_rate": rate}
    return pd.DataFrame(histories), pd.DataFrame(models)


def test_fig8_follows_each_arm_from_the_common_start():
    numbers = fig8.numbers(*tuning())
    ends = numbers[numbers["last"] & (numbers["quantity"] == "rmg")]
    means = ends.groupby(["captions", "temperature_is"])["value"].mean()
    assert means["quarter", "learnt"] == pytest.approx(0.302)
    assert means["quarter", "frozen"] == pytest.approx(0.402)
    assert means["full", "learnt"] == pytest.approx(0.252)
    assert set(numbers["step"]) == {0, 5, 10}
    # Of the loss the mean over the steps since the probe before: 1 to 5, and 6 to 10.
    losses = numbers[numbers["quantity"] == "loss"].drop_duplicates("step").set_index("step")
    assert losses["mean"].to_dict() == {5: 3, 10: 8}
    assert (numbers["n"] == 5).all()
    assert "before" not in set(numbers["model"])
    figure = fig8.draw(numbers)
    assert len(figure.axes) == 5
    check(figure)


def test_fig8_needs_models_that_started_from_another():
    histories, models = tuning()
    with pytest.raises(InputError, match=r"fig8: none of the 1 models started from another one"):
        fig8.numbers(histories, models.head(1))


def test_the_table_of_dense_captions_compares_each_model_with_its_start():
    metrics, _, models = study_of_views(views=("full", "quarter"))
    tuned = models["captions"] == "full"
    models.loc[tuned, "start"] = [f"quarter-s{seed}" for seed in range(3)]
    numbers = table_dci.numbers(metrics, models, QUANTITIES)
    rmg = numbers[(numbers["data"] == "Unseen style") & (numbers["quantity"] == "RMG")]
    rmg = rmg.set_index("moment")
    assert rmg["mean"].to_dict() == pytest.approx({"before": 0.4, "after": 0.2, "change": -0.2})
    # Each seed changes by as much.
    assert rmg.loc["change", "high"] - rmg.loc["change", "low"] == pytest.approx(0, abs=1e-9)
    recall = numbers[numbers["quantity"] == "R@1, image to text [%]"].set_index(["data", "moment"])
    assert recall.loc[("Unseen concept", "before"), "mean"] == pytest.approx(20)
    assert set(table_dci.headings()) <= set(numbers.columns)
    with pytest.raises(InputError, match=r"table_dci: none of the 6 models started from another"):
        table_dci.numbers(metrics, models.assign(start=""), QUANTITIES)
