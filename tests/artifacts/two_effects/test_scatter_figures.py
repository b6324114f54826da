"""Fig 3, 5a and 5b: two quantities against each other."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from helpers.figure_checks import check, lines, points
from helpers.synthetic_results import OWN, PAPER, metric_row, pretrained_zoo, zoo

from modgap.artifacts.two_effects import fig3, fig5a, fig5b
from modgap.claims.estimates import estimates
from modgap.claims.rule import TOO_FEW, UNDECIDED, judge, parse_rule
from modgap.claims.selector import parse_selector
from modgap.plots.scatter import scatter_grid
from modgap.stats.quantities import Quantity


def test_fig3_has_a_row_of_panels_per_score_and_a_column_per_gap():
    figure = fig3.draw(fig3.numbers(*zoo(), OWN))
    labels = [ax.get_ylabel().replace("\n", " ") for ax in figure.axes if ax.get_ylabel()]
    assert labels == [
        "retrieval R@1, image to text [%]",
        "retrieval R@1, text to image [%]",
        "zero-shot object [%]",
    ]
    assert [ax.get_xlabel() for ax in figure.axes[-2:]] == ["L2M", "RMG"]
    check(figure)


@pytest.mark.parametrize("figure", [fig5a, fig5b])
def test_tau_has_the_confidence_that_is_asked_for(figure):
    wide, narrow = (figure.numbers(*zoo(), OWN, resamples=99, confidence=c) for c in (0.95, 0.5))
    assert (narrow["high"] - narrow["low"] < wide["high"] - wide["low"]).all()
    assert (narrow["tau"] == wide["tau"]).all()


def test_fig3_shows_each_group_with_its_points_and_its_line():
    figure = fig3.draw(fig3.numbers(*zoo(), OWN))
    ax = figure.axes[1]  # image-to-text recall (50 × RMG) against RMG
    medium, large = (f"{group} training set (n = {n} models)" for group, n in GROUPS)
    assert points(ax, medium) == [([0.1, 0.2, 0.3, 0.4], pytest.approx([5, 10, 15, 20]))]
    assert points(ax, large) == [([0.15, 0.35, 0.55], pytest.approx([7.5, 17.5, 27.5]))]
    ends = [((x[0], x[-1]), (y[0], y[-1])) for x, y in lines(ax)]
    assert ends == [
        (pytest.approx((0.1, 0.4)), pytest.approx((5, 20))),
        (pytest.approx((0.15, 0.55)), pytest.approx((7.5, 27.5))),
    ]
    assert {text.get_text() for text in figure.legends[0].get_texts()} == {medium, large}


GROUPS = (("medium", 4), ("large", 3))


def test_groups_differ_in_marker_and_dashes_as_well_as_colour():
    ax = fig3.draw(fig3.numbers(*zoo(), OWN)).axes[0]
    medium, large = ax.collections
    assert len(medium.get_paths()[0]) != len(large.get_paths()[0])
    assert medium.get_facecolor().tolist() != large.get_facecolor().tolist()
    assert len({str(line.get_linestyle()) for line in ax.get_lines()}) == 2


def test_an_empty_group_leaves_the_other_alone():
    figure = fig3.draw(fig3.numbers(*zoo(large=()), OWN))
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "medium training set (n = 4 models)"
    ]
    check(figure)


def test_no_model_at_all_says_so():
    metrics, models = zoo()
    figure = fig3.draw(fig3.numbers(metrics, models.head(0), OWN))
    assert "no data" in [text.get_text() for text in figure.axes[0].texts]
    check(figure)


def test_legend_gives_the_range_where_panels_have_different_n():
    metrics, models = zoo()
    dropped = (metrics["model"] == "medium1") & (metrics["metric"] == "zero_shot:object")
    metrics.loc[dropped, "value"] = np.nan
    legend = fig3.draw(fig3.numbers(metrics, models, OWN)).legends[0]
    assert "medium training set (n = 3–4 models)" in [
        text.get_text() for text in legend.get_texts()
    ]


def test_scores_of_two_data_sets_stand_against_the_gap_on_their_own():
    rows, score = [], {}
    for dataset, shift in (("coco", 0.0), ("imagenet", 0.5)):
        for i, model in enumerate(("medium0", "medium1", "medium2")):
            rows.append(metric_row(model, "rmg", 0.1 * i + shift, dataset=dataset))
            rows.append(metric_row(model, "l2m", 0.1 * i + shift, dataset=dataset))
            rows.append(metric_row(model, "recall@1", 0.2, "image_to_text", dataset))
            rows.append(metric_row(model, "chance:recall@1", 0.1, "image_to_text", dataset))
        score[dataset] = Quantity(dataset, ("recall@1",), "image_to_text", dataset)
    _, models = zoo()
    numbers = fig3.numbers(pd.DataFrame(rows), models, {"retrieval": tuple(score.values())})
    rmg = numbers[numbers["x_name"] == "RMG"]
    assert rmg.loc[rmg["y_name"] == "coco", "x"].tolist() == pytest.approx([0, 0.1, 0.2])
    assert rmg.loc[rmg["y_name"] == "imagenet", "x"].tolist() == pytest.approx([0.5, 0.6, 0.7])


def test_the_papers_study_fits_into_its_figures():
    metrics, models = pretrained_zoo()
    numbers = fig3.numbers(metrics, models, PAPER)
    assert numbers.groupby(["x_name", "y_name"]).size().to_list() == [101] * 6
    check(fig3.draw(numbers))
    numbers = fig5a.numbers(metrics, models, PAPER, resamples=99)
    assert numbers.groupby(["x_name", "y_name"]).size().to_list() == [101] * 4
    figure = fig5a.draw(numbers)
    assert [ax.get_ylabel() for ax in figure.axes[::2]] == [
        "MIT-States attribute\naccuracy [%]",
        "UT-Zappos attribute\naccuracy [%]",
    ]
    check(figure)
    check(fig5b.draw(fig5b.numbers(metrics, models, PAPER, resamples=99)))


def test_an_absent_role_leaves_its_panels_out():
    metrics, models = pretrained_zoo()
    quantities = {role: PAPER[role] for role in ("classification", "attributes")}
    figure = fig3.draw(fig3.numbers(metrics, models, quantities))
    assert [ax.get_ylabel() for ax in figure.axes] == ["ImageNet top-1 [%]", ""]
    check(figure)
    assert len(fig5b.draw(fig5b.numbers(metrics, models, quantities, resamples=99)).axes) == 2


@pytest.mark.parametrize("module", [fig3, fig5a, fig5b])
def test_without_any_role_left_there_is_no_data(module):
    metrics, models = pretrained_zoo()
    figure = module.draw(module.numbers(metrics, models, {}))
    assert [text.get_text() for text in figure.axes[0].texts] == ["no data"]
    check(figure)


def test_models_of_unknown_group_have_their_own_entry():
    metrics, models = pretrained_zoo()
    models.loc[:4, "group"] = np.nan
    figure = fig3.draw(fig3.numbers(metrics, models, PAPER))
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "training set of unknown size (n = 5 models)" in labels
    assert len(labels) == 3
    check(figure)


def panel(x, y):
    names = {"group": "large", "x_name": "RMG", "y_name": "score", "near_chance": False}
    return pd.DataFrame({"model": [f"m{i}" for i in range(len(x))], "x": x, "y": y}).assign(**names)


def test_the_line_is_robust_to_one_outlier():
    rng = np.random.default_rng(0)
    x = np.arange(30.0)
    y = 2 * x + 1 + rng.normal(0, 0.1, 30)
    y[29] = 1000.0
    ((line_x, line_y),) = lines(scatter_grid(panel(x, y)).axes[0])
    assert (line_y[-1] - line_y[0]) / (line_x[-1] - line_x[0]) == pytest.approx(2, abs=0.05)
    least_squares = np.polyfit(x, y, 1)[0]
    assert least_squares > 5  # it would not be robust


@pytest.mark.parametrize("x", [[1.0, 2.0], [1.0, 1.0, 1.0]])
def test_no_line_where_there_is_none(x):
    ax = scatter_grid(panel(x, x)).axes[0]
    assert lines(ax) == []
    assert points(ax) == [(x, x)]


def test_no_figure_stays_open():
    before = plt.get_fignums()
    scatter_grid(panel([1.0, 2.0, 4.0], [1.0, 2.0, 3.0]))
    assert plt.get_fignums() == before


def test_fig5a_prints_tau_of_all_models_above_each_panel():
    numbers = fig5a.numbers(*zoo(), OWN, resamples=99, seed=1)
    # Accuracy rises with MOAD in every model.
    assert numbers["tau"].unique() == pytest.approx([1])
    assert set(numbers["n"]) == {7}
    figure = fig5a.draw(numbers)
    assert [ax.get_xlabel() for ax in figure.axes] == ["MOAD, text", "MOAD, image"]
    titles = [ax.get_title(loc="left") for ax in figure.axes]
    assert all(title.startswith("τ = 1.00 [") and title.endswith("n = 7") for title in titles)
    check(figure)


def test_fig5a_puts_text_and_image_moad_where_they_belong():
    numbers = fig5a.numbers(*zoo(medium=(0.3,), large=(0.4, 0.5)), OWN, resamples=99)
    first = numbers[numbers["model"] == "medium0"].set_index("x_name")
    assert first["x"].to_dict() == pytest.approx({"MOAD, text": 0.5, "MOAD, image": 0.4})
    assert first["y"].tolist() == pytest.approx([33, 33])


def test_fig5b_has_one_panel_per_object_score():
    numbers = fig5b.numbers(*zoo(), OWN, resamples=99)
    figure = fig5b.draw(numbers)
    assert [ax.get_xlabel() for ax in figure.axes] == [
        "retrieval R@1, image to text [%]",
        "zero-shot object [%]",
    ]
    check(figure)


def test_one_model_has_no_tau():
    numbers = fig5b.numbers(*zoo(medium=(0.3,), large=()), OWN, resamples=99)
    assert numbers["tau"].isna().all()
    figure = scatter_grid(numbers)
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["n = 1", "n = 1"]


def test_the_same_seed_gives_the_same_numbers():
    metrics, models = zoo(medium=(0.1, 0.4, 0.3, 0.9, 0.2), large=(0.8, 0.7, 0.75, 0.3, 0.6))
    metrics.loc[metrics["metric"] == "moad", "value"] *= -1
    first, second = (fig5a.numbers(metrics, models, OWN, resamples=99, seed=3) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)


def with_chance(metrics, metric, chance):
    """A copy of the metric table with another chance of one score."""
    here = metrics["metric"] == f"chance:{metric}"
    return metrics.assign(value=metrics["value"].mask(here, chance))


def test_models_near_chance_are_crosses_without_tau_or_line():
    metrics, models = zoo()
    # Accuracies on attributes are .03 above the levels .1 to .55: three are below .3.
    metrics = with_chance(metrics, "zero_shot:attributes", 0.15)
    numbers = fig5a.numbers(metrics, models, OWN, resamples=99)
    assert set(numbers.loc[numbers["near_chance"], "model"]) == {"medium0", "medium1", "large0"}
    assert set(numbers["n"]) == {4}
    assert numbers["tau"].unique() == pytest.approx([1])
    figure = fig5a.draw(numbers)
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels[0] == "near chance, left out (n = 3 models)"
    assert len(points(figure.axes[0], labels[0])[0][0]) == 3
    assert sorted(len(x) for x, _ in lines(figure.axes[0])) == []  # two of each group are left
    check(figure)


@pytest.mark.parametrize("module", [fig3, fig5a, fig5b])
def test_a_figure_of_models_near_chance_alone_is_drawn(module):
    metrics, models = zoo()
    for metric in ("recall@1", "zero_shot:object", "zero_shot:attributes"):
        metrics = with_chance(metrics, metric, 0.9)
    numbers = module.numbers(metrics, models, OWN)
    assert numbers["near_chance"].all()
    if "tau" in numbers:
        assert set(numbers["n"]) == {0}
        assert numbers["tau"].isna().all()
    check(module.draw(numbers))


def test_a_claim_about_too_few_models_is_undecided():
    metrics, models = zoo()
    metrics = with_chance(metrics, "zero_shot:attributes", 0.9)
    numbers = fig5a.numbers(metrics, models, OWN, resamples=99)
    selector = parse_selector("tau by x_name, y_name")
    rule = parse_rule("within 0.2 of 0; n >= 8")
    verdict = judge(rule, estimates(selector, numbers), numbers)
    assert (verdict.verdict, verdict.reason) == (UNDECIDED, TOO_FEW)
