"""What a model is, as one row of its experiment's model table."""

import json
import os
from pathlib import Path

from modgap.errors import InputError


def model_row(path: str | os.PathLike, experiment: str, medium_at_most: int) -> dict:
    """The row of one model from its modgap.json.

    `training_size` counts what a filter left of the model's pool. `group` is "medium" up to
    `medium_at_most` of these, "large" above, the controlled counterpart of the paper's two groups.
    Raises `InputError` if the file does not say all that a row holds.
    """
    try:
        facts = json.loads(Path(path).read_text(encoding="utf-8"))
        return _row(facts, facts["training"], experiment, medium_at_most)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path}: no record of a trained model ({error!r}); train the model anew"
        ) from error


def pretrained_row(path: str | os.PathLike, row: dict) -> dict:
    """The row of one pretrained model, from its modgap.json and its row of models.tsv.

    `training_size` is missing and `group` "" where the size of the training set is not known.
    Raises `InputError` if the file does not say what the model is.
    """
    try:
        facts = json.loads(Path(path).read_text(encoding="utf-8"))
        found = {key: facts[key] for key in ("model", "parameters", "embed_dim")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path}: no record of a downloaded model ({error!r}); delete it to download it anew"
        ) from error
    described = ("kind", "group", "training_set", "training_size", "kept", "table3")
    pool = ("commonpool_scale", "commonpool_filter")
    return found | {"experiment": "pretrained"} | {key: row[key] for key in (*described, *pool)}


def _row(facts: dict, training: dict, experiment: str, medium_at_most: int) -> dict:
    size = training["items_left"]
    pool = _pool(training["items"], training["mismatched"], training["filtered"])
    # One training set is what is left of one pool, with one kind of caption.
    captions = f"{training['main_factor']} and {training['attributes']} others"
    return {
        "model": facts["model"],
        "kind": "trained",
        "experiment": experiment,
        "group": "medium" if size <= medium_at_most else "large",
        "training_set": f"MAD, {pool}, {captions}",
        "training_size": size,
        "pool": pool,
        "mismatched": training["mismatched"],
        "filtered": training["filtered"],
        "epochs": training["epochs"],
        "parameters": facts["parameters"],
        "embed_dim": facts["embed_dim"],
        "text_width": training["text_width"],
        "attributes": training["attributes"],
        "main_factor": training["main_factor"],
        "seed": training["seed"],
    }


def _pool(items: int, mismatched: float, filtered: float) -> str:
    """A pool and its filter, as in "500 items, 40 % mismatched, half of those filtered"."""
    if not mismatched:
        return f"{items} items"
    share = {0: "none", 0.5: "half", 1: "all"}.get(filtered, f"{100 * filtered:g} %")
    return f"{items} items, {100 * mismatched:g} % mismatched, {share} of those filtered"
