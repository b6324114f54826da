"""Closers fitted on some items of anybody's embeddings and judged on the others."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
import pandas as pd

from modgap.errors import InputError, nearest
from modgap.formats.embeddings import Embeddings
from modgap.measure.calibration import CALIBRATION, Clouds, Split, split_pair
from modgap.measure.inputs import Inputs, inputs_of
from modgap.measure.table import measure_pair
from modgap.metrics.interventions import (
    CLOSERS,
    INTERVENTIONS,
    apply_map,
    fit_maps,
    full_amount,
)
from modgap.metrics.maps import AffineMap

_log = logging.getLogger(__name__)

PLAIN = "none"
# What `compare` prints of the table, and how it heads it.
OUTCOMES = {
    ("l2m", "both"): "L2M",
    ("rmg", "both"): "RMG",
    ("linear_separability", "both"): "separability",
    ("cross_modal_neighbours", "both"): "neighbours",
    ("subspace_angle", "both"): "angle",
    ("recall@1", "image_to_text"): "R@1 i→t",
    ("recall@1", "text_to_image"): "R@1 t→i",
    ("in_modality_recall@1", "image"): "own R@1 i",
    ("in_modality_recall@1", "text"): "own R@1 t",
    ("mixed_recall@10", "image"): "mixed R@10 i",
    ("mixed_recall@10", "text"): "mixed R@10 t",
    ("mixed_ndcg@10", "image"): "mixed NDCG i",
    ("mixed_ndcg@10", "text"): "mixed NDCG t",
    ("cluster_v_measure", "both"): "V-measure",
}
_KEYS = ["metric", "modality"]
_STORAGE = ("float32", "float16")


@dataclass(frozen=True)
class Closed:
    """What a closer makes of two clouds.

    `images` and `texts` are all items, moved, unit length, with a column that says which the closer
    was fitted on; `maps` moved them (images, texts); `record` says what was done; `outcomes` has
    the metric table of the held-out items before and after.
    """

    images: Embeddings
    texts: Embeddings
    maps: tuple[AffineMap, AffineMap]
    record: dict
    outcomes: pd.DataFrame


def close_pair(
    images: Embeddings,
    texts: Embeddings,
    method: str,
    *,
    amount: float | None = None,
    calibrate: float = 0.5,
    storage: str = "float32",
    seed: int = 0,
    resamples: int = 1000,
) -> Closed:
    """Fit a closer on a share of the items, move all of them, and judge it on the others.

    Parameters
    ----------
    images, texts
        Two embedding files that belong together.
    method
        A key of `modgap.metrics.interventions.INTERVENTIONS`.
    amount
        How far it goes, in its own unit; the whole way by default.
    calibrate
        Share of images to fit on, with their texts, in (0, 1]; 1 judges on the same items.
    storage
        "float32" or "float16": outcomes are those of vectors so rounded.
    seed, resamples
        Of the draw of the share and of `measure_pair`.

    Returns
    -------
    Closed
        `outcomes` has the columns metric, modality, before, before_low, before_high, after,
        after_low, after_high, n.

    Raises
    ------
    InputError
        For an unknown method, a share as `split_pair` refuses it, clouds that do not belong
        together, and a row that becomes zero.
    """
    _check(method, amount, storage)
    if done := images.metadata.get("closed"):
        _log.warning("the embeddings were moved by %s before, and are moved on", done["method"])
    split = split_pair(images, texts, calibrate, seed)
    inputs = inputs_of(*split.fitted(images, texts))
    maps, record = _fitted(method, amount, inputs)
    record |= {"share": calibrate, "seed": seed, "images_fitted_on": len(inputs.images)}
    moved = _moved((images, texts), maps, record, storage)
    settings = {"seed": seed, "resamples": resamples}
    before = measure_pair(*split.judged(images, texts), **settings)
    after = measure_pair(*split.judged(*moved), **settings)
    return Closed(*_marked(moved, split), maps, record, _before_and_after(before, after))


def compare_closers(
    images: Embeddings,
    texts: Embeddings,
    *,
    calibrate: float = 0.5,
    seed: int = 0,
    resamples: int = 1000,
) -> pd.DataFrame:
    """Every closer, fitted on the same items and judged on the same others.

    Parameters
    ----------
    images, texts, calibrate, seed, resamples
        As `close_pair`.

    Returns
    -------
    pandas.DataFrame
        Columns closer ("none" for the embeddings as they are), amount, metric, modality, value,
        low, high, n.

    Raises
    ------
    InputError
        As `close_pair`.
    """
    split = split_pair(images, texts, calibrate, seed)
    inputs = inputs_of(*split.fitted(images, texts))
    tables = []
    for closer, amount, clouds in _each(images, texts, inputs):
        table = measure_pair(*split.judged(*clouds), seed=seed, resamples=resamples)
        tables.append(table.assign(closer=closer, amount=amount))
    columns = ["closer", "amount", *_KEYS, "value", "low", "high", "n"]
    return pd.concat(tables, ignore_index=True)[columns]


def wide_outcomes(table: pd.DataFrame) -> pd.DataFrame:
    """One line per closer, one column per outcome of `OUTCOMES` that is there."""
    keys = pd.MultiIndex.from_frame(table[_KEYS])
    shown = table.assign(outcome=[OUTCOMES.get(key) for key in keys]).dropna(subset="outcome")
    wide = shown.pivot(index="closer", columns="outcome", values="value")
    order = [name for name in OUTCOMES.values() if name in wide]
    return wide.loc[table["closer"].unique(), order].rename_axis(columns=None)


def _each(
    images: Embeddings, texts: Embeddings, inputs: Inputs
) -> Iterator[tuple[str, float, Clouds]]:
    yield PLAIN, 0.0, (images, texts)
    for method in CLOSERS:
        if method == "optimal_transport" and find_spec("ot") is None:
            _log.warning("optimal_transport is left out: the package POT is not installed")
            continue
        try:
            maps, record = _fitted(method, None, inputs)
            moved = _moved((images, texts), maps, record, "float32")
        except InputError as error:  # the others may do: a gap of no direction is no shift's
            _log.warning("%s is left out: %s", method, error)
            continue
        yield method, record["amount"], moved


def _check(method: str, amount: float | None, storage: str) -> None:
    if method not in INTERVENTIONS:
        raise InputError(f"method {method!r} is not known; {nearest(method, INTERVENTIONS)}")
    if amount is not None and not np.isfinite(amount):
        raise InputError(f"amount {amount}, expected a number: how far, in the unit of {method}")
    if storage not in _STORAGE:
        raise InputError(f"storage {storage!r}; {nearest(storage, _STORAGE)}")


def _fitted(
    method: str, amount: float | None, inputs: Inputs
) -> tuple[tuple[AffineMap, AffineMap], dict]:
    if amount is None:
        amount = full_amount(method, inputs.images, inputs.texts)
    maps = fit_maps(method, inputs.images, inputs.texts, inputs.pairs)(amount)
    return maps, {"method": method, "amount": float(amount)}


def _moved(clouds: Clouds, maps: tuple[AffineMap, AffineMap], record: dict, storage: str) -> Clouds:
    """The clouds moved, under a name of their own: nobody takes them for the model's."""
    moved, what = [], f"after {record['method']} by {record['amount']:g}"
    for cloud, of, side in zip(clouds, maps, ("images", "texts"), strict=True):
        vectors = apply_map(of, cloud.vectors, side, what).astype(storage).astype(np.float32)
        name = f"{cloud.metadata.get('model', '')}+{record['method']}"
        metadata = {**cloud.metadata, "model": name, "normalised": True, "closed": record}
        moved.append(Embeddings(cloud.table, vectors, metadata))
    return moved[0], moved[1]


def _marked(moved: Clouds, split: Split) -> Clouds:
    masks = split.images_fitted, split.texts_fitted
    return tuple(
        Embeddings(cloud.table.assign(**{CALIBRATION: mask}), cloud.vectors, cloud.metadata)
        for cloud, mask in zip(moved, masks, strict=True)
    )


def _before_and_after(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Both tables side by side; a row that one of them lacks is there without its values."""
    sides = {"before": before.set_index(_KEYS), "after": after.set_index(_KEYS)}
    columns = {"value": "", "low": "_low", "high": "_high"}
    parts = [
        table[list(columns)].rename(columns={name: side + end for name, end in columns.items()})
        for side, table in sides.items()
    ]
    joined = pd.concat(parts, axis=1, sort=False)
    joined["n"] = sides["before"]["n"].combine_first(sides["after"]["n"])
    return joined.reset_index().astype({"n": "int64"})
