import numpy as np
import pytest
from helpers.tiny_embeddings import tiny_pair

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings
from modgap.measure.inputs import inputs_of
from modgap.measure.one_caption import one_caption_each


@pytest.mark.parametrize(("which", "copy"), [("first", 0), ("last", 2)])
def test_each_image_has_its_first_or_last_caption(which, copy):
    images, texts = tiny_pair(n=9, per_image=3)
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=texts.vectors.shape).astype(np.float32)
    texts = Embeddings(texts.table, vectors, texts.metadata)
    # Captions need not stand in the order of the images.
    order = rng.permutation(len(texts))
    x, y = one_caption_each(inputs_of(images, texts.select(order)), which)
    shuffled = texts.table.iloc[order]
    captions = shuffled[shuffled["kind"] == "caption"]
    pick = captions.groupby("image_id", sort=False).head(1)
    if which == "last":
        pick = captions.groupby("image_id", sort=False).tail(1)
    expected = pick.set_index("image_id")["id"].loc[images.table["id"]]
    rows = texts.table.set_index("id").index.get_indexer(expected)
    unit = texts.vectors[rows]
    unit = unit / np.linalg.norm(unit, axis=1, keepdims=True)
    np.testing.assert_allclose(y, unit, atol=1e-6)
    assert len(x) == 9


def test_what_is_left_out_is_said(caplog):
    with caplog.at_level("INFO"):
        one_caption_each(inputs_of(*tiny_pair(n=9, per_image=2)))
    assert "the first caption of each image: 9 of 18 captions, 9 of 9 images" in caplog.text


def test_a_data_set_without_captions_is_refused():
    with pytest.raises(InputError, match="'digits' has no captions"):
        one_caption_each(inputs_of(*tiny_pair(captions=False)))
