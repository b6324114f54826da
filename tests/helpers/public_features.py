"""Features of real CLIP that lie beside the repository on some machines."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from modgap.formats.embeddings import Embeddings

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "embeddings"
needs_features = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no public features in {FOLDER}")


def clouds(name):
    """Images and texts (n, d) of one file."""
    features = np.load(FOLDER / f"{name}.npy")
    return features[0], features[1]


def embeddings(name):
    """The same as a study would have them: one caption per image."""
    return paired(*clouds(name), model=name)


def paired(images, texts, model="m"):
    """Two clouds as embedding files of one model, row i of texts the caption of image i."""
    metadata = {"model": model, "dataset": "pairs", "split": "val", "weights_sha256": "0"}
    metadata |= {"object_factor": "", "attribute_factors": []}
    ids = [f"i{row}" for row in range(len(images))]
    captions = pd.DataFrame({"id": [f"c-{name}" for name in ids], "kind": "caption"})
    captions = captions.assign(image_id=ids, factor=None, label=None, object=None)
    return (
        Embeddings(pd.DataFrame({"id": ids}), np.asarray(images, np.float32), metadata),
        Embeddings(captions, np.asarray(texts, np.float32), metadata),
    )
