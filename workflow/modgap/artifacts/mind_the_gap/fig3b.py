"""Fig 3b–d: the contrastive loss against the gap, at six temperatures."""

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from modgap.artifacts.mind_the_gap._temperatures import temperature_text
from modgap.claims.paper_values import stated_values, with_paper_values
from modgap.plots.theme import COLOURS, TEXT_WIDTH, legend_below, line_styles, new_figure, styled

_SOURCE = ("mind_the_gap", "fig3b")
# Models that no value is stated for stand beside the paper's own.
_PAPER = "ViT-B-32"
_SIDES = {"one": "image to text, as published", "both": "both directions"}


def numbers(look: pd.DataFrame, reference: pd.DataFrame) -> pd.DataFrame:
    """The loss at every shift, with the published minima and defaults beside it.

    Parameters
    ----------
    look
        The look `loss_landscape`: model, dataset, temperature, sides, shift, gap, loss, minimum, n.
    reference
        Stated values.

    Returns
    -------
    pandas.DataFrame
        The same with default (no shift) and, at the default and at the minimum of each curve,
        paper_gap, paper_loss and paper_note: of the model itself where something is stated of it,
        else of ViT-B/32 on 5,000 pairs of COCO.
    """
    frame = look.reset_index(drop=True).assign(default=lambda rows: rows["shift"] == 0)
    stated = reference[(reference[["source", "artifact"]] == list(_SOURCE)).all(axis=1)]
    own = set(stated["model"]) if "model" in stated else set()
    keys = pd.DataFrame(
        {
            "model": frame["model"].where(frame["model"].isin(own), _PAPER),
            "temperature": frame["temperature"].map(temperature_text),
            "sides": frame["sides"],
        }
    )
    at_minimum = frame["minimum"]
    gap = with_paper_values(frame, reference, (*_SOURCE, "argmin_gap"), keys)
    least = with_paper_values(frame, reference, (*_SOURCE, "minimum_loss"), keys)
    at = keys.assign(at=frame["default"].map({True: "default gap", False: ""}))
    plain = with_paper_values(frame, reference, (*_SOURCE, "loss"), at)
    frame["paper_gap"] = gap["paper_value"].where(at_minimum)
    default = stated_values(reference, ("mind_the_gap", "gap", "l2m"))
    for model, value in zip(default.get("model", ()), default["value"], strict=False):
        frame.loc[frame["default"] & (keys["model"] == model), "paper_gap"] = value
    frame["paper_loss"] = plain["paper_value"].fillna(least["paper_value"].where(at_minimum))
    known = frame[["paper_gap", "paper_loss"]].notna().any(axis=1)
    at_least = plain["paper_value"].isna() & at_minimum
    notes = plain["paper_note"].mask(at_least, gap["paper_note"])
    frame["paper_note"] = (keys["model"] + ": " + notes).str.removesuffix(": ").where(known, "")
    return frame


@styled
def draw(numbers: pd.DataFrame) -> Figure:
    """A panel per temperature: curves by model; default gap as a line, minimum as a star."""
    temperatures = list(numbers["temperature"].unique())
    figure, axes = new_figure(2, -(-len(temperatures) // 2), TEXT_WIDTH, 3.9)
    styles = line_styles(f"model {name}" for name in numbers["model"].unique())
    for ax, temperature in zip(axes.flat, temperatures, strict=False):
        rows = numbers[numbers["temperature"] == temperature]
        for model, curves in rows.groupby("model", sort=False):
            _model(ax, curves, model, styles[f"model {model}"][0])
        ax.set(xlabel="", ylabel="", title=f"τ = {temperature_text(temperature)}")
    for ax in axes[-1]:
        ax.set_xlabel("gap (signed distance of centres)")
    for ax in axes[:, 0]:
        ax.set_ylabel("loss [nats]")
    legend_below(figure, axes.flat, columns=2)
    return figure


def _model(ax: Axes, rows: pd.DataFrame, model: str, colour: str) -> None:
    for sides, dash in (("one", "-"), ("both", "--")):
        curve = rows[rows["sides"] == sides].sort_values("shift")
        style = {"color": colour, "ls": dash, "lw": 1, "label": f"{model}, {_SIDES[sides]}"}
        # In the order of the shift: the gap may turn back on itself at the ends.
        sns.lineplot(
            curve, x="gap", y="loss", sort=False, estimator=None, legend=False, ax=ax, **style
        )
        least = curve[curve["minimum"]]
        star = {"marker": "*", "s": 50, "color": colour, "zorder": 4, "linewidth": 0}
        label = "minimum" if model == rows["model"].iloc[0] and sides == "one" else None
        sns.scatterplot(least, x="gap", y="loss", label=label, legend=False, ax=ax, **star)
    default = rows.loc[rows["default"], "gap"].iloc[0]
    ax.axvline(default, color=colour, lw=0.8, ls=":", label=f"{model}, default gap")
    paper = rows[(rows["sides"] == "one") & rows["paper_loss"].notna()]
    if (paper["paper_note"].str.startswith(_PAPER)).any():
        circle = {"facecolor": "none", "edgecolor": COLOURS["black"], "s": 22, "zorder": 5}
        label = "published, ViT-B/32"
        places = {"x": "paper_gap", "y": "paper_loss", "ax": ax}
        sns.scatterplot(paper, label=label, legend=False, **places, **circle)
