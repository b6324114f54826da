"""Fig 7a: gap, object bias and accuracy of models trained with 0…5 attributes in the caption."""

import pandas as pd
from matplotlib.figure import Figure

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
from modgap.stats.quantities import (
    ATTRIBUTES,
    ATTRIBUTES_BY_CAPTIONS,
    MOAD_IMAGE,
    MOAD_TEXT,
    OBJECT,
    OBJECT_BY_CAPTIONS,
    RMG,
)
from modgap.stats.summaries import check_columns, per_model, with_interval

_PANELS = {
    "RMG": (RMG,),
    "MOAD": (MOAD_IMAGE, MOAD_TEXT),
    "zero-shot top-1 [%]": (OBJECT, ATTRIBUTES, OBJECT_BY_CAPTIONS, ATTRIBUTES_BY_CAPTIONS),
}
# Image and text in the colours that they have elsewhere.
_STYLED = (
    *(MOAD_IMAGE, MOAD_TEXT, RMG),
    *(OBJECT, ATTRIBUTES, OBJECT_BY_CAPTIONS, ATTRIBUTES_BY_CAPTIONS),
)
_OPTIONAL = (OBJECT_BY_CAPTIONS, ATTRIBUTES_BY_CAPTIONS)
_QUANTITIES = [quantity for panel in _PANELS.values() for quantity in panel]


def numbers(metrics: pd.DataFrame, models: pd.DataFrame, confidence: float = 0.95) -> pd.DataFrame:
    """RMG, MOAD and zero-shot accuracy of every model, with the mean over seeds.

    Parameters
    ----------
    metrics
        Metric table.
    models
        Model table with columns attributes (k, beside the main factor) and seed.
    confidence
        Of the interval over seeds, in (0, 1).

    Returns
    -------
    pandas.DataFrame
        One row per model and quantity: attributes (k), quantity, seed, model, value (accuracies in
        per cent), mean, low, high (Student's t), n (seeds). Accuracies are by single words as
        prompts, and, where they were measured, by captions of the model's own kind.
    """
    check_columns(models, ["attributes", "seed"], "fig7a")
    measured = set(metrics["metric"])
    quantities = [q for q in _QUANTITIES if q not in _OPTIONAL or measured.issuperset(q.metrics)]
    frame = per_model(metrics, models, quantities)
    frame = frame[["attributes", "quantity", "seed", "model", "value"]]
    frame = frame.sort_values(["attributes", "seed"], kind="stable", ignore_index=True)
    return with_interval(frame, ["attributes", "quantity"], confidence)


@styled
def draw(numbers: pd.DataFrame) -> Figure:
    """Three panels over k: RMG, MOAD of both modalities, accuracy; seeds, mean and interval."""
    figure, axes = new_figure(1, 3, TEXT_WIDTH, 2.5)
    styles = line_styles([quantity.label for quantity in _STYLED])
    for ax, (label, quantities) in zip(axes[0], _PANELS.items(), strict=True):
        names = [quantity.label for quantity in quantities]
        shown = numbers[numbers["quantity"].isin(names)]
        own_styles = {name: styles[name] for name in names}
        curves_over_seeds(ax, shown, "attributes", "quantity", own_styles)
        ax.set_ylabel(label)
        ax.set_xlabel(f"attributes in the caption, k\n({seeds_text(numbers['n'])})")
        ax.set_xticks(sorted(numbers["attributes"].unique()))
    keep_within(axes[0, 0], 0, 1)
    keep_within(axes[0, 2], 0, 100)
    axes[0, 1].axhline(0, color="0.6", lw=0.6, zorder=0)
    legend_below(figure, axes[0], columns=5)
    return figure
