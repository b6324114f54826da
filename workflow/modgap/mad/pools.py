"""Pools of captioned items before and after a filter, the counterpart of filtered CommonPool.

CommonPool (Gadre et al. 2023, DataComp, section 3) holds image-caption pairs of which many do not
match, and filters that leave out what seems not to match. Here a share of a pool is captioned by
other items, and a share of those is left out.
"""

from dataclasses import replace

import numpy as np

from modgap.errors import InputError
from modgap.mad.batches import TrainingData

# Keeps the choice of a pool apart from every other stream of the same seed.
_STREAM = 17


def filtered_pool(
    data: TrainingData, mismatched: float, filtered: float, seed: int
) -> TrainingData:
    """`data`, with round(`mismatched` · n) items captioned by another item, less a share of those.

    The share `filtered` of the mismatched items is left out of the pairs; all others stay in their
    order. With one seed the choices are nested: a larger share mismatches, or leaves out, the same
    items and more. An item's caption is by chance that of an item alike now and then.

    Raises `InputError` for a share outside 0 to 1.
    """
    for name, share in (("mismatched", mismatched), ("filtered", filtered)):
        if not 0 <= share <= 1:
            raise InputError(f"model.{name}: {share} is no share of the items; expected 0 to 1")
    order = np.random.default_rng((seed, _STREAM)).permutation(len(data))
    chosen = round(mismatched * len(data))
    captioned_by = np.arange(len(data))
    # Along one cycle through all items, so that none is its own partner.
    captioned_by[order[:chosen]] = np.roll(order, -1)[:chosen]
    left = np.ones(len(data), dtype=bool)
    left[order[: round(filtered * chosen)]] = False
    items = np.flatnonzero(left)
    return replace(data, pairs=np.column_stack([items, captioned_by[items]]))
