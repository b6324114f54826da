"""Fig 4: which dimensions carry the gap."""

import numpy as np
import pandas as pd
import pytest
from helpers.figure_checks import check, lines, points

from modgap.artifacts.two_effects import fig4a, fig4b, fig4c
from modgap.errors import InputError


def dimensions(model="b", differences=(0.1, -0.5, 0.3)):
    differences = np.array(differences)
    return pd.DataFrame(
        {
            "model": model,
            "dataset": "mad",
            "dimension": range(len(differences)),
            "mean_image": differences,
            "mean_text": 0.0,
            "difference": differences,
            "share": differences**2 / (differences**2).sum(),
        }
    )


def test_fig4a_sorts_dimensions_by_absolute_difference():
    numbers = fig4a.numbers(pd.concat([dimensions("b"), dimensions("a", (0.2, 0.4))]))
    assert numbers["model"].tolist() == ["b", "b", "b", "a", "a"]
    assert numbers["dimension"].tolist() == [1, 2, 0, 1, 0]
    assert numbers["rank"].tolist() == [1, 2, 3, 1, 2]
    assert numbers["absolute_difference"].tolist() == [0.5, 0.3, 0.1, 0.4, 0.2]


def test_fig4a_draws_all_dimensions_and_the_ten_largest_enlarged():
    rng = np.random.default_rng(0)
    differences = rng.normal(0, 0.1, 64)
    figure = fig4a.draw(fig4a.numbers(dimensions("m", differences)))
    ax, inset = figure.axes[0], figure.axes[0].child_axes[0]
    order = np.argsort(-np.abs(differences))
    assert lines(ax)[0] == (list(range(1, 65)), pytest.approx(np.abs(differences)[order]))
    assert [bar.get_height() for bar in inset.patches] == pytest.approx(
        np.abs(differences)[order[:10]]
    )
    assert [label.get_text() for label in inset.get_xticklabels()] == [
        str(dimension) for dimension in order[:10]
    ]
    assert "n = 64" in ax.get_xlabel()
    check(figure)


def test_fig4a_with_up_to_ten_dimensions_needs_no_inset():
    figure = fig4a.draw(fig4a.numbers(dimensions()))
    assert figure.axes[0].child_axes == []
    check(figure)


@pytest.mark.parametrize("differences", [1 - np.arange(12) / 12, 0.9 ** np.arange(64), np.ones(16)])
def test_fig4a_keeps_the_inset_off_the_curve(differences):
    both = pd.concat([dimensions("m", differences), dimensions("k", 0.5 ** np.arange(32))])
    figure = fig4a.draw(fig4a.numbers(both))
    figure.draw_without_rendering()
    ax = figure.axes[0]
    points = ax.transData.transform(ax.get_lines()[0].get_xydata())
    box = ax.child_axes[0].get_tightbbox()
    steps = np.linspace(points[:-1], points[1:], 20).reshape(-1, 2)
    assert not any(box.contains(x, y) for x, y in steps)


def scatter(model, images=5, texts=4):
    rng = np.random.default_rng(0)
    parts = []
    for modality, count in (("image", images), ("text", texts)):
        items = {"x": rng.normal(size=count), "y": rng.normal(size=count)}
        keys = {"model": model, "dataset": "mad", "dimension_x": 7, "dimension_y": 41}
        parts.append(pd.DataFrame({**items, **keys, "modality": modality}))
    return pd.concat(parts, ignore_index=True)


def test_fig4b_shows_every_item_of_each_modality():
    numbers = fig4b.numbers(pd.concat([scatter("a"), scatter("b")]))
    figure = fig4b.draw(numbers)
    images = numbers[(numbers["model"] == "a") & (numbers["modality"] == "image")]
    assert points(figure.axes[0], "image (n = 5)") == [(images["x"].tolist(), images["y"].tolist())]
    assert len(points(figure.axes[1], "text (n = 4)")[0][0]) == 4
    assert figure.axes[0].get_xlabel() == "dimension 7"
    assert figure.axes[0].get_ylabel() == "dimension 41"
    assert [ax.get_title() for ax in figure.axes] == ["a", "b"]
    check(figure)


def test_fig4b_draws_few_prompts_over_many_images():
    figure = fig4b.draw(fig4b.numbers(scatter("a", images=2000, texts=70)))
    images, prompts = figure.axes[0].collections
    assert prompts.get_label() == "text (n = 70)"
    assert prompts.get_zorder() > images.get_zorder()
    assert prompts.get_sizes() > images.get_sizes()
    assert images.get_rasterized()
    check(figure)


def removal(model="m"):
    rows = []
    for removed in range(21):
        values = {
            ("l2m", "both"): 0.8 - removed / 100,
            ("rmg", "both"): 0.4 - removed / 100,
            ("recall@1", "image_to_text"): 0.5,
            ("zero_shot:object", "both"): 0.9 - removed / 100,
            ("zero_shot:colour", "both"): 0.2,
            ("effective_rank", "image"): 12.0,
        }
        for (metric, modality), value in values.items():
            rows.append((model, "mad", removed, metric, modality, value))
    columns = ["model", "dataset", "removed", "metric", "modality", "value"]
    return pd.DataFrame(rows, columns=columns)


def test_fig4c_puts_gaps_above_and_scores_in_per_cent_below():
    figure = fig4c.draw(fig4c.numbers(removal()))
    gap, score = figure.axes
    steps = list(range(21))
    assert lines(gap, "L2M") == [(steps, pytest.approx([0.8 - step / 100 for step in steps]))]
    assert lines(gap, "RMG") == [(steps, pytest.approx([0.4 - step / 100 for step in steps]))]
    assert lines(score, "zero-shot top-1") == [(steps, pytest.approx([90 - s for s in steps]))]
    assert lines(score, "R@1, image to text") == [(steps, pytest.approx([50] * 21))]
    assert len(lines(gap)) == len(lines(score)) == 2
    check(figure)


def test_fig4c_leaves_out_what_it_does_not_show():
    shown = {"l2m", "rmg", "recall@1", "zero_shot:object"}
    assert set(fig4c.numbers(removal())["metric"]) == shown


def test_fig4c_keeps_the_curves_of_two_models_apart():
    other = removal("k").assign(value=0.25)
    figure = fig4c.draw(fig4c.numbers(pd.concat([removal(), other])))
    assert [ax.get_title() for ax in figure.axes] == ["m", "k", "", ""]
    assert lines(figure.axes[1], "L2M") == [(list(range(21)), [0.25] * 21)]
    assert lines(figure.axes[3], "zero-shot top-1") == [(list(range(21)), [25] * 21)]
    check(figure)


def test_fig4c_without_captions_has_no_recall():
    table = removal().query("metric != 'recall@1'")
    figure = fig4c.draw(fig4c.numbers(table))
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["L2M", "RMG", "zero-shot top-1"]
    check(figure)


def test_fig4c_does_not_cut_the_highest_markers_off():
    table = removal().query("metric != 'zero_shot:object'")
    gap, score = fig4c.draw(fig4c.numbers(table)).axes
    assert gap.get_ylim() == (0, pytest.approx(1.08 * 0.8))
    assert score.get_ylim() == (0, pytest.approx(1.08 * 50))


def test_fig4c_with_nothing_to_show_is_an_error():
    with pytest.raises(InputError, match="no removal curve"):
        fig4c.numbers(removal().query("metric == 'effective_rank'"))
