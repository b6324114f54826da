"""Fig 2, 6b, 7a and 7b: the controlled study."""

import numpy as np
import pandas as pd
import pytest
from helpers.figure_checks import check, lines, points
from helpers.synthetic_results import metric_row, metrics_of, model_row

from modgap.artifacts.two_effects import fig2, fig6b, fig7a, fig7b
from modgap.errors import InputError
from modgap.mad.captions import FACTORS
from modgap.plots.theme import ROLES


def captions_study(seeds=3, ks=range(6)):
    """RMG 0.5 − 0.05 k, with seeds 0.01 apart around it."""
    models, metrics = [], []
    for k in ks:
        for seed in range(seeds):
            models.append(model_row(f"k{k}-s{seed}", k, seed))
            offset = 0.01 * (seed - (seeds - 1) / 2)
            metrics += metrics_of(f"k{k}-s{seed}", 0.5 - 0.05 * k + offset)
    return pd.DataFrame(metrics), pd.DataFrame(models)


def samples(captions, dataset="mad", size=(28, 20)):
    height, width = size
    rng = np.random.default_rng(len(captions))
    pixels = rng.integers(0, 256, (len(captions), height, width, 3), dtype=np.uint8)
    frame = pd.DataFrame({"dataset": dataset, "caption": captions, "height": height})
    return frame.assign(width=width, pixels=[image.tobytes() for image in pixels]), pixels


def test_fig2_shows_each_image_above_its_caption():
    captions = ["1-thickening-swelling-fractures-large-blue", "7", *"abcde"]
    table, pixels = samples(captions)
    numbers = fig2.numbers(table)
    assert numbers["sample"].tolist() == list(range(7))
    figure = fig2.draw(numbers, table)
    shown = [ax for ax in figure.axes if ax.images]
    assert [ax.get_xlabel().replace("\n", "") for ax in shown] == captions
    for ax, image in zip(shown, pixels, strict=True):
        np.testing.assert_array_equal(ax.images[0].get_array(), image)
    check(figure)


def test_fig2_shows_the_data_set_with_the_fullest_captions():
    short, _ = samples(["7-red", "a very-long-name"], "a")
    full, pixels = samples(["7-red-large", "8 blue small"], "b", size=(30, 40))
    both = pd.concat([short, full, short.assign(dataset="c")], ignore_index=True)
    numbers = fig2.numbers(both.assign(caption=both["caption"].str.replace(" very", "very")))
    assert numbers.to_dict("list") == {
        "sample": [0, 1],
        "dataset": ["b", "b"],
        "caption": ["7-red-large", "8 blue small"],
    }
    figure = fig2.draw(numbers, both)
    shown = [ax.images[0].get_array() for ax in figure.axes if ax.images]
    np.testing.assert_array_equal(shown, pixels)
    check(figure)


def test_fig2_without_samples_says_so():
    with pytest.raises(InputError, match="no sample of any data set"):
        fig2.numbers(samples(["7"])[0].head(0))


@pytest.mark.parametrize(
    ("caption", "lines"),
    [
        (
            "thinning-unbroken-magenta-unswollen-small-3",
            ["thinning-unbroken-", "magenta-unswollen-", "small-3"],
        ),
        ("two dogs run over wet sand", ["two dogs run over", "wet sand"]),
        ("a-very-verylongwordthatdoesnotfit", ["a-very-", "verylongwordthatdoesnotfit"]),
        ("7", ["7"]),
    ],
)
def test_captions_break_after_spaces_and_hyphens_only(caption, lines):
    assert fig2.in_lines(caption, width=18).split("\n") == lines


def test_fig7a_numbers_hold_seeds_mean_and_interval():
    numbers = fig7a.numbers(*captions_study())
    rows = numbers[(numbers["quantity"] == "RMG") & (numbers["attributes"] == 2)]
    assert rows["value"].tolist() == pytest.approx([0.39, 0.40, 0.41])
    assert rows["mean"].tolist() == pytest.approx([0.4] * 3)
    half = 4.302653 * 0.01 / 3**0.5
    assert rows["low"].tolist() == pytest.approx([0.4 - half] * 3)
    assert rows["high"].tolist() == pytest.approx([0.4 + half] * 3)
    assert rows["n"].tolist() == [3] * 3


def test_fig7a_draws_means_over_k_and_every_seed():
    figure = fig7a.draw(fig7a.numbers(*captions_study()))
    ax = figure.axes[0]
    assert lines(ax, "RMG") == [(list(range(6)), pytest.approx([0.5, 0.45, 0.4, 0.35, 0.3, 0.25]))]
    seeds = [y for _, y in points(ax)]
    assert seeds[0] == pytest.approx([0.49, 0.5, 0.51])
    assert len(seeds) == 6
    (bars,) = (group.get_segments() for group in ax.collections if hasattr(group, "get_segments"))
    assert [bar[0][0] for bar in bars] == list(range(6))
    half = 4.302653 * 0.01 / 3**0.5
    assert bars[2][:, 1] == pytest.approx([0.4 - half, 0.4 + half])
    assert [axis.get_ylabel() for axis in figure.axes] == ["RMG", "MOAD", "zero-shot top-1 [%]"]
    assert "3 seeds" in ax.get_xlabel()
    check(figure)


def test_fig7a_tells_image_from_text_and_objects_from_attributes():
    figure = fig7a.draw(fig7a.numbers(*captions_study(seeds=2)))
    image, text = (lines(figure.axes[1], f"MOAD, {modality}")[0] for modality in ("image", "text"))
    assert image[1][0] == pytest.approx(0.6)
    assert text[1][0] == pytest.approx(0.7)
    ((_, objects),) = lines(figure.axes[2], "zero-shot object [%]")
    ((_, attributes),) = lines(figure.axes[2], "zero-shot attributes [%]")
    assert (objects[0], attributes[0]) == (pytest.approx(50), pytest.approx(53))


def test_fig7a_has_accuracy_by_captions_beside_that_by_words_where_it_was_measured():
    metrics, models = captions_study(seeds=2)
    roles = metrics["metric"].isin(("zero_shot:object", "zero_shot:attributes"))
    renamed = metrics[roles]["metric"].str.replace("zero_shot", "zero_shot_captions")
    more = metrics[roles].assign(metric=renamed, value=metrics["value"] + 0.2)
    numbers = fig7a.numbers(pd.concat([metrics, more], ignore_index=True), models)
    accuracies = numbers[numbers["attributes"] == 0].drop_duplicates("quantity")
    means = accuracies.set_index("quantity")["mean"].filter(like="[%]")
    assert means.to_dict() == pytest.approx(
        {
            "zero-shot object [%]": 50,
            "zero-shot attributes [%]": 53,
            "object, by captions [%]": 70,
            "attributes, by captions [%]": 73,
        }
    )
    figure = fig7a.draw(numbers)
    ((_, objects),) = lines(figure.axes[2], "object, by captions [%]")
    assert objects[0] == pytest.approx(70)
    check(figure)


def test_fig7a_with_one_seed_has_no_bars():
    figure = fig7a.draw(fig7a.numbers(*captions_study(seeds=1)))
    ax = figure.axes[0]
    assert not any(g.get_segments() for g in ax.collections if hasattr(g, "get_segments"))
    assert "n = 1 seed)" in ax.get_xlabel()
    check(figure)


def test_fig7a_keeps_to_the_range_of_the_values_whatever_the_interval():
    metrics, models = captions_study(seeds=2, ks=(1, 5))
    wide = models["seed"].map({0: 0.02, 1: 0.9}).set_axis(models["model"])
    metrics["value"] = metrics["model"].map(wide)
    figure = fig7a.draw(fig7a.numbers(metrics, models))
    assert figure.axes[0].get_ylim() == pytest.approx((-0.03, 1.03))
    assert figure.axes[2].get_ylim() == pytest.approx((-3, 103))
    check(figure)


def histories(ks=(5,), seeds=2):
    models = [model_row(f"k{k}-s{seed}", k, seed) for k in ks for seed in range(seeds)]
    rows = [
        {
            "model": model["model"],
            "step": step,
            "loss": 6.0 - step / 10 + model["seed"],
            "rmg": 0.9 - step / 100 + 0.1 * model["seed"] if step % 10 == 0 else np.nan,
            "l2m": 1.5 - step / 100 if step % 10 == 0 else np.nan,
        }
        for model in models
        for step in range(31)
    ]
    return pd.DataFrame(rows), pd.DataFrame(models)


def test_fig7b_shows_the_probed_steps_of_models_with_full_captions():
    numbers = fig7b.numbers(*histories(ks=(1, 5)))
    assert set(numbers["model"]) == {"k5-s0", "k5-s1"}
    assert sorted(numbers["step"].unique()) == [0, 10, 20, 30]
    start = numbers[(numbers["step"] == 0) & (numbers["quantity"] == "rmg")]
    assert start["mean"].tolist() == pytest.approx([0.95, 0.95])


def test_fig7b_draws_each_seed_and_the_mean_from_zero_up():
    figure = fig7b.draw(fig7b.numbers(*histories()))
    ax = figure.axes[0]
    assert lines(ax, "one seed") == [
        ([0, 10, 20, 30], pytest.approx([0.9, 0.8, 0.7, 0.6])),
        ([0, 10, 20, 30], pytest.approx([1.0, 0.9, 0.8, 0.7])),
    ]
    assert lines(ax, "mean of n = 2 seeds")[0][1] == pytest.approx([0.95, 0.85, 0.75, 0.65])
    assert [axis.get_ylabel() for axis in figure.axes] == ["RMG", "L2M", "loss [nats]"]
    assert all(axis.get_ylim()[0] == 0 for axis in figure.axes)
    check(figure)


def test_fig7b_with_one_seed_has_no_band():
    figure = fig7b.draw(fig7b.numbers(*histories(seeds=1)))
    assert not figure.axes[0].collections
    check(figure)


def test_fig7b_says_how_full_the_fullest_captions_are():
    numbers = fig7b.numbers(*histories(ks=(1, 2)))
    assert set(numbers["attributes"]) == {2}
    assert fig7b.draw(numbers).axes[0].get_xlabel() == "training step (k = 2)"


def test_fig7b_without_a_probed_step_names_the_models():
    table, models = histories(seeds=1)
    with pytest.raises(InputError, match=r"no probed step of \['k5-s0'\]"):
        fig7b.numbers(table.assign(rmg=np.nan), models)


def main_factor_study(factors=FACTORS):
    """Each model's bias is 0.5 towards its own factor, −0.1 − column / 100 elsewhere."""
    models, metrics = [], []
    for main in factors:
        models.append(model_row(main, 1, 0, main_factor=main))
        for column, factor in enumerate(FACTORS):
            for modality, sign in (("image", 1), ("text", 0.5)):
                bias = 0.5 if factor == main else -0.1 - column / 100
                metrics.append(metric_row(main, f"bias:{factor}", sign * bias, modality))
    return pd.DataFrame(metrics), pd.DataFrame(models)


def test_fig6b_has_a_row_per_always_present_factor_and_a_column_per_factor():
    figure = fig6b.draw(fig6b.numbers(*main_factor_study()))
    image, text = figure.axes[:2]
    expected = np.full((6, 6), -0.1) - np.arange(6) / 100
    np.fill_diagonal(expected, 0.5)
    np.testing.assert_allclose(image.collections[0].get_array(), expected)
    np.testing.assert_allclose(text.collections[0].get_array(), expected / 2)
    assert [label.get_text() for label in image.get_xticklabels()] == list(FACTORS)
    assert [label.get_text() for label in image.get_yticklabels()] == list(FACTORS)
    assert image.texts[0].get_text() == "0.50"
    assert image.texts[1].get_text() == "−0.11"
    check(figure)


def test_fig6b_shows_each_kind_of_temperature():
    metrics, models = main_factor_study()
    fixed = models.assign(
        model=models["model"] + "-fixed", learnable_temperature=False, initial_temperature=1.0
    )
    more = metrics.assign(model=metrics["model"] + "-fixed", value=2 * metrics["value"])
    numbers = fig6b.numbers(pd.concat([metrics, more]), pd.concat([models, fixed]))
    assert list(numbers["temperature"].unique()) == ["learnt", "fixed at 1"]
    figure = fig6b.draw(numbers)
    limits = [ax.collections[0].get_clim()[1] for ax in figure.axes[:4]]
    assert limits == pytest.approx([0.5, 0.5, 1.0, 1.0])
    assert figure.axes[2].get_title() == "image embeddings, temperature fixed at 1"
    check(figure)


def test_fig6b_frames_the_own_factor_of_each_row():
    figure = fig6b.draw(fig6b.numbers(*main_factor_study(factors=("digit", "scale", "colour"))))
    frames = [patch.get_xy() for patch in figure.axes[0].patches]
    assert frames == [(0, 0), (4, 1), (5, 2)]
    check(figure)


def test_fig6b_leaves_out_models_with_other_captions():
    metrics, models = main_factor_study()
    extra = pd.DataFrame([model_row("full", 5)])
    rows = [metric_row("full", f"bias:{f}", 9.0, m) for f in FACTORS for m in ("image", "text")]
    numbers = fig6b.numbers(pd.concat([metrics, pd.DataFrame(rows)]), pd.concat([models, extra]))
    assert "full" not in set(numbers["model"])
    assert numbers["value"].max() == 0.5


def test_fig6b_writes_white_on_dark_cells_only():
    image, text = fig6b.draw(fig6b.numbers(*main_factor_study())).axes[:2]
    assert [cell.get_text() for cell in image.texts if cell.get_color() == "white"] == ["0.50"] * 6
    assert {cell.get_color() for cell in text.texts} == {"black"}


def test_fig7a_shows_image_and_text_in_their_own_colours():
    moad = fig7a.draw(fig7a.numbers(*captions_study())).axes[1]
    entries = {line.get_label(): line for line in moad.get_lines()}
    for modality in ("image", "text"):
        colour, marker, _ = ROLES[modality]
        assert entries[f"MOAD, {modality}"].get_color() == colour
        assert entries[f"MOAD, {modality}"].get_marker() == marker


def test_fig6b_colours_are_symmetric_about_zero_and_shared():
    figure = fig6b.draw(fig6b.numbers(*main_factor_study()))
    assert [ax.collections[0].get_clim() for ax in figure.axes[:2]] == [(-0.5, 0.5)] * 2


def test_fig6b_takes_the_factors_from_the_metric_table():
    metrics, models = main_factor_study(factors=("digit", "scale"))
    metrics = metrics[metrics["metric"].isin(["bias:scale", "bias:digit"])]
    metrics = metrics.replace({"bias:scale": "bias:size"})
    models["main_factor"] = ["digit", "size"]
    figure = fig6b.draw(fig6b.numbers(metrics.iloc[::-1], models))
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["size", "digit"]
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == ["size", "digit"]


def test_fig6b_leaves_a_cell_without_a_bias_empty():
    metrics, models = main_factor_study()
    lost = (metrics["model"] == "digit") & (metrics["metric"] == "bias:colour")
    figure = fig6b.draw(fig6b.numbers(metrics[~lost], models))
    assert "nan" not in {text.get_text() for text in figure.axes[0].texts}
    assert len(figure.axes[0].texts) == 35


def test_fig6b_without_a_fitting_model_says_what_it_needs():
    metrics, models = main_factor_study()
    with pytest.raises(InputError, match="0 of 6 models with one attribute"):
        fig6b.numbers(metrics, models.assign(attributes=5))


@pytest.mark.parametrize("module", [fig6b, fig7a, fig7b])
def test_models_that_were_not_trained_here_are_refused_with_a_reason(module):
    metrics, models = captions_study()
    with pytest.raises(InputError, match=r"no column .*attributes.* models are trained here"):
        module.numbers(metrics, models[["model", "group"]])
