import logging

import numpy as np
import pytest
from helpers.vector_files import IDS, ROWS, D, N, read

from modgap.errors import InputError
from modgap.formats.vectors import read_vectors
from modgap.measure.files import import_embeddings

ORDER = np.random.default_rng(1).permutation(N)


def save(path, **arrays):
    if path.suffix == ".npz":
        np.savez(path, **arrays)
    elif path.suffix == ".safetensors":
        from safetensors.numpy import save_file

        save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, path)
    else:
        torch = pytest.importorskip("torch")
        torch.save({name: torch.tensor(array) for name, array in arrays.items()}, path)
    return path


def paired(path):
    """The rows of images and texts that belong together by their table."""
    images, texts = import_embeddings(path, model="m", dataset="d")
    places = {name: row for row, name in enumerate(images.table["id"])}
    return images.vectors[[places[name] for name in texts.table["image_id"]]], texts.vectors


@pytest.mark.parametrize("suffix", [".npz", ".safetensors", ".pt"])
@pytest.mark.parametrize(
    "names", [("image_ids", "text_ids"), ("image_id", "text_id"), ("img_ids", "caption_ids")]
)
def test_ids_of_both_modalities_in_one_file_are_each_of_their_own(tmp_path, suffix, names):
    ids = dict(zip(names, (np.arange(N), ORDER), strict=True))
    arrays = {"image_embeds": ROWS, "text_embeds": -ROWS[ORDER]}
    images, texts = paired(save(tmp_path / f"a{suffix}", **arrays, **ids))
    np.testing.assert_array_equal(images, -texts)
    assert names[0] not in read_vectors(tmp_path / f"a{suffix}", "texts").table


def test_names_of_files_of_both_modalities_are_each_of_their_own(tmp_path):
    np.savez(
        tmp_path / "a.npz",
        image_embeds=ROWS,
        text_embeds=-ROWS[ORDER],
        image_paths=[f"img/{n:03}.jpg" for n in range(N)],
        text_files=[f"{n:03}.txt" for n in ORDER],
    )
    assert "image_paths" not in read_vectors(tmp_path / "a.npz", "texts").table
    assert "text_files" not in read_vectors(tmp_path / "a.npz", "images").table


def test_image_ids_that_no_text_id_shares_may_be_the_image_of_each_text(tmp_path):
    path = tmp_path / "a.npz"
    arrays = {"image_embeds": ROWS, "text_embeds": -ROWS, "image_ids": np.arange(N)}
    for more in ({}, {"text_ids": ORDER + 1000}):
        images, texts = paired(save(path, **arrays, **more))
        np.testing.assert_array_equal(images, -texts)
    two = {"text_embeds": np.repeat(-ROWS, 2, axis=0), "image_id": np.arange(N).repeat(2)}
    images, texts = paired(save(path, **{**arrays, **two}))
    np.testing.assert_array_equal(images, -texts)


@pytest.mark.parametrize("suffix", [".npz", ".safetensors", ".pt"])
@pytest.mark.parametrize("shape", [(N,), (N, 1), (1, N)])
@pytest.mark.parametrize("kind", ["f4", "f8", "i8"])
def test_ids_are_whole_numbers_of_any_type_in_one_axis(tmp_path, suffix, shape, kind):
    path = save(tmp_path / f"a{suffix}", x=ROWS, ids=ORDER.astype(kind).reshape(shape))
    assert read_vectors(path, "texts").table["id"].tolist() == [str(n) for n in ORDER]


def test_ids_of_an_array_with_an_axis_of_one_before_its_rows_are_read(tmp_path):
    path = save(tmp_path / "a.npz", x=ROWS[None], ids=ORDER)
    assert read_vectors(path, "texts").table["id"].tolist() == [str(n) for n in ORDER]


def test_long_ids_that_torch_stores_as_float64_stay_exact(tmp_path):
    ids = 2.0**40 + np.arange(N)
    table = read_vectors(save(tmp_path / "a.pt", x=ROWS, ids=ids), "texts").table
    assert table["id"].tolist() == [str(2**40 + n) for n in range(N)]


def test_fractions_are_no_ids_and_a_missing_one_is_named(tmp_path):
    path = save(tmp_path / "a.npz", x=ROWS, ids=np.arange(N) + 0.5)
    assert "id" not in read_vectors(path, "texts").table
    save(path, x=ROWS, ids=np.where(np.arange(N) == 3, np.nan, np.arange(N)))
    with pytest.raises(InputError, match=r"a\.npz: row 3 has no id"):
        read(path)


@pytest.mark.parametrize("name", ["captions", "Texts", "sentences", "prompt"])
def test_words_beside_an_array_are_the_words_of_the_texts(tmp_path, name):
    one = name.lower().removesuffix("s")
    np.savez(tmp_path / "a.npz", **{name: np.array(IDS)}, embeddings=ROWS)
    embeddings = read_vectors(tmp_path / "a.npz", "texts")
    np.testing.assert_array_equal(embeddings.vectors, ROWS)
    assert embeddings.table[one].tolist() == IDS
    torch = pytest.importorskip("torch")
    torch.save({name: IDS, "text_embeds": torch.tensor(ROWS)}, tmp_path / "a.pt")
    assert read_vectors(tmp_path / "a.pt", "texts").table[one].tolist() == IDS
    both = {"image_embeds": ROWS, "text_embeds": -ROWS, name: np.array(IDS)}
    np.savez(tmp_path / "both.npz", **both)
    assert read_vectors(tmp_path / "both.npz", "texts").table[one].tolist() == IDS
    assert not len(read_vectors(tmp_path / "both.npz", "images").table.columns)


def test_a_list_of_two_tensors_is_two_batches_where_texts_are_in_another_file(tmp_path, caplog):
    torch = pytest.importorskip("torch")
    caplog.set_level(logging.INFO)
    path, halves = tmp_path / "a.pt", [torch.tensor(half) for half in np.split(ROWS, 2)]
    torch.save(halves, path)
    np.testing.assert_array_equal(read_vectors(path, "images", both=False).vectors, ROWS)
    np.testing.assert_array_equal(read_vectors(path, "").vectors, ROWS)
    assert "a.pt: 2 batches put one behind the other" in caplog.text
    for half, name in enumerate(("images", "texts")):
        np.testing.assert_array_equal(read(path, name), np.split(ROWS, 2)[half])
    torch.save(torch.stack(halves), path)
    half = read_vectors(path, "images", both=False)
    assert half.metadata["half_of"] == [2, N // 2, D]


def test_an_array_of_any_cloud_is_said_by_a_name(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    np.savez(tmp_path / "a.npz", embeddings=ROWS, scale=1.0)
    read_vectors(tmp_path / "a.npz", "")
    assert "array 'embeddings' taken as the embeddings, ['scale'] not read" in caplog.text
    np.savez(tmp_path / "b.npz", a=ROWS, b=ROWS)
    with pytest.raises(InputError, match=r"b\.npz: holds \['a', 'b'\]; expected one array of emb"):
        read(tmp_path / "b.npz", "")


def test_a_name_that_says_embedding_goes_before_one_that_holds_a_modality(tmp_path):
    np.savez(tmp_path / "a.npz", image_hist=-ROWS, embeddings=ROWS)
    np.testing.assert_array_equal(read(tmp_path / "a.npz", "images"), ROWS)


@pytest.mark.parametrize(
    ("image_ids", "text_ids"),
    [
        (np.arange(N), np.arange(N) + 1),
        # As COCO numbers images and captions apart, with a number or two in common.
        (np.r_[np.arange(N - 1), 700], 700 + np.arange(N)),
    ],
)
def test_ids_that_share_some_by_chance_are_of_their_own_kinds(tmp_path, image_ids, text_ids):
    path = tmp_path / "a.npz"
    arrays = {"image_embeds": ROWS, "text_embeds": -ROWS}
    images, texts = paired(save(path, **arrays, image_ids=image_ids, text_ids=text_ids))
    np.testing.assert_array_equal(images, -texts)


def test_a_row_for_each_caption_names_its_image(tmp_path):
    owners = np.repeat(np.arange(N // 5), 5)
    arrays = {"image_embeds": ROWS[owners], "text_embeds": -ROWS[: len(owners)]}
    ids = {"image_ids": owners, "text_ids": np.arange(len(owners))}
    images, texts = import_embeddings(
        save(tmp_path / "a.npz", **arrays, **ids), model="m", dataset="d"
    )
    assert len(images) == N // 5
    assert texts.table["image_id"].tolist() == [str(owner) for owner in owners]


@pytest.mark.parametrize("suffix", [".npz", ".pt"])
@pytest.mark.parametrize("beside", ["caption", "sentences"])
def test_words_beside_embeddings_of_texts_are_not_meant(tmp_path, suffix, beside):
    path = tmp_path / f"a{suffix}"
    words = [f"a dog {row}" for row in range(N)]
    if suffix == ".npz":
        np.savez(path, image=ROWS, text=-ROWS, **{beside: np.array(words)})
    else:
        torch = pytest.importorskip("torch")
        torch.save({"image": torch.tensor(ROWS), "text": -torch.tensor(ROWS), beside: words}, path)
    cloud = read_vectors(path, "texts")
    np.testing.assert_array_equal(cloud.vectors, -ROWS)
    assert cloud.table[beside.removesuffix("s")].tolist() == words


def test_words_alone_are_named_in_the_error(tmp_path):
    words = np.array(["a dog"] * N)
    np.savez(tmp_path / "a.npz", captions=words, sentences=words)
    with pytest.raises(InputError, match=r"a\.npz: holds \['captions', 'sentences'\]; expected"):
        read_vectors(tmp_path / "a.npz", "texts")


def test_two_batches_of_each_modality_in_one_file_are_no_halves(tmp_path):
    """Half of the images and half of the texts were left out without a word."""
    torch = pytest.importorskip("torch")
    halves = [torch.tensor(half) for half in np.split(ROWS, 2)]
    torch.save({"images": halves, "texts": [-half for half in halves]}, tmp_path / "a.pt")
    np.testing.assert_array_equal(read(tmp_path / "a.pt", "images"), ROWS)
    np.testing.assert_array_equal(read(tmp_path / "a.pt", "texts"), -ROWS)
    stacked = np.stack(np.split(ROWS, 2))
    np.savez(tmp_path / "a.npz", image_features=stacked, text_features=-stacked)
    with pytest.raises(InputError, match=r"'image_features' has shape \(2, 6, 5\).*two batches"):
        read(tmp_path / "a.npz", "images")


def test_times_beside_an_array_are_ids(tmp_path):
    times = np.datetime64("2024-01-01T00:00:00") + np.arange(N).astype("m8[s]") * 7
    np.savez(tmp_path / "images.npz", embeddings=ROWS, ids=times)
    np.savez(tmp_path / "texts.npz", embeddings=-ROWS[ORDER], ids=times[ORDER])
    paths = (tmp_path / "images.npz", tmp_path / "texts.npz")
    images, texts = import_embeddings(*paths, model="m", dataset="d")
    places = {name: row for row, name in enumerate(images.table["id"])}
    rows = [places[name] for name in texts.table["image_id"]]
    np.testing.assert_array_equal(images.vectors[rows], -texts.vectors)
