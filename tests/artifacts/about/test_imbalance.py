"""Imbalance in bits: what each experiment makes poorer, by how much, and what came of it."""

from math import log2

import numpy as np
import pandas as pd
import pytest
from helpers.figure_checks import check
from helpers.synthetic_results import metrics_of, model_row, zoo

from modgap.artifacts.about import imbalance
from modgap.claims.estimates import estimates
from modgap.claims.selector import parse_selector
from modgap.errors import InputError

ALL = "thickness+swelling+fracture+scale+colour"
LEVELS = (
    *(("captions", k, "", "") for k in range(6)),
    *(("never_named", 5, names, "") for names in ("", "scale", ALL)),
    *(("never_shown", 5, "", names) for names in ("", "colour", ALL)),
)


def study(seeds=2):
    """Models whose RMG is a tenth of the bits of imbalance, whichever way it goes."""
    models, metrics = [], []
    bits = {"": 0, "scale": 1, "colour": log2(7), ALL: 3 + log2(3) + log2(7)}
    for experiment, attributes, unnamed, hidden in LEVELS:
        for seed in range(seeds):
            name = f"{experiment}-{attributes}-{unnamed}-{hidden}-{seed}"
            row = model_row(name, attributes, seed)
            # What a model table read from its file has where nothing is left out.
            empty = {"unnamed": unnamed or np.nan, "hidden": hidden or np.nan}
            models.append({**row, "experiment": experiment, **empty})
            level = bits[unnamed] + bits[hidden] + bits[ALL] * (1 - attributes / 5)
            metrics += metrics_of(name, 0.1 * level + 0.001 * seed)
    return pd.DataFrame(metrics), pd.DataFrame(models)


def test_bits_stand_beside_the_values():
    numbers = imbalance.numbers(*study())
    rmg = numbers[numbers["quantity"] == "RMG"]
    assert len(rmg) == 2 * len(LEVELS)
    np.testing.assert_allclose(rmg["value"] - 0.001 * rmg["seed"], 0.1 * rmg["bits"], atol=1e-9)
    np.testing.assert_allclose(rmg["bits"], rmg["image_only"] + rmg["caption_only"])
    images = rmg["poorer"].str.startswith("images")
    assert (rmg.loc[images, "imbalance"] <= 0).all()
    assert (rmg.loc[~images, "imbalance"] >= 0).all()
    assert rmg["n"].unique() == 2


def test_each_experiment_is_of_what_it_makes_poorer():
    numbers = imbalance.numbers(*study())
    names = numbers.groupby("poorer")["model"].agg(lambda cells: set(cells.str.split("-").str[0]))
    assert names.to_dict() == {
        "captions poorer: attributes drawn": {"captions"},
        "captions poorer: attributes never named": {"never_named"},
        "images poorer: attributes never shown": {"never_shown"},
    }


def test_the_claims_read_a_trend_over_bits():
    numbers = imbalance.numbers(*study(seeds=3))
    quantity = 'trend value over bits where quantity=RMG and poorer="{}"'
    for poorer, n in zip(numbers["poorer"].unique(), (18, 9, 9), strict=True):
        (found,) = estimates(parse_selector(quantity.format(poorer)), numbers)
        assert found.n == n
        assert found.value > 0.8
        assert found.seeds == 3


@pytest.mark.parametrize("seeds", [1, 3])
def test_it_is_drawn(seeds):
    figure = imbalance.draw(imbalance.numbers(*study(seeds)))
    labels = [ax.get_ylabel() for ax in figure.axes]
    assert labels[:4] == ["RMG", "L2M", "MOAD, image", "MOAD, text"]
    assert len(figure.legends[0].get_texts()) == 3
    check(figure)


def test_one_direction_alone_is_drawn():
    metrics, models = study()
    models = models[models["experiment"] == "never_shown"].reset_index(drop=True)
    figure = imbalance.draw(imbalance.numbers(metrics, models))
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "images poorer: attributes never shown"
    ]
    check(figure)


def test_models_that_were_not_trained_here_are_refused():
    metrics, models = zoo()
    with pytest.raises(InputError, match="model table of imbalance: no column"):
        imbalance.numbers(metrics, models)
