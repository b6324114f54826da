"""Items without direction are left out, as long as they are few."""

import numpy as np
import pandas as pd
import pytest

from modgap.embed.directions import with_direction
from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings, write_embeddings


@pytest.fixture
def clouds():
    """200 images, a caption of each, and three class prompts."""
    ids = [f"i{n}" for n in range(200)]
    texts = pd.DataFrame(
        {
            "id": [f"t{n}" for n in range(203)],
            "kind": ["caption"] * 200 + ["class"] * 3,
            "image_id": [*ids, None, None, None],
        }
    )
    rng = np.random.default_rng(0)
    images = Embeddings(pd.DataFrame({"id": ids}), rng.normal(size=(200, 4)), {"model": "m"})
    return {"images": images, "texts": Embeddings(texts, rng.normal(size=(203, 4)), {})}


def test_few_zeros_are_left_out_with_their_captions_and_counted(clouds, caplog):
    clouds["images"].vectors[[22, 7]] = 0
    clouds["texts"].vectors[[7, 30]] = 0
    kept = with_direction(clouds)
    images, texts = kept["images"], kept["texts"]
    assert images.metadata == {"model": "m", "left_out": 2}
    assert texts.metadata["left_out"] == 3
    lost = {"i7", "i22"}
    assert images.table["id"].tolist() == [f"i{n}" for n in range(200) if f"i{n}" not in lost]
    gone = set(clouds["texts"].table["id"]) - set(texts.table["id"])
    assert gone == {"t7", "t22", "t30"}
    for cloud, whole in ((images, clouds["images"]), (texts, clouds["texts"])):
        rows = whole.table["id"].isin(cloud.table["id"]).to_numpy()
        np.testing.assert_array_equal(cloud.vectors, whole.vectors[rows])
    assert "images: 2 of 200 left out" in caplog.text
    assert "texts: 3 of 203 left out" in caplog.text


def test_a_modality_alone(clouds):
    clouds["texts"].vectors[5] = 0
    assert len(with_direction({"texts": clouds["texts"]})["texts"]) == 202


@pytest.mark.parametrize(
    ("cloud", "rows"), [("images", [0, 1, 2]), ("texts", [201])], ids=["many images", "a prompt"]
)
def test_many_zeros_and_class_prompts_stay_to_be_refused(clouds, cloud, rows, tmp_path):
    clouds[cloud].vectors[rows] = 0
    kept = with_direction(clouds)[cloud]
    assert len(kept) == len(clouds[cloud])
    with pytest.raises(InputError, match=f"is all zeros.*; {len(rows)} such rows"):
        write_embeddings(tmp_path / "e.parquet", kept)


def test_nothing_is_left_out_of_sound_clouds(clouds):
    kept = with_direction(clouds)
    assert all(kept[name].table is clouds[name].table for name in clouds)
