"""Imbalance in bits: captions poorer than images, and images poorer than captions."""

import pandas as pd
from matplotlib.figure import Figure

from modgap.mad.captions import CaptionSpec
from modgap.mad.information import information
from modgap.plots.seeds import curves_over_seeds
from modgap.plots.theme import (
    TEXT_WIDTH,
    keep_within,
    legend_below,
    line_styles,
    new_figure,
    seeds_text,
    styled,
)
from modgap.stats.quantities import ATTRIBUTES, L2M, MOAD_IMAGE, MOAD_TEXT, OBJECT, RMG
from modgap.stats.summaries import check_columns, per_model, with_interval
from modgap.study.mad_datasets import factors_of

# What is poorer in an experiment, by the setting that it varies.
_DRAWN = "captions poorer: attributes drawn"
_POORER = {
    "unnamed": "captions poorer: attributes never named",
    "hidden": "images poorer: attributes never shown",
}
_CURVES = (_DRAWN, *_POORER.values())
_QUANTITIES = (RMG, L2M, MOAD_IMAGE, MOAD_TEXT, OBJECT, ATTRIBUTES)


def numbers(metrics: pd.DataFrame, models: pd.DataFrame, confidence: float = 0.95) -> pd.DataFrame:
    """Gap, object bias and accuracy of every model beside the bits of its images and captions.

    Parameters
    ----------
    metrics
        Metric table of one or several experiments.
    models
        Model table with columns experiment, main_factor, attributes, unnamed, hidden and seed.
    confidence
        Of the interval over seeds, in (0, 1).

    Returns
    -------
    pandas.DataFrame
        One row per model and quantity: poorer (what its experiment makes poorer), shared,
        image_only, caption_only (bits, `modgap.mad.information.Information`), bits (the last two
        together), imbalance (their difference; negative where images are poorer), quantity, seed,
        model, value (accuracies in per cent), mean, low, high (Student's t), n (seeds).

    Raises
    ------
    InputError
        For models that were not trained here.
    """
    settings = ["main_factor", "attributes", "unnamed", "hidden"]
    check_columns(models, ["experiment", *settings, "seed"], "imbalance")
    # An empty cell of a file is a missing value.
    models = models.assign(**{name: models[name].fillna("") for name in ("unnamed", "hidden")})
    models = models.assign(poorer=_DRAWN)
    for name, text in _POORER.items():
        varied = models.groupby("experiment")[name].transform(lambda cells: cells.ne("").any())
        models["poorer"] = models["poorer"].mask(varied.astype(bool), text)
    bits = pd.DataFrame([_bits(*row) for row in models[settings].itertuples(index=False)])
    models = pd.concat([models.reset_index(drop=True), bits], axis="columns")
    frame = per_model(metrics, models, _QUANTITIES)
    columns = ["poorer", *bits.columns, *settings, "quantity", "seed", "model", "value"]
    frame = frame[columns].sort_values(["poorer", "imbalance", "seed"], kind="stable")
    level = ["poorer", "imbalance", *settings, "quantity"]
    return with_interval(frame.reset_index(drop=True), level, confidence)


def _bits(main_factor: str, attributes: int, unnamed: str, hidden: str) -> dict[str, float]:
    captions = CaptionSpec(main_factor, int(attributes), factors_of(unnamed))
    shares = information(captions, factors_of(hidden))
    return {
        "shared": shares.shared,
        "image_only": shares.image_only,
        "caption_only": shares.caption_only,
        "bits": shares.image_only + shares.caption_only,
        "imbalance": shares.image_only - shares.caption_only,
    }


@styled
def draw(numbers: pd.DataFrame) -> Figure:
    """A panel per quantity over the imbalance, a line per kind of it; seeds, mean and interval."""
    figure, axes = new_figure(2, 3, TEXT_WIDTH, 4.6)
    shown = [name for name in _CURVES if (numbers["poorer"] == name).any()]
    styles = {name: style for name, style in line_styles(list(_CURVES)).items() if name in shown}
    for ax, quantity in zip(axes.flat, _QUANTITIES, strict=True):
        rows = numbers[numbers["quantity"] == quantity.label]
        curves_over_seeds(ax, rows, "imbalance", "poorer", styles)
        ax.axvline(0, color="0.7", lw=0.6, zorder=0)
        ax.set_ylabel(quantity.label)
        ax.set_xlabel("")
    for ax in axes[1]:
        ax.set_xlabel(f"bits of images less captions\n({seeds_text(numbers['n'])})")
    keep_within(axes[0, 0], 0, 1)
    for ax in axes[1, 1:]:
        keep_within(ax, 0, 100)
    legend_below(figure, axes.flat, columns=1)
    return figure
