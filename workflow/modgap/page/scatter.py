"""The interactive scatter: every model of an experiment, a gap against a score."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd

from modgap.errors import InputError
from modgap.formats.tables import read_frames
from modgap.stats.quantities import L2M, RMG, model_values, role_quantities
from modgap.study.study import Study

ROLES = ("retrieval", "classification", "attributes")
COLUMNS = ("experiment", "model", "training_set", "x_name", "x", "y_name", "y")
UNKNOWN = "not known"
_log = logging.getLogger(__name__)


def scatter_points(study: Study, results: Path) -> pd.DataFrame:
    """Every model of every experiment with scores: each gap against each score.

    Parameters
    ----------
    study
        What was declared.
    results
        The study's results folder. An experiment whose tables are not there, or hold no score, is
        left out, which is logged.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`; `x_name` and `y_name` are the labels of gap and score, the gap is that on
        the data set of the score. The experiment with the most models comes first.
    """
    parts = []
    for name in study.tabled:
        try:
            parts.append(_points_of(study, results, name))
        except InputError as error:
            _log.info("scatter: %s is left out: %s", name, str(error).partition(";")[0])
    parts.sort(key=lambda part: -part["model"].nunique())
    empty = pd.DataFrame(columns=[*COLUMNS])
    return pd.concat(parts, ignore_index=True) if parts else empty


def _points_of(study: Study, results: Path, name: str) -> pd.DataFrame:
    declared = study.quantities(study.experiments[name], ROLES)
    titles = study.titles(dataset for datasets in declared.values() for dataset in datasets)
    scores = [each for of_role in role_quantities(declared, titles).values() for each in of_role]
    if not scores:
        raise InputError(f"experiment {name} has no scores")
    models = read_frames([results / f"models/{name}.csv"])
    metrics = read_frames([results / f"metrics/{name}.parquet"])
    known = models.set_index("model")["training_set"].fillna(UNKNOWN).astype(str)
    parts = []
    for score in scores:
        for gap in (L2M, RMG):
            pair = {"x": gap.on(score.dataset), "y": score}
            values = {axis: model_values(metrics, quantity) for axis, quantity in pair.items()}
            both = pd.DataFrame(values).dropna().rename_axis("model").reset_index()
            parts.append(both.assign(x_name=gap.label, y_name=score.label))
    points = pd.concat(parts, ignore_index=True)
    points["training_set"] = points["model"].map(known).fillna(UNKNOWN)
    return points.assign(experiment=name)[[*COLUMNS]]


def scatter_spec(points: pd.DataFrame) -> Mapping[str, Any]:
    """The Vega-Lite chart of `scatter_points`, without a choice of experiment, gap and score.

    The page's script adds the filter and the titles of the axes for what a reader chooses.

    Parameters
    ----------
    points
        Of `scatter_points`, at least one row.
    """
    scale = alt.Scale(zero=False, padding=16)
    few = points["training_set"].nunique() <= 10
    colour = alt.Color(
        "training_set:N",
        scale=alt.Scale(scheme="tableau10" if few else "tableau20"),
        legend=alt.Legend(title="training set", orient="bottom", columns=1, labelLimit=320),
    )
    tooltip = [
        alt.Tooltip("model:N"),
        alt.Tooltip("training_set:N", title="training set"),
        alt.Tooltip("x:Q", title="gap", format=".4f"),
        alt.Tooltip("y:Q", title="score", format=".4~r"),
    ]
    chart = (
        alt.Chart(points, width="container", height=380)
        .mark_point(filled=True, size=90, opacity=0.85, stroke="white", strokeWidth=0.5)
        .encode(
            x=alt.X("x:Q", scale=scale),
            y=alt.Y("y:Q", scale=scale),
            color=colour,
            tooltip=tooltip,
        )
        .properties(
            description="The gap of each model against a score, coloured by training set.",
            background="transparent",
            autosize=alt.AutoSizeParams(type="fit", contains="padding"),
        )
        .configure_view(stroke=None)
        .configure_axis(labelFontSize=12, titleFontSize=13, titleFontWeight="normal")
        .configure_legend(labelFontSize=12, titleFontSize=12, titleFontWeight="normal")
    )
    # Altair refuses more than 5,000 rows by default, lest a notebook grow; these are tens of bytes.
    with alt.data_transformers.enable("default", max_rows=None):
        return chart.to_dict()
