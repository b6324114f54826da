"""What Figures 4, 11 and 12 need: the gap by dimension, and what removing dimensions does."""

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings
from modgap.measure.inputs import Inputs, inputs_of, label_rows
from modgap.metrics.dimensions import GapDimensions, gap_dimensions
from modgap.metrics.gap import gap
from modgap.metrics.retrieval import recall_at_k
from modgap.metrics.zero_shot import zero_shot_accuracy

REMOVED = 20


def dimension_table(images: Embeddings, texts: Embeddings) -> pd.DataFrame:
    """One row per dimension (Fig. 4a, 11a).

    Columns model, dataset, dimension, mean_image, mean_text, difference (image − text), share of
    the squared gap; means of unit embeddings over all images and all captions (class prompts where
    there are no captions). Raises `InputError` for what `measure_pair` refuses.
    """
    inputs = inputs_of(images, texts)
    found = gap_dimensions(inputs.images, inputs.texts)
    frame = pd.DataFrame(
        {
            "dimension": np.arange(len(found.share)),
            "mean_image": found.mean_image,
            "mean_text": found.mean_text,
            "difference": found.difference,
            "share": found.share,
        }
    )
    return _named(frame, inputs)


def dimension_scatter(images: Embeddings, texts: Embeddings, choice: str) -> pd.DataFrame:
    """Every item's unit embedding in two dimensions (Fig. 4b, 11b, 12).

    `choice` "mean": x is the dimension with the largest absolute mean of images, y that of texts
    (its next one if both agree); "difference": the two largest absolute differences of means.
    Columns model, dataset, modality (image, text), dimension_x, dimension_y, x, y.
    """
    inputs = inputs_of(images, texts)
    first, second = _two_dimensions(gap_dimensions(inputs.images, inputs.texts), choice)
    parts = [
        pd.DataFrame(
            {
                "modality": modality,
                "dimension_x": first,
                "dimension_y": second,
                "x": vectors[:, first],
                "y": vectors[:, second],
            }
        )
        for modality, vectors in (("image", inputs.images), ("text", inputs.texts))
    ]
    return _named(pd.concat(parts, ignore_index=True), inputs)


def removal_curve(images: Embeddings, texts: Embeddings, most: int = REMOVED) -> pd.DataFrame:
    """Gap and performance with the k dimensions of largest difference removed (Fig. 4c, 11c).

    Dimensions are ordered once, on the full embeddings, by |difference of means|; for each
    k = 0…`most` (at most d − 1) the first k are deleted from images, texts and prompts and all are
    made unit length again. Columns model, dataset, removed, metric, modality, value, with l2m and
    rmg, recall@1 both ways where there are captions, and zero_shot:<factor> where there are class
    prompts. Raises `InputError` if nothing is left of an embedding.
    """
    inputs = inputs_of(images, texts)
    order = gap_dimensions(inputs.images, inputs.texts).order
    classes = {
        factor: label_rows(inputs.labels[factor], prompts, factor)
        for factor, prompts in inputs.classes.items()
    }
    rows = []
    for removed in range(min(most, len(order) - 1) + 1):
        keep = np.sort(order[removed:])
        for metric, modality, value in _reduced(inputs, keep, classes):
            rows.append((removed, metric, modality, value))
    return _named(pd.DataFrame(rows, columns=["removed", "metric", "modality", "value"]), inputs)


def _reduced(inputs: Inputs, keep: np.ndarray, classes: dict[str, np.ndarray]) -> list[tuple]:
    x, y = inputs.images[:, keep], inputs.texts[:, keep]
    found = gap(x, y, inputs.pairs)
    rows = [("l2m", "both", found.l2m), ("rmg", "both", found.rmg)]
    if inputs.captions:
        recall = recall_at_k(x, y, inputs.pairs, (1,), inputs.groups)
        rows.append(("recall@1", "image_to_text", recall.image_to_text[1]))
        rows.append(("recall@1", "text_to_image", recall.text_to_image[1]))
    for factor, labels in classes.items():
        prompts, known = inputs.classes[factor].vectors[:, keep], labels >= 0
        accuracy = zero_shot_accuracy(x[known], prompts, labels[known])[1]
        rows.append((f"zero_shot:{factor}", "both", accuracy))
    return rows


def _two_dimensions(found: GapDimensions, choice: str) -> tuple[int, int]:
    if choice == "difference":
        return int(found.order[0]), int(found.order[1])
    if choice != "mean":
        raise InputError(f"choice: {choice!r}, expected 'mean' or 'difference'")
    first = int(np.argmax(np.abs(found.mean_image)))
    by_text = np.argsort(-np.abs(found.mean_text), kind="stable")
    return first, int(by_text[by_text != first][0])


def _named(frame: pd.DataFrame, inputs: Inputs) -> pd.DataFrame:
    for place, key in enumerate(("model", "dataset")):
        frame.insert(place, key, str(inputs.metadata.get(key, "")))
    return frame
