"""Contrastive loss as the two modalities are moved together or apart."""

import logging

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings
from modgap.measure.inputs import inputs_of
from modgap.measure.looks._names import with_names
from modgap.measure.one_caption import one_caption_each
from modgap.metrics.contrastive import contrastive_loss
from modgap.metrics.interventions import fit_intervention, gap_direction

TEMPERATURES = (1 / 100, 1 / 50, 1 / 30, 1 / 20, 1 / 10, 1.0)
SHIFTS = np.arange(-20, 21) / 4
BATCH = 50
_LOG = logging.getLogger(__name__)


def look(images: Embeddings, texts: Embeddings, *, seed: int) -> pd.DataFrame:
    """Mean loss over batches of 50 pairs at every shift along the gap and at six temperatures.

    Images move by −½ δ g and texts by +½ δ g, g the unit gap vector of all pairs, and are made unit
    length again; δ runs from −5 to 5 by 0.25. Batches are consecutive, pairs beyond the last whole
    one are left out and counted in the log. Each image has its first caption.

    Parameters
    ----------
    images, texts
        The two embedding files of one model on one data set with captions.
    seed
        Not used: nothing is drawn.

    Returns
    -------
    pandas.DataFrame
        One row per temperature, sides and shift: model, dataset, temperature, sides ("one": image
        to text alone, as published; "both": the mean of both directions), shift (δ), gap (signed
        distance of the centres, negative once they have passed each other), loss [nats], minimum
        (the smallest loss of its curve), n (pairs).

    Raises
    ------
    InputError
        Without captions, with fewer pairs than a batch, and if there is no gap to shift along.

    References
    ----------
    Liang et al., Mind the Gap (NeurIPS 2022), section 4.1 and Fig. 3b–d.
    """
    inputs = inputs_of(images, texts)
    left, right = one_caption_each(inputs)
    batches = len(left) // BATCH
    if not batches:
        raise InputError(f"loss landscape: {len(left)} pairs, expected a batch of {BATCH} at least")
    if rest := len(left) % BATCH:
        _LOG.info("loss landscape: the last %d pairs fill no batch and are left out", rest)
    direction, move = gap_direction(left, right), fit_intervention("translate", left, right)
    rows = []
    for shift in SHIFTS:
        x, y = move(left, right, float(shift))
        gap = _signed_gap(x, y, direction)
        cosines = _batched(x, batches) @ _batched(y, batches).transpose(0, 2, 1)
        for temperature in TEMPERATURES:
            loss = contrastive_loss(cosines / temperature)
            for sides, value in (("one", loss.image_to_text), ("both", loss.symmetric)):
                rows.append((temperature, sides, shift, gap, value.mean()))
    frame = pd.DataFrame(rows, columns=["temperature", "sides", "shift", "gap", "loss"])
    smallest = frame.groupby(["temperature", "sides"])["loss"].idxmin()
    frame = frame.assign(minimum=frame.index.isin(smallest), n=batches * BATCH)
    return with_names(frame, inputs)


def _batched(cloud: np.ndarray, batches: int) -> np.ndarray:
    return cloud[: batches * BATCH].reshape(batches, BATCH, -1).astype(np.float64)


def _signed_gap(images: np.ndarray, texts: np.ndarray, direction: np.ndarray) -> float:
    """Distance of the centres, negative where images lie on the texts' side."""
    gap = images.mean(axis=0, dtype=np.float64) - texts.mean(axis=0, dtype=np.float64)
    return float(np.linalg.norm(gap) * (1 if gap @ direction >= 0 else -1))
