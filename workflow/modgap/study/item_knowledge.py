"""What a loss is told of the items of its training set, and where that comes from.

Of a model's `loss_settings` some keys are not the loss's own: `image_encoder` and `text_encoder`
name models whose features of the training set say how alike two items are, `similarity: labels`
takes the items' labels for that, `permuted: true` gives each item another one's similarities, and
`teacher: start` has the embeddings of the training set by the model that training starts from.
"""

from collections.abc import Mapping
from typing import Any

from modgap.errors import InputError

# Key → the name of each of its files, and the modality that it holds.
ENCODERS = {
    "image_encoder": {"image_features": "image"},
    "text_encoder": {"text_features": "text"},
    "teacher": {"teacher_images": "image", "teacher_texts": "text"},
}
LABELS, START = "labels", "start"
KEYS = (*ENCODERS, "similarity", "permuted")


def told(loss_settings: Mapping[str, Any]) -> dict[str, Any]:
    """Those of a model's `loss_settings` that say what its loss is told."""
    return {key: loss_settings[key] for key in KEYS if key in loss_settings}


def own_settings(loss_settings: Mapping[str, Any]) -> dict[str, Any]:
    """The others, which are the loss's own."""
    return {key: value for key, value in loss_settings.items() if key not in KEYS}


def encoders(loss_settings: Mapping[str, Any], start: str) -> dict[str, str]:
    """The models whose embeddings of the training set are needed, by key.

    `start` is the model that training starts from.
    """
    named = {key: loss_settings[key] for key in ENCODERS if key in loss_settings}
    return {key: start if key == "teacher" else model for key, model in named.items()}


def feature_files(loss_settings: Mapping[str, Any], start: str, dataset: str) -> dict[str, str]:
    """The files of these embeddings, by the names that the training script knows them by."""
    return {
        name: f"<results>/embeddings/{model}/{dataset}/{modality}.parquet"
        for key, model in encoders(loss_settings, start).items()
        for name, modality in ENCODERS[key].items()
    }


def check_told(loss_settings: Mapping[str, Any], start: str, labelled: bool, place: str) -> None:
    """Raise `InputError` for what cannot be told.

    `labelled`: whether it is the labels of the training set that stay the same, and not its images
    and captions; `place`: whose settings.
    """
    given = told(loss_settings)
    if "teacher" in given and (given["teacher"] != START or not start):
        raise InputError(
            f"{place}: teacher {given['teacher']!r}; expected {START}, and `from` with a model "
            "to start from"
        )
    for key, model in encoders(loss_settings, start).items():
        if labelled:
            raise InputError(
                f"{place}: {key} {model!r}: the images and captions of this training set are drawn "
                f"anew in each epoch, so no file holds their features; set similarity: {LABELS}"
            )
    similarity = given.get("similarity", LABELS)
    if similarity != LABELS:
        raise InputError(
            f"{place}: similarity {similarity!r}; expected {LABELS}, or else image_encoder and "
            "text_encoder"
        )
    if "similarity" in given and not labelled:
        raise InputError(
            f"{place}: similarity: {LABELS} is for items made here, whose labels are known; name "
            "image_encoder and text_encoder"
        )
    if not isinstance(given.get("permuted", False), bool):
        raise InputError(f"{place}: permuted {given['permuted']!r}; expected true or false")
    if given.get("permuted") and not {"similarity", "image_encoder", "text_encoder"} & set(given):
        raise InputError(f"{place}: permuted, but no similarity that could be; name an encoder")
