"""All errata as one table, both values of each computed when it is made."""

import inspect

import pandas as pd

from modgap.claims.errata import mind_the_gap, soft_targets, two_effects
from modgap.claims.errata.erratum import Erratum, Values
from modgap.errors import InputError, nearest

ERRATA: tuple[Erratum, ...] = (*mind_the_gap.ERRATA, *two_effects.ERRATA, *soft_targets.ERRATA)
COLUMNS = (
    *("erratum", "source", "artifact", "error", "quantity", "published", "correct"),
    *("consequence", "why_not", "command"),
)


def errata_table(reference: pd.DataFrame, confusion: pd.DataFrame) -> pd.DataFrame:
    """Every erratum with both values.

    Parameters
    ----------
    reference
        config/reference_values.tsv as `modgap.claims.reference.read_reference_values` reads it.
    confusion
        config/fairface_confusion.tsv as `modgap.claims.reference.read_confusion` reads it.

    Returns
    -------
    pandas.DataFrame
        One row per erratum, columns `COLUMNS`: published and correct are missing where nothing can
        be computed here, and why_not says why.
    """
    tables = {"reference": reference, "confusion": confusion}
    rows = []
    for erratum in ERRATA:
        values = (float("nan"), float("nan"))
        if erratum.check is not None:
            values = _run(erratum, tables)
        cells = (erratum.error, erratum.quantity, *values, erratum.consequence, erratum.why_not)
        rows.append((erratum.name, erratum.source, erratum.artifact, *cells, command(erratum)))
    return pd.DataFrame(rows, columns=[*COLUMNS])


def recompute(name: str, **tables: pd.DataFrame) -> Values:
    """The value as published and the correct one of one erratum.

    Parameters
    ----------
    name
        Of an erratum in `ERRATA`.
    **tables
        `reference` and `confusion`, for the errata that read them.

    Raises
    ------
    InputError
        For an unknown name, one that cannot be computed, or a table that is missing.

    Examples
    --------
    >>> recompute("resumed_epochs")
    (0.0, 10.0)
    """
    by_name = {erratum.name: erratum for erratum in ERRATA}
    if name not in by_name:
        raise InputError(f"erratum {name!r} is not known; {nearest(name, by_name)}")
    erratum = by_name[name]
    if erratum.check is None:
        raise InputError(f"erratum {name!r} cannot be computed: {erratum.why_not}")
    missing = [x for x in inspect.signature(erratum.check).parameters if x not in tables]
    if missing:
        raise InputError(f"erratum {name!r} reads {', '.join(missing)}; pass it by that name")
    return _run(erratum, tables)


def command(erratum: Erratum) -> str:
    """What computes the erratum again: itself alone where it reads no table."""
    if erratum.check is None:
        return ""
    if inspect.signature(erratum.check).parameters:
        return "snakemake --cores 1 about_errata"
    call = f"from modgap.claims.errata.table import recompute; print(recompute('{erratum.name}'))"
    return f'python -c "{call}"'


def _run(erratum: Erratum, tables: dict[str, pd.DataFrame]) -> Values:
    wanted = inspect.signature(erratum.check).parameters
    return erratum.check(**{name: tables[name] for name in wanted})
