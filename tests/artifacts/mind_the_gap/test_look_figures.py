"""Figures made of looks at models."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.figure_checks import check, lines, points
from helpers.public_features import paired

from modgap.artifacts.mind_the_gap import fig1, fig2a, fig2c, fig3a, fig3b
from modgap.artifacts.mind_the_gap._temperatures import temperature_text
from modgap.claims.reference import read_reference_values
from modgap.errors import InputError
from modgap.measure.looks import cosines, gap_pca, loss_landscape

CONFIG = Path(__file__).parents[3] / "config"


@pytest.fixture(scope="module")
def reference():
    return read_reference_values(CONFIG / "reference_values.tsv")


def embedded(model, seed=0, n=60):
    rng = np.random.default_rng(seed)
    base = rng.normal(size=(n, 8))
    return paired(base + 0.3 * rng.normal(size=(n, 8)) + 1, base - 1, model)


def projection(models, pairs=5):
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        [
            (model, "d", method, modality, pair, *rng.normal(size=2))
            for model in models
            for method in ("svd", "umap")
            for modality in ("image", "text")
            for pair in range(pairs)
        ],
        columns=["model", "dataset", "method", "modality", "pair", "x", "y"],
    )


@pytest.mark.parametrize("count", [1, 2, 5])
def test_fig1_has_two_panels_per_model(count):
    numbers = fig1.numbers(projection([f"m{k}" for k in range(count)]))
    figure = fig1.draw(numbers)
    check(figure)
    shown = [ax for ax in figure.axes if ax.axison]
    assert len(shown) == 2 * count
    first = numbers[(numbers["model"] == "m0") & (numbers["method"] == "svd")]
    images = first[first["modality"] == "image"]
    assert points(figure.axes[0], "image") == [(images["x"].tolist(), images["y"].tolist())]
    pair_lines = figure.axes[0].collections[0].get_segments()
    texts = first[first["modality"] == "text"]
    ends = np.stack([images[["x", "y"]], texts[["x", "y"]]], axis=1)
    np.testing.assert_allclose(pair_lines, ends)


def encoders():
    looks = [cosines.look(*embedded(model, seed), seed=0) for seed, model in enumerate("ab")]
    models = pd.DataFrame(
        {"model": ["a", "b"], "architecture": "ViT-B-32", "kind": ["random", "open_clip"]}
    )
    return pd.concat(looks), models


def test_fig2a_stands_beside_the_published_statistics(reference):
    numbers = fig2a.numbers(*encoders(), reference, encoders()[0].iloc[:0])
    rows = numbers.set_index(["encoder", "weights", "quantity"])["paper_value"]
    assert rows["ViT-B-32", "random", "mean"] == 0.7172
    assert rows["ViT-B-32", "pretrained", "sd"] == 0.0900
    assert rows["text transformer", "random", "minimum"] == 0.210
    assert rows.loc[:, :, "median"].isna().all()
    assert set(numbers["data"]) == {"real"}
    figure = fig2a.draw(numbers)
    check(figure)
    assert [ax.get_title() for ax in figure.axes] == [
        "pretrained weights, real",
        "random weights, real",
    ]


def test_fig2a_tells_noise_from_data(reference):
    look, models = encoders()
    numbers = fig2a.numbers(look.iloc[:0], models, reference, look.assign(dataset="noise"))
    means = numbers[numbers["quantity"] == "mean"].set_index(["encoder", "weights"])
    assert means.loc[("ViT-B-32", "random"), "paper_value"] == 0.9366
    assert np.isnan(means.loc[("ViT-B-32", "pretrained"), "paper_value"])


def test_fig2a_needs_to_know_the_architectures(reference):
    look, models = encoders()
    with pytest.raises(InputError, match="no column architecture"):
        fig2a.numbers(look, models.drop(columns="architecture"), reference, look.iloc[:0])


def pooled(models=4, d=12):
    values = np.linspace(5, 1, d)
    components = pd.DataFrame(
        {
            "dataset": "d",
            "modality": "image",
            "component": np.arange(1, d + 1),
            "singular_value": values,
            "explained_variance": values / values.sum(),
            "break_after": models - 1,
            "between": 0.5,
            "models": models,
        }
    )
    rng = np.random.default_rng(0)
    shown = pd.DataFrame(rng.normal(size=(3 * models, 2)), columns=["x", "y"])
    shown = shown.assign(dataset="d", modality="image", item="i")
    shown["model"] = np.repeat([f"s{k}" for k in range(models)], 3)
    return pd.concat([components, shown], ignore_index=True)


def test_fig2c_shows_the_plane_and_the_break(reference):
    numbers = fig2c.numbers(pooled(30, d=40), reference)
    stated = numbers.dropna(subset=["paper_value"]).set_index("component")["paper_value"]
    assert stated.to_dict() == {24: 49.8, 25: 34.1}
    figure = fig2c.draw(fig2c.numbers(pooled(), reference))
    check(figure)
    plane, values = figure.axes
    assert len(points(plane)[0][0]) == 12
    assert values.get_title() == "largest drop after 3"
    assert lines(values)[0][0] == list(range(1, 9))


def test_fig3a_has_the_published_shares_beside_every_model(reference):
    look = pd.concat([gap_pca.look(*embedded(model), seed=0) for model in ("a", "b", "c")])
    numbers = fig3a.numbers(look, reference)
    first = numbers[numbers["component"] == 1]
    assert first["paper_value"].tolist() == [0.252] * 3
    assert (first["paper_note"] == "ViT-B-32 on coco").all()
    figure = fig3a.draw(numbers)
    check(figure)
    heights = [bar.get_height() for bar in figure.axes[0].patches]
    own = numbers[numbers["model"] == "a"]["explained_variance"]
    assert heights == pytest.approx(own.tolist()[: len(heights)])


def test_fig3b_marks_default_and_minimum_and_has_the_published_ones(reference):
    look = pd.concat([loss_landscape.look(*embedded(model), seed=0) for model in ("a", "b")])
    numbers = fig3b.numbers(look, reference)
    assert numbers["default"].sum() == 2 * 6 * 2
    hot = numbers[np.isclose(numbers["temperature"], 1) & (numbers["sides"] == "one")]
    default, least = hot[hot["default"]].iloc[0], hot[hot["minimum"] & ~hot["default"]].iloc[0]
    assert (default["paper_gap"], default["paper_loss"]) == (0.8221, 3.763)
    assert (least["paper_gap"], least["paper_loss"]) == (0.1, 3.735)
    assert numbers.loc[numbers["sides"] == "both", "paper_loss"].isna().all()
    figure = fig3b.draw(numbers)
    check(figure)
    curve = hot[hot["model"] == "a"].sort_values("shift")
    drawn = lines(figure.axes[5], "a, image to text, as published")
    assert drawn[0][1] == pytest.approx(curve["loss"].tolist())
    assert figure.axes[0].get_title() == "τ = 1/100"


def test_fig3b_has_for_public_features_what_was_measured_on_them(reference):
    look = loss_landscape.look(*embedded("features_clip"), seed=0)
    numbers = fig3b.numbers(look, reference)
    row = numbers[numbers["default"] & np.isclose(numbers["temperature"], 1 / 50)]
    assert row.set_index("sides")["paper_loss"].to_dict() == {"one": 0.649, "both": 0.670}


@pytest.mark.parametrize(
    ("value", "text"), [(1.0, "1"), (1 / 30, "1/30"), (0.07, "0.07"), (0.001, "1/1000")]
)
def test_temperatures_are_written_as_in_the_sheet(value, text):
    assert temperature_text(value) == text
