"""The packages and the commit that computed the numbers of a study."""

import pandas as pd

from modgap.runtime.provenance import provenance


def headings() -> dict[str, str]:
    """The columns that readers see."""
    return {"name": "package", "version": "version"}


def numbers() -> pd.DataFrame:
    """One row for the commit of this repository and one per package.

    Returns
    -------
    pandas.DataFrame
        name, version.
    """
    record = provenance()
    rows = [("commit", record["commit"]), *record["versions"].items()]
    return pd.DataFrame(rows, columns=["name", "version"])
