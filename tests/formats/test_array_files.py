import logging
import pickle

import numpy as np
import pytest
import scipy.sparse
from helpers.vector_files import IDS, ROWS, D, N, read, unit

from modgap.errors import InputError
from modgap.formats.vectors import read_vectors


@pytest.mark.parametrize(
    "kind", ["<f4", ">f4", ">f8", "f8", "longdouble", "f2"], ids=lambda kind: str(kind)
)
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_of_any_float_and_order_are_read(tmp_path, kind, order):
    np.save(tmp_path / "a.npy", np.asarray(ROWS, dtype=kind, order=order))
    vectors = read(tmp_path / "a.npy")
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, ROWS, rtol=1e-3 if kind == "f2" else 1e-7)


@pytest.mark.parametrize("suffix", ["npy", "pt"])
@pytest.mark.parametrize("scale", [1e200, 1e-200])
def test_rows_beyond_float32_keep_their_direction(tmp_path, scale, suffix):
    path, rows = tmp_path / f"a.{suffix}", ROWS.astype(np.float64) * scale
    if suffix == "npy":
        np.save(path, rows)
    else:
        torch = pytest.importorskip("torch")
        torch.save(torch.tensor(rows), path)
    np.testing.assert_allclose(unit(read(path)), unit(ROWS), atol=1e-6)


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".pt"])
def test_one_file_holds_both_modalities(tmp_path, suffix, caplog):
    path, both = tmp_path / f"both{suffix}", np.stack([ROWS, -ROWS])
    if suffix == ".npy":
        np.save(path, both)
    elif suffix == ".npz":
        np.savez(path, images=ROWS, texts=-ROWS)
    else:
        torch = pytest.importorskip("torch")
        torch.save(
            {"image_features": torch.tensor(ROWS), "text_features": -torch.tensor(ROWS)}, path
        )
    caplog.set_level(logging.INFO)
    np.testing.assert_array_equal(read(path, "images"), ROWS)
    np.testing.assert_array_equal(read(path, "texts"), -ROWS)
    if suffix == ".npy":
        assert "of which [1] is taken as the texts" in caplog.text


def test_ids_beside_an_array_are_the_ids(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    np.savez(tmp_path / "a.npz", ids=np.array(IDS), embeddings=ROWS, scale=1.0)
    embeddings = read_vectors(tmp_path / "a.npz", "texts")
    assert embeddings.table["id"].tolist() == IDS
    assert "a.npz: array 'embeddings' taken as the texts, ['scale'] not read" in caplog.text
    np.savez(tmp_path / "b.npz", filenames=np.array(IDS), features=ROWS)
    assert read_vectors(tmp_path / "b.npz", "texts").table["filenames"].tolist() == IDS
    np.savez(tmp_path / "c.npz", ids=np.array(IDS, dtype=object), embeddings=ROWS)
    with pytest.raises(InputError, match=r"c\.npz: array 'ids' holds Python objects"):
        read(tmp_path / "c.npz")


def test_tensors_by_name_of_the_item_and_batches_are_read(tmp_path):
    torch = pytest.importorskip("torch")
    tensor = torch.tensor(ROWS)
    torch.save(dict(zip(IDS, tensor, strict=True)), tmp_path / "named.pt")
    assert read_vectors(tmp_path / "named.pt", "texts").table["id"].tolist() == IDS
    torch.save({"ids": IDS, "embeddings": tensor}, tmp_path / "ids.pt")
    assert read_vectors(tmp_path / "ids.pt", "texts").table["id"].tolist() == IDS
    torch.save(list(tensor.split(5)), tmp_path / "batches.pt")
    torch.save(list(tensor.split(4)), tmp_path / "even.pt")
    torch.save(ROWS.tolist(), tmp_path / "lists.pt")
    torch.save(tensor.to_sparse(), tmp_path / "sparse.pt")
    for name in ("named", "ids", "batches", "even", "lists", "sparse"):
        np.testing.assert_array_equal(read(tmp_path / f"{name}.pt"), ROWS)
    torch.save([tensor[:8], tensor[8:]], tmp_path / "two.pt")
    with pytest.raises(InputError, match=r"two\.pt: holds tensors of shapes .*torch\.cat"):
        read(tmp_path / "two.pt")


@pytest.mark.parametrize("suffix", ["npz", "safetensors"])
@pytest.mark.parametrize("shape", [(D,), (1, D)])
def test_arrays_by_name_of_the_item_are_read(tmp_path, suffix, shape):
    from safetensors.numpy import save_file

    arrays = {name: row.reshape(shape) for name, row in zip(IDS, ROWS, strict=True)}
    path = tmp_path / f"a.{suffix}"
    np.savez(path, **arrays) if suffix == "npz" else save_file(arrays, path)
    cloud = read_vectors(path, "images")
    rows = dict(zip(IDS, ROWS, strict=True))
    np.testing.assert_array_equal(cloud.vectors, [rows[name] for name in cloud.table["id"]])
    assert sorted(cloud.table["id"]) == sorted(IDS)


def test_arrays_that_are_no_numbers_say_what_to_do(tmp_path):
    both = np.zeros(N, dtype=[("id", "U3"), ("embedding", "f4", D)])
    np.save(tmp_path / "fields.npy", both)
    with pytest.raises(InputError, match=r"fields\.npy: dtype .*array\['embedding'\]"):
        read(tmp_path / "fields.npy")
    upper = (ROWS.view("<u4") >> 16).astype("<u2")
    np.save(tmp_path / "bfloat16.npy", upper.view("V2"))  # as ml_dtypes does
    with pytest.raises(InputError, match=r"if it is bfloat16: \(array\.view"):
        read(tmp_path / "bfloat16.npy")
    array = np.load(tmp_path / "bfloat16.npy")
    np.testing.assert_allclose((array.view("<u2").astype("<u4") << 16).view("<f4"), ROWS, rtol=8e-3)


@pytest.mark.parametrize("shape", [(N, 1, D), (1, N, D), (N, D, 1), (N, 1, D, 1)])
def test_axes_of_length_one_hold_nothing(tmp_path, shape, caplog):
    caplog.set_level(logging.INFO)
    np.save(tmp_path / "a.npy", ROWS.reshape(shape))
    np.testing.assert_array_equal(read(tmp_path / "a.npy"), ROWS)
    assert f"shape {shape} is taken as ({N}, {D})" in caplog.text


def test_several_texts_of_each_image_are_rows_one_behind_the_other(tmp_path, caplog):
    array = np.random.default_rng(1).normal(size=(N, 5, D)).astype(np.float32)
    np.save(tmp_path / "a.npy", array)
    cloud = read_vectors(tmp_path / "a.npy", "texts")
    np.testing.assert_array_equal(cloud.vectors, array.reshape(-1, D))
    assert cloud.metadata["texts_each"] == 5
    assert f"shape ({N}, 5, {D}) is read as 5 texts for each of {N} images" in caplog.text
    for path, name in ((tmp_path / "a.npy", "images"), (tmp_path / "turned.npy", "texts")):
        np.save(tmp_path / "turned.npy", array.swapaxes(0, 1))
        with pytest.raises(InputError, match=r"k texts for each of n images are an array \(n, k"):
            read_vectors(path, name)


def test_sparse_matrices_and_formats_that_are_not_read_say_how_to_save_them(tmp_path):
    scipy.sparse.save_npz(tmp_path / "a.npz", scipy.sparse.csr_matrix(ROWS))
    with pytest.raises(InputError, match=r"a sparse matrix of SciPy.*toarray"):
        read(tmp_path / "a.npz")
    for suffix, how in {"h5": "h5py", "mat": "loadmat", "faiss": "reconstruct_n"}.items():
        (tmp_path / f"a.{suffix}").write_bytes(b"0")
        with pytest.raises(InputError, match=rf"'\.{suffix}' is not read \(.*{how}"):
            read(tmp_path / f"a.{suffix}")


@pytest.mark.parametrize("kind", ["float32", "float16", "bfloat16"])
def test_tensors_of_torch_are_read(tmp_path, kind):
    torch = pytest.importorskip("torch")
    from safetensors.torch import save_file

    tensor = torch.tensor(ROWS).to(getattr(torch, kind)).requires_grad_()
    expected = tensor.detach().float().numpy()
    torch.save(tensor, tmp_path / "a.pt")
    torch.save([row.detach() for row in tensor], tmp_path / "rows.pth")
    save_file({"x": tensor}, tmp_path / "a.safetensors")
    for name in ("a.pt", "rows.pth", "a.safetensors"):
        np.testing.assert_array_equal(read(tmp_path / name), expected)


def test_torch_files_are_never_unpickled(tmp_path):
    torch = pytest.importorskip("torch")
    marker = tmp_path / "touched"

    class Bomb:
        def __reduce__(self):
            return (marker.write_text, ("boom",))

    torch.save(Bomb(), tmp_path / "bomb.pt")
    (tmp_path / "old.pt").write_bytes(pickle.dumps(Bomb(), protocol=2))
    marker.unlink(missing_ok=True)
    for name in ("bomb.pt", "old.pt"):
        with pytest.raises(InputError, match=f"{name}: no plain array") as caught:
            read(tmp_path / name)
        assert "weights_only" not in str(caught.value)
    assert not marker.exists()
    torch.save({"a": torch.zeros(2), "b": torch.zeros(2)}, tmp_path / "dict.pt")
    with pytest.raises(InputError, match=r"dict\.pt: holds \['a', 'b'\]"):
        read(tmp_path / "dict.pt")
    torch.save("words", tmp_path / "words.pt")
    with pytest.raises(InputError, match=r"words\.pt: holds a str, expected a tensor"):
        read(tmp_path / "words.pt")


def test_what_lies_before_the_embeddings_of_an_npz_is_not_loaded(tmp_path):
    """Words as Python objects, as pandas' columns are saved."""
    words = np.array(IDS, dtype=object)
    np.savez(tmp_path / "a.npz", captions=words, images=ROWS, texts=-ROWS)
    np.testing.assert_array_equal(read(tmp_path / "a.npz", "images"), ROWS)
    np.testing.assert_array_equal(read(tmp_path / "a.npz"), -ROWS)


@pytest.mark.parametrize("name", ["{}", "item_{}_v2"])
def test_tensors_by_number_are_in_the_order_of_numbers(tmp_path, name):
    """Rows may be those of a file without ids; safetensors gives 10 before 2."""
    from safetensors.numpy import save_file

    save_file({name.format(row): ROWS[row] for row in range(N)}, tmp_path / "a.safetensors")
    cloud = read_vectors(tmp_path / "a.safetensors", "images")
    np.testing.assert_array_equal(cloud.vectors, ROWS)
    assert cloud.table["id"].tolist() == [name.format(row) for row in range(N)]


def test_tensors_of_bfloat16_by_name_of_the_item_are_read(tmp_path):
    torch = pytest.importorskip("torch")
    from safetensors.torch import save_file

    tensors = torch.tensor(ROWS).bfloat16()
    save_file(dict(zip(IDS, tensors, strict=True)), tmp_path / "a.safetensors")
    cloud = read_vectors(tmp_path / "a.safetensors", "texts")
    rows = dict(zip(IDS, tensors.float().numpy(), strict=True))
    np.testing.assert_array_equal(cloud.vectors, [rows[name] for name in cloud.table["id"]])
