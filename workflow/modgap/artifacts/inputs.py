"""What an artifact's module is given: the files of its rule, read by what they hold."""

from collections.abc import Mapping

import pandas as pd

from modgap.claims.confusion import read_confusion
from modgap.claims.published import read_published
from modgap.claims.reference import read_reference_values
from modgap.formats.tables import read_frames

_SHEETS = {
    "reference": read_reference_values,
    "published": read_published,
    "confusion": read_confusion,
}


def read_inputs(files: Mapping[str, str | list[str]]) -> dict[str, pd.DataFrame]:
    """Keyword → table; several files of one keyword are one table. `code` is no table."""
    tables = {}
    for keyword, paths in files.items():
        if keyword == "code":
            continue
        paths = [paths] if isinstance(paths, str) else list(paths)
        read = _SHEETS.get(keyword)
        tables[keyword] = read(paths[0]) if read else read_frames(paths)
    return tables
