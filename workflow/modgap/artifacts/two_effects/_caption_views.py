"""What models trained on different views of captions came to: gap, recall and loss by view."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.figure import Figure

from modgap.errors import InputError
from modgap.plots.seeds import curves_over_seeds
from modgap.plots.theme import (
    TEXT_WIDTH,
    legend_below,
    line_styles,
    new_figure,
    seeds_text,
    styled,
    wrapped,
)
from modgap.stats.quantities import L2M, RMG, Quantity
from modgap.stats.summaries import check_columns, per_model, with_interval

LOSS = "loss at the end [nats]"
TRAINING = "training captions"
# Over this share of the steps, the last ones, the loss is averaged: one batch says little.
_END = 0.1
_RECALLS = {
    "image_to_text": "R@1, image to text [%]",
    "text_to_image": "R@1, text to image [%]",
}
_COLUMNS = ["data", "captions", "quantity", "seed", "model", "value"]


def view_numbers(
    metrics: pd.DataFrame,
    histories: pd.DataFrame,
    models: pd.DataFrame,
    quantities: Mapping[str, Sequence[Quantity]],
    views: Mapping[str, str],
    confidence: float,
    artifact: str,
) -> pd.DataFrame:
    """Gap and recall on every data set, and the loss at the end of training, by view.

    Parameters
    ----------
    metrics, histories, models
        As the artifacts are given them; the model table has columns captions and seed.
    quantities
        Role → quantities; the data sets are those of retrieval.
    views
        The views to show, in this order, by what readers call them; models of others are left out.
    confidence
        Of the interval over seeds, in (0, 1).
    artifact
        Its name, for messages.

    Returns
    -------
    pandas.DataFrame
        One row per data set, view, quantity and model: data (what readers call the data set;
        "training captions" for the loss), captions, quantity, seed, model, value (recalls in per
        cent), mean, low, high (Student's t), n (seeds).

    Raises
    ------
    InputError
        If no model has such a view, or the histories lack one.
    """
    check_columns(models, ["captions", "seed"], artifact)
    # A model that several of the experiments have is in several tables.
    metrics, models = metrics.drop_duplicates(), models.drop_duplicates("model")
    shown = models[models["captions"].isin(list(views))]
    if shown.empty:
        raise InputError(
            f"{artifact}: none of the {len(models)} models was trained on the views "
            f"{', '.join(views)} of captions"
        )
    parts = [_losses(histories, shown, artifact)]
    for recall in quantities["retrieval"]:
        title = recall.label.partition(" R@1")[0]
        named = per_model(metrics, shown, [recall])
        parts.append(named.assign(data=title, quantity=_RECALLS[recall.modality]))
        if recall.modality == "image_to_text":
            gaps = [RMG.on(recall.dataset), L2M.on(recall.dataset)]
            parts.append(per_model(metrics, shown, gaps).assign(data=title))
    frame = pd.concat(parts, ignore_index=True)[_COLUMNS]
    order = {name: place for place, name in enumerate(views)}
    frame = frame.sort_values(
        ["data", "quantity", "captions", "seed"],
        key=lambda column: column.map(order) if column.name == "captions" else column,
        kind="stable",
        ignore_index=True,
    )
    return with_interval(frame, ["data", "captions", "quantity"], confidence)


def _losses(histories: pd.DataFrame, models: pd.DataFrame, artifact: str) -> pd.DataFrame:
    """The mean loss of each model over the last tenth of its steps, at least one."""
    steps = histories.groupby("model")["step"].transform("max")
    ends = histories[histories["step"] > (1 - _END) * steps]
    losses = ends.groupby("model")["loss"].mean().rename("value")
    known = models.merge(losses, left_on="model", right_index=True)
    if len(known) < len(models):
        lost = sorted(set(models["model"]) - set(known["model"]))
        raise InputError(f"{artifact}: no training history of {lost[0]!r}")
    return known.assign(data=TRAINING, quantity=LOSS)


@styled
def draw_views(numbers: pd.DataFrame, views: Mapping[str, str]) -> Figure:
    """Five panels over the views: RMG, L2M, both recalls, loss; seeds, mean and interval."""
    quantities = [RMG.label, L2M.label, *_RECALLS.values(), LOSS]
    figure, axes = new_figure(1, len(quantities), TEXT_WIDTH, 2.3)
    styles = line_styles(dict.fromkeys(numbers["data"]))
    present = [name for name in views if name in set(numbers["captions"])]
    for ax, quantity in zip(axes[0], quantities, strict=True):
        rows = numbers[numbers["quantity"] == quantity]
        rows = rows.assign(place=rows["captions"].map(present.index))
        curves_over_seeds(ax, rows, "place", "data", styles)
        ax.set_title(wrapped(quantity))
        ax.set_xticks(range(len(present)), [views[name] for name in present])
        ax.set_xlim(-0.4, len(present) - 0.6)
        ax.set_ylim(0, 1.05 * ax.get_ylim()[1])  # or values that are alike lose half a marker
        ax.set(xlabel="", ylabel="")
    axes[0, 2].set_xlabel(f"trained on ({seeds_text(numbers['n'])})")
    legend_below(figure, axes[0])
    return figure
