"""The configuration and the versions of a study as flat tables."""

from collections.abc import Iterator

import pandas as pd

from modgap.runtime.provenance import provenance


def configuration_table(config: dict) -> pd.DataFrame:
    """One row per key of the configuration: `key` (dotted) and `value`."""
    return pd.DataFrame(list(_flat(config)), columns=["key", "value"])


def versions_table() -> pd.DataFrame:
    """One row per package, and the commit of this repository: `name` and `version`."""
    record = provenance()
    rows = [("commit", record["commit"]), *record["versions"].items()]
    return pd.DataFrame(rows, columns=["name", "version"])


def _flat(config: dict, place: str = "") -> Iterator[tuple[str, str]]:
    for key, value in config.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{place}{key}.")
        else:
            yield f"{place}{key}", str(value)
