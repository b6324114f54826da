"""The configuration of a study as a flat table."""

from collections.abc import Iterator, Mapping

import pandas as pd


def headings() -> dict[str, str]:
    """The columns that readers see."""
    return {"key": "key", "value": "value"}


def numbers(configuration: Mapping) -> pd.DataFrame:
    """One row per key of the configuration.

    Parameters
    ----------
    configuration
        The configuration, mappings within mappings.

    Returns
    -------
    pandas.DataFrame
        key (dotted), value (as text).

    Examples
    --------
    >>> numbers({"seed": 0, "mad": {"train_items": 500}}).to_dict("list")
    {'key': ['seed', 'mad.train_items'], 'value': ['0', '500']}
    """
    return pd.DataFrame(list(_flat(configuration)), columns=["key", "value"])


def _flat(configuration: Mapping, place: str = "") -> Iterator[tuple[str, str]]:
    for key, value in configuration.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{place}{key}.")
        else:
            yield f"{place}{key}", str(value)
