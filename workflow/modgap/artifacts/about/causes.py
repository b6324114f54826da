"""Which measure tells one cause of a gap from another, in simulated clouds."""

import pandas as pd

from modgap.metrics.roc import roc_auc

LEVEL = 0.5
_HEADINGS = {
    "cause": "cause",
    "other": "told from",
    "measure": "best by",
    "auc": "AUC",
    "measures": "measures that tell them apart",
}
_ENOUGH = 0.95


def headings() -> dict[str, str]:
    """All columns."""
    return _HEADINGS


def numbers(simulation: pd.DataFrame) -> pd.DataFrame:
    """One row per two causes, both at half of their level.

    Parameters
    ----------
    simulation
        The simulation `two_clouds`.

    Returns
    -------
    pandas.DataFrame
        `auc`: the chance that the measure orders a cloud of one cause and one of the other rightly,
        for the `measure` that does it best (of several the first); `measures`: how many reach .95.
    """
    chosen = simulation[(simulation["part"] == "cause") & (simulation["level"] == LEVEL)]
    values = chosen.pivot(index=["cause", "repeat"], columns="measure", values="value")
    values = values[chosen["measure"].unique()]
    causes = list(chosen["cause"].unique())
    rows = []
    for place, cause in enumerate(causes):
        for other in causes[place + 1 :]:
            both = values.loc[[cause, other]]
            own = both.index.get_level_values("cause") == cause
            areas = both.apply(lambda column, own=own: _either_way(roc_auc(column.to_numpy(), own)))
            enough = int((areas >= _ENOUGH).sum())
            rows.append((cause, other, areas.idxmax(), float(areas.max()), enough))
    return pd.DataFrame(rows, columns=list(_HEADINGS))


def _either_way(area: float) -> float:
    return max(area, 1 - area)
