from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from helpers.tiny_training import tiny_source

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings, write_embeddings
from modgap.train.knowledge import item_knowledge

IDS = pd.Series(["d", "a", "c"], index=[0, 1, 3])
EVERY = torch.tensor([0, 1, 3])


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture
def source():
    return replace(tiny_source(), ids=IDS, labels=None)


@pytest.fixture
def files(tmp_path):
    """Images in another order than the items', with one more; two captions of image a."""
    rng = np.random.default_rng(0)
    images = Embeddings(pd.DataFrame({"id": list("abcd")}), rng.normal(size=(4, 3)), {})
    texts = pd.DataFrame({"id": ["1", "2", "3", "4", "5"], "kind": "caption"})
    texts["image_id"] = ["a", "c", "d", "a", "b"]
    texts.loc[4, "kind"] = "class"
    texts = Embeddings(texts, rng.normal(size=(5, 6)), {"logit_scale": 7.0})
    for name, each in (("image", images), ("text", texts)):
        each = Embeddings(each.table, each.vectors.astype(np.float32), each.metadata)
        write_embeddings(tmp_path / name, each)
    return {"image_features": tmp_path / "image", "text_features": tmp_path / "text"}, images, texts


def test_features_are_looked_up_by_the_ids_of_items(source, files):
    paths, images, texts = files
    told = {"image_encoder": "x", "text_encoder": "y"}
    made = item_knowledge(source, told, paths, seed=0)["similarity"](EVERY).numpy()
    of_images = unit(images.vectors)[[3, 0, 2]]
    captions = unit(texts.vectors)
    of_texts = unit(np.stack([captions[2], (captions[0] + captions[3]) / 2, captions[1]]))
    expected = (of_images @ of_images.T + of_texts @ of_texts.T) / 2
    assert made == pytest.approx(expected, abs=1e-6)


def test_one_encoder_is_its_cosine_alone_and_permuted_is_another_items(source, files):
    paths, images, _ = files
    paths = {"image_features": paths["image_features"]}
    plain = item_knowledge(source, {"image_encoder": "x"}, paths, seed=3)["similarity"]
    rows = unit(images.vectors)[[3, 0, 2]]
    assert plain(EVERY).numpy() == pytest.approx(rows @ rows.T, abs=1e-6)
    told = {"image_encoder": "x", "permuted": True}
    moved = item_knowledge(source, told, paths, seed=3)["similarity"]
    order = moved.order
    assert sorted(order.tolist()) == [0, 1, 2, 3]
    assert torch.equal(moved(EVERY), plain(order[EVERY]))


def test_an_item_without_a_row_is_named_before_training(source, files):
    paths, _, _ = files
    source = replace(source, ids=pd.Series(["a", "x", "y"]))
    with pytest.raises(InputError, match=r"image: no row for image 'x' .* nor for 1 others"):
        item_knowledge(source, {"image_encoder": "x"}, paths, seed=0)
    with pytest.raises(InputError, match="items of this training set have no ids"):
        item_knowledge(replace(source, ids=None), {"image_encoder": "x"}, paths, seed=0)


def test_an_encoder_of_the_other_modality_is_refused(source, tmp_path):
    nothing = Embeddings(pd.DataFrame({"id": []}), np.empty((0, 3), np.float32), {"embed_dim": 3})
    write_embeddings(tmp_path / "image", nothing)
    with pytest.raises(InputError, match=r"no rows; its encoder has no tower"):
        item_knowledge(source, {"image_encoder": "x"}, {"image_features": tmp_path / "image"}, 0)


def test_labels_are_those_that_no_epoch_changes():
    source = tiny_source(64)
    made = item_knowledge(source, {"similarity": "labels"}, {}, seed=0)["similarity"]
    assert len(made) == 64
    assert source.labels.shape == (64, 5)
    with pytest.raises(InputError, match="have no labels that are known"):
        item_knowledge(replace(source, labels=None), {"similarity": "labels"}, {}, seed=0)


def test_a_teacher_needs_its_logit_scale(source, files):
    paths, images, texts = files
    texts = texts.vectors[:4].astype(np.float32)
    table = pd.DataFrame({"id": list("1234"), "kind": "caption", "image_id": list("abcd")})
    path = paths["image_features"].parent
    for name, scale in (("scaled", {"logit_scale": 7.0}), ("plain", {})):
        vectors = images.vectors.astype(np.float32)
        write_embeddings(path / f"{name}-i", Embeddings(images.table, vectors, scale))
        write_embeddings(path / f"{name}-t", Embeddings(table, texts[:, :3], scale))
    made = {
        name: {"teacher_images": path / f"{name}-i", "teacher_texts": path / f"{name}-t"}
        for name in ("scaled", "plain")
    }
    teacher = item_knowledge(source, {"teacher": "start"}, made["scaled"], seed=0)["teacher"]
    expected = 7 * unit(images.vectors)[[3, 0, 2]] @ unit(texts[:, :3])[[3, 0, 2]].T
    assert teacher(EVERY).numpy() == pytest.approx(expected, rel=1e-5)
    with pytest.raises(InputError, match="the teacher has no logit scale"):
        item_knowledge(source, {"teacher": "start"}, made["plain"], seed=0)


def test_nothing_is_told_where_nothing_is_asked(source):
    assert item_knowledge(source, {}, {}, seed=0) == {}
