import errno
import json
import shutil

import numpy as np
import open_clip
import pyarrow.parquet as pq
import pytest
import torch
from helpers.tiny_data import save_array_manifest, save_file_manifest
from helpers.tiny_models import save_tiny_clip, save_tiny_coca, save_tiny_siglip
from PIL import Image

from modgap.embed import extract
from modgap.embed.extract import embed_manifest
from modgap.embed.pixels import build_pixel_cache
from modgap.errors import InputError
from modgap.formats.embeddings import read_embeddings
from modgap.formats.files import sha256
from modgap.formats.manifest import read_manifest
from modgap.formats.preprocessing import Preprocessing

TEXT_COLUMNS = ["id", "text", "kind", "image_id", "factor", "label", "object"]


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return save_tiny_clip(tmp_path_factory.mktemp("models") / "clip")


def _embed(model, data, out, **options):
    cache = out / "pixels"
    build_pixel_cache(data, Preprocessing.of_model(model), cache)
    paths = out / "image.parquet", out / "text.parquet"
    embed_manifest(model, data, cache, *paths, **{"device": "cpu", **options})
    return paths


@pytest.mark.parametrize("save", [save_tiny_clip, save_tiny_siglip, save_tiny_coca])
def test_embeddings_are_those_of_open_clip_by_hand(tmp_path, save):
    """Against the plain use of open_clip: PIL image, its own transform, its own tokenizer."""
    folder, data = save(tmp_path / "m"), save_file_manifest(tmp_path / "data", n=5)
    images, texts = map(read_embeddings, _embed(folder, data, tmp_path, batch_size=2))
    manifest = read_manifest(data)
    model, _, transform = open_clip.create_model_and_transforms(f"local-dir:{folder}")
    model.eval()
    batch = torch.stack([transform(Image.open(data / path)) for path in manifest.images["path"]])
    tokens = open_clip.get_tokenizer(f"local-dir:{folder}")(manifest.texts["text"].tolist())
    with torch.no_grad():
        by_hand = model.encode_image(batch, normalize=False)
        by_hand_texts = model.encode_text(tokens, normalize=False)
    np.testing.assert_allclose(images.vectors, by_hand.numpy(), atol=2e-5)
    np.testing.assert_allclose(texts.vectors, by_hand_texts.numpy(), atol=2e-5)


def test_ids_labels_and_keys(tmp_path, clip):
    data = save_array_manifest(tmp_path / "data", n=5)
    images, texts = map(read_embeddings, _embed(clip, data, tmp_path))
    manifest = read_manifest(data)
    assert list(images.table.columns) == ["id", "colour"]
    assert images.table["id"].tolist() == manifest.images["image_id"].tolist()
    assert images.table["colour"].tolist() == ["red", "blue", "red", "blue", "red"]
    assert list(texts.table.columns) == TEXT_COLUMNS
    assert texts.table["id"].tolist() == ["c0", "c1", "c2", "c3", "c4", "p-red", "p-blue"]
    assert texts.table["image_id"].tolist()[:5] == manifest.images["image_id"].tolist()
    assert texts.table["image_id"].isna().tolist() == [False] * 5 + [True] * 2
    assert texts.table["label"].tolist()[5:] == ["red", "blue"]


def test_metadata(tmp_path, clip):
    data = save_array_manifest(tmp_path / "data", n=5)
    images, texts = map(read_embeddings, _embed(clip, data, tmp_path, precision="amp"))
    record = json.loads((clip / "modgap.json").read_text())
    for metadata in (images.metadata, texts.metadata):
        assert metadata["model"] == "clip"
        assert metadata["weights_sha256"] == sha256(clip / "open_clip_model.safetensors")
        assert (metadata["dataset"], metadata["split"]) == ("tiny", "test")
        assert metadata["preprocessing"]["key"] == "28-bicubic-shortest"
        assert metadata["preprocessing"]["mean"] == pytest.approx(
            [0.4814, 0.4578, 0.4082], abs=1e-4
        )
        assert (metadata["precision"], metadata["storage"]) == ("amp", "float32")
        assert metadata["logit_scale"] == record["logit_scale"] == pytest.approx(1 / 0.07)
        assert metadata["parameters"] == record["parameters"]
        assert (metadata["embed_dim"], metadata["normalized"]) == (16, False)
        assert (metadata["object_factor"], metadata["attribute_factors"]) == ("", ["colour"])
        assert {"open_clip_torch", "torch"} <= set(metadata["versions"])
        assert "commit" in metadata
        assert metadata["batch_size"] == 256
    assert (images.metadata["rows"], texts.metadata["rows"]) == (5, 7)


def test_equal_texts_are_encoded_once(tmp_path, clip, monkeypatch):
    data = save_array_manifest(tmp_path / "data", n=5)
    encoded = []
    real = extract.encode_in_shards

    def counted(encode, read, total, *rest):
        encoded.append(total)
        return real(encode, read, total, *rest)

    monkeypatch.setattr(extract, "encode_in_shards", counted)
    _, text_path = _embed(clip, data, tmp_path)
    vectors = read_embeddings(text_path).vectors
    assert encoded == [4, 5]  # "a red dog", "a blue dog" and the two prompts; the images
    np.testing.assert_array_equal(vectors[0], vectors[2])
    assert not np.array_equal(vectors[0], vectors[1])


def test_repeatable_bit_for_bit_and_nearly_free_of_the_batch_size(tmp_path, clip):
    data = save_array_manifest(tmp_path / "data", n=9)
    paths = [_embed(clip, data, tmp_path / str(i), batch_size=b) for i, b in enumerate((4, 4, 9))]
    first, again, other = ([read_embeddings(path) for path in pair] for pair in paths)
    for one, same, near in zip(first, again, other, strict=True):
        np.testing.assert_array_equal(one.vectors, same.vectors)
        np.testing.assert_allclose(one.vectors, near.vectors, atol=1e-5)
    assert paths[0][0].read_bytes() == paths[1][0].read_bytes()


def test_float16_storage(tmp_path, clip):
    data = save_array_manifest(tmp_path / "data", n=5)
    full, _ = _embed(clip, data, tmp_path / "full")
    half, _ = _embed(clip, data, tmp_path / "half", storage="float16")
    wide, narrow = read_embeddings(full), read_embeddings(half)
    assert narrow.metadata["storage"] == "float16"
    np.testing.assert_array_equal(narrow.vectors, wide.vectors.astype(np.float16))


def test_a_cache_for_another_preprocessing_is_refused(tmp_path, clip):
    data = save_array_manifest(tmp_path / "data", n=2)
    build_pixel_cache(data, Preprocessing(14, 14), tmp_path / "pixels")
    with pytest.raises(InputError, match=r"prepared as 14-bicubic-shortest, .* expects 28-bicubic"):
        embed_manifest(
            clip, data, tmp_path / "pixels", tmp_path / "i.parquet", tmp_path / "t.parquet"
        )


def test_an_array_of_the_models_size_needs_no_cache(tmp_path, clip):
    data = save_array_manifest(tmp_path / "data", n=4)
    expected, _ = _embed(clip, data, tmp_path / "cached")
    paths = tmp_path / "image.parquet", tmp_path / "text.parquet"
    embed_manifest(clip, data, None, *paths, device="cpu")
    assert paths[0].read_bytes() == expected.read_bytes()
    other = save_array_manifest(tmp_path / "other", n=4, size=14)
    with pytest.raises(InputError, match=r"not the rows of one \.npy array prepared as 28-bicubic"):
        embed_manifest(clip, other, None, *paths, device="cpu")
    with pytest.raises(InputError, match=r"not the rows of one \.npy array"):
        embed_manifest(clip, save_file_manifest(tmp_path / "f"), None, *paths, device="cpu")


@pytest.mark.parametrize("options", [{"storage": "int8"}, {"batch_size": 0}, {"device": "tpu"}])
def test_bad_options_are_named(tmp_path, clip, options):
    data = save_array_manifest(tmp_path / "data", n=2)
    with pytest.raises(InputError, match=f"{next(iter(options))} .*expected"):
        _embed(clip, data, tmp_path, **options)


@pytest.mark.parametrize(
    ("value", "storage", "message"),
    [
        (float("nan"), "float32", r"row 1 \(id 'i1'\) is not finite"),
        (float("inf"), "float16", r"row 1 \(id 'i1'\) is not finite"),
        (0.0, "float32", r"row 1 \(id 'i1'\) is all zeros"),
        (1e5, "float16", "does not fit into float16; set storage: float32"),
    ],
)
def test_unusable_embeddings_are_not_written(tmp_path, clip, monkeypatch, value, storage, message):
    data = save_array_manifest(tmp_path / "data", n=3)
    vectors = np.ones((3, 16), np.float32)
    vectors[1] = value
    monkeypatch.setattr(extract, "encode_images", lambda *args: (vectors, 4))
    with pytest.raises(InputError, match=message):
        _embed(clip, data, tmp_path, storage=storage)
    assert not list(tmp_path.glob("image*"))


def test_too_little_room_is_seen_before_anything_is_encoded(tmp_path, clip, monkeypatch):
    data = save_array_manifest(tmp_path / "data", n=3)
    kept, _ = _embed(clip, data, tmp_path / "other")
    before = kept.read_bytes()
    needed = (3 + 5) * 16 * 2  # images, texts, components, bytes
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(extract, "encode_in_shards", lambda *rest: pytest.fail("encoded"))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=needed - 1))
    with pytest.raises(InputError, match=r"image\.parquet: no space left .* are needed"):
        _embed(clip, data, tmp_path / "full", storage="float16")
    assert not list((tmp_path / "full").glob("*.parquet"))
    assert kept.read_bytes() == before
    monkeypatch.undo()
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=needed))
    _embed(clip, data, tmp_path / "full", storage="float16")


def test_a_full_disk_keeps_what_was_extracted(tmp_path, clip, monkeypatch):
    data = save_array_manifest(tmp_path / "data", n=3)
    real = pq.write_table

    def full(table, path, **options):
        if "image" in path.name:
            path.write_bytes(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")
        real(table, path, **options)

    monkeypatch.setattr(pq, "write_table", full)
    with pytest.raises(InputError, match=r"image\.parquet: no space left on the disk"):
        _embed(clip, data, tmp_path)
    assert len(read_embeddings(tmp_path / "text.parquet")) == 5
    assert not list(tmp_path.glob("*image*"))
