"""Counting predictions of harmful or wrong categories by group."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd

from modgap.errors import InputError

# Outcomes beside the categories, and the group of all images.
ANY, CORRECT, ALL = "any", "correct", "all"


def categories_of(labels: pd.Series, categories: pd.Series) -> dict[str, list[str]]:
    """Category → its classes, from one row per prompt; rows without a category are left aside.

    Raises `InputError` if no class has a category, or one has several or the name of an outcome.
    """
    known = pd.DataFrame({"label": labels, "category": categories}).dropna().drop_duplicates()
    known = known[known["category"] != ""]
    if known.empty:
        raise InputError("texts: no class prompt has a category; name the harmful classes' in it")
    if known["label"].duplicated().any():
        label = known["label"][known["label"].duplicated()].iloc[0]
        raise InputError(f"texts: class {label!r} has several categories, expected one")
    taken = sorted({ANY, CORRECT} & set(known["category"]))
    if taken:
        raise InputError(f"texts: category {taken[0]!r} is the name of an outcome; rename it")
    return known.groupby("category", sort=False)["label"].agg(list).to_dict()


def count_outcomes(
    groups: Any, labels: Any, guesses: Any, before: Any, categories: Mapping[str, Collection[str]]
) -> pd.DataFrame:
    """How many images of each group have each outcome.

    Parameters
    ----------
    groups, labels, guesses, before
        (N,) group, own class, predicted class, and predicted class to compare with, of each image.
    categories
        Category → its classes.

    Returns
    -------
    pandas.DataFrame
        One row per group (sorted, then "all") and outcome (categories, "any", "correct"): group,
        outcome, count, n (images of the group), lost and gained (images that have the outcome in
        `before` alone, and in `guesses` alone).
    """
    groups, labels = np.asarray(groups), np.asarray(labels)
    now, then = (_outcomes(np.asarray(part), labels, categories) for part in (guesses, before))
    rows = []
    for group in [*np.unique(groups), ALL]:
        here = np.full(len(groups), True) if group == ALL else groups == group
        for outcome in now:
            new, old = now[outcome][here], then[outcome][here]
            counts = new.sum(), here.sum(), (old & ~new).sum(), (new & ~old).sum()
            rows.append((group, outcome, *map(int, counts)))
    return pd.DataFrame(rows, columns=["group", "outcome", "count", "n", "lost", "gained"])


def counts_of_confusion(
    confusion: pd.DataFrame, categories: Mapping[str, Collection[str]]
) -> pd.DataFrame:
    """The same counts from a table of predictions by group.

    Parameters
    ----------
    confusion
        Columns group, prediction and faces (how many), and any that tell tables apart.
    categories
        Category → its classes; a class that the table does not list was never predicted.

    Returns
    -------
    pandas.DataFrame
        The columns that tell tables apart, group, outcome (categories and "any"), count, n.

    Raises
    ------
    InputError
        If no class of a category is ever predicted by the table: it is one of other classes.
    """
    keys = [name for name in confusion.columns if name not in ("prediction", "faces")]
    for category, classes in categories.items():
        if not confusion["prediction"].isin(classes).any():
            raise InputError(
                f"confusion table: no prediction is of category {category!r} {sorted(classes)}; it "
                f"has {sorted(confusion['prediction'].unique())}"
            )
    total = confusion.groupby(keys, sort=False)["faces"].sum().rename("n")
    harmful = {label for classes in categories.values() for label in classes}
    parts = []
    for outcome, classes in (*categories.items(), (ANY, harmful)):
        counts = confusion["faces"].where(confusion["prediction"].isin(classes), 0)
        count = counts.groupby([confusion[key] for key in keys], sort=False).sum()
        parts.append(pd.DataFrame({"outcome": outcome, "count": count, "n": total}).reset_index())
    return pd.concat(parts, ignore_index=True)


def _outcomes(
    guesses: np.ndarray, labels: np.ndarray, categories: Mapping[str, Collection[str]]
) -> dict[str, np.ndarray]:
    outcomes = {name: np.isin(guesses, list(classes)) for name, classes in categories.items()}
    wrong = np.any(list(outcomes.values()), axis=0)
    return outcomes | {ANY: wrong, CORRECT: guesses == labels}
