"""MOAD, separations and biases of one model, for images and for texts, with their resamples."""

import logging
from collections.abc import Callable

import numpy as np

from modgap.measure.bootstrap import Key, Part, separation_draws
from modgap.measure.inputs import Inputs
from modgap.metrics.bias import separations
from modgap.metrics.checks import UnitRows, check_codes

_log = logging.getLogger(__name__)


def bias_values(inputs: Inputs, images: UnitRows) -> tuple[dict[Key, float], list[Part], int]:
    """All bias metrics of images and texts, how to resample them, and the number of images.

    Only images with every label count. Empty if the data set has no object or no attribute.
    """
    attributes = [name for name in inputs.attribute_factors if name in inputs.labels]
    if not inputs.object_factor or not attributes:
        return {}, [], 0
    factors = [inputs.object_factor, *attributes]
    rows = np.flatnonzero(inputs.labels[factors].notna().all(axis=1))
    if len(rows) < 2:
        _log.warning("no bias metrics: %d images have a label of each of %s", len(rows), factors)
        return {}, [], 0
    codes = {name: check_codes(inputs.labels[name].iloc[rows], len(rows), name) for name in factors}
    values, part = _of_images(images, rows, codes)
    parts = [part]
    own = {name: inputs.pair_rows[name][rows] for name in attributes if name in inputs.pair_rows}
    own = {name: prompt for name, prompt in own.items() if (prompt >= 0).all()}
    if len(own) == len(attributes):
        more, part = _of_prompts(inputs, rows, codes, own)
        values |= more
        parts.append(part)
    return values, parts, len(rows)


def biases(by_object: dict, by_attribute: dict, factor: str, modality: str) -> dict[Key, float]:
    """MOAD, separations and biases from separations (numbers, or arrays of resamples).

    `by_attribute`: attribute → its separation; `by_object`: attribute → the object's separation
    measured beside it. MOAD of an attribute is the object's minus the attribute's; `moad` is their
    mean. The bias of a factor is its separation minus the mean of the other factors' (Fig. 6b).
    """
    moads = {name: by_object[name] - by_attribute[name] for name in by_attribute}
    every = {factor: sum(by_object.values()) / len(by_object), **by_attribute}
    total = sum(every.values())
    values = {"moad": sum(moads.values()) / len(moads)}
    values |= {f"moad:{name}": value for name, value in moads.items()}
    values |= {f"separation:{name}": value for name, value in every.items()}
    others = len(every) - 1
    values |= {f"bias:{name}": value - (total - value) / others for name, value in every.items()}
    return {(name, modality): value for name, value in values.items()}


def _of_images(images: UnitRows, rows: np.ndarray, codes: dict) -> tuple[dict[Key, float], Part]:
    factor, *attributes = codes
    by_factor = separations(images.select(rows), codes, "images")
    draw = {name: separation_draws(images.vectors[rows], code) for name, code in codes.items()}

    def combine(by_factor: dict) -> dict:
        by_object = dict.fromkeys(attributes, by_factor[factor])
        by_attribute = {name: by_factor[name] for name in attributes}
        return biases(by_object, by_attribute, factor, "image")

    def part(weights: np.ndarray) -> dict:
        weights = weights[:, rows]
        own = _own_pairs(weights)
        return combine({name: draws(weights, own) for name, draws in draw.items()})

    return combine(by_factor), part


def _of_prompts(
    inputs: Inputs, rows: np.ndarray, codes: dict, own: dict
) -> tuple[dict[Key, float], Part]:
    """Text side: each image stands for its own prompt "attribute object", one set per attribute."""
    factor = inputs.object_factor
    pairs, draw = {}, {}
    for name, prompts in own.items():
        labels = {factor: codes[factor], name: codes[name]}
        pairs[name] = separations(inputs.pair_vectors[prompts], labels, "pair prompts")
        draw[name] = _prompt_draws(inputs.pair_vectors, prompts, labels)

    def combine(pairs: dict) -> dict:
        by_object = {name: by_factor[factor] for name, by_factor in pairs.items()}
        by_attribute = {name: by_factor[name] for name, by_factor in pairs.items()}
        return biases(by_object, by_attribute, factor, "text")

    def part(weights: np.ndarray) -> dict:
        weights = weights[:, rows]
        return combine({name: draws(weights) for name, draws in draw.items()})

    return combine(pairs), part


def _prompt_draws(vectors: np.ndarray, prompts: np.ndarray, labels: dict) -> Callable:
    """Separations as a function of image weights; images that share a prompt are added first."""
    used, first, place = np.unique(prompts, return_index=True, return_inverse=True)
    order = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[order], np.arange(len(used)))
    draw = {name: separation_draws(vectors[used], codes[first]) for name, codes in labels.items()}

    def draws(weights: np.ndarray) -> dict:
        own = _own_pairs(weights)
        counts = np.add.reduceat(weights[:, order], starts, axis=1)
        return {name: of(counts, own) for name, of in draw.items()}

    return draws


def _own_pairs(weights: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->i", weights, weights, dtype=np.float64)
