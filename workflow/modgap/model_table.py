"""What a trained model is, as one row of its experiment's model table."""

import json
import os
from pathlib import Path

from modgap.errors import InputError


def model_row(path: str | os.PathLike, experiment: str, medium_at_most: int) -> dict:
    """The row of one model from its modgap.json.

    `group` is "medium" up to `medium_at_most` training items, "large" above, the controlled
    counterpart of the paper's two groups.
    """
    try:
        facts = json.loads(Path(path).read_text(encoding="utf-8"))
        training = facts["training"]
    except (OSError, json.JSONDecodeError, KeyError) as error:
        raise InputError(f"{path}: no record of a trained model ({error!r})") from error
    # One training set is one number of items with one kind of caption.
    captions = f"{training['main_factor']} and {training['attributes']} others"
    return {
        "model": facts["model"],
        "kind": "trained",
        "experiment": experiment,
        "group": "medium" if training["items"] <= medium_at_most else "large",
        "training_set": f"MAD, {training['items']} items, {captions}",
        "training_size": training["items"],
        "parameters": facts["parameters"],
        "embed_dim": facts["embed_dim"],
        "text_width": training["text_width"],
        "attributes": training["attributes"],
        "main_factor": training["main_factor"],
        "seed": training["seed"],
    }
