import numpy as np
import pandas as pd
import pytest
from helpers.tiny_embeddings import tiny_pair

from modgap.errors import InputError
from modgap.formats.embeddings import write_embeddings
from modgap.formats.vectors import read_array, read_vectors
from modgap.measure.files import measure_files
from modgap.measure.table import measure_pair

IMAGES = np.random.default_rng(0).normal(size=(30, 5)).astype(np.float32)
TEXTS = IMAGES + 0.5


def save(folder, name, suffix, array):
    path = folder / f"{name}{suffix}"
    if suffix == ".npy":
        np.save(path, array)
    elif suffix == ".npz":
        np.savez(path, array, **{}) if name == "images" else np.savez(path, texts=array, other=[1])
    elif suffix == ".safetensors":
        from safetensors.numpy import save_file

        save_file({"embedding": array}, path)
    else:
        table = pd.DataFrame({"id": np.arange(len(array)).astype(str)})
        from modgap.formats.embeddings import Embeddings

        write_embeddings(path, Embeddings(table, array, {}))
    return path


def rmg_of(table):
    return table.loc[table["metric"] == "rmg", "value"].item()


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".safetensors", ".parquet"])
def test_every_format_gives_the_same_table(tmp_path, suffix):
    paths = [save(tmp_path, "images", suffix, IMAGES), save(tmp_path, "texts", suffix, TEXTS)]
    np.testing.assert_array_equal(read_vectors(paths[1], "texts").vectors, TEXTS)
    table = measure_files(*paths, resamples=20)
    assert set(table["model"]) == {"images"}
    reference = measure_files(
        save(tmp_path, "images", ".npy", IMAGES),
        save(tmp_path, "texts", ".npy", TEXTS),
        resamples=20,
    )
    pd.testing.assert_frame_equal(table, reference)


def test_pairs_and_labels_enter(tmp_path):
    images, texts = save(tmp_path, "images", ".npy", IMAGES), save(tmp_path, "texts", ".npy", TEXTS)
    (tmp_path / "pairs.tsv").write_text(
        "image\ttext\n" + "\n".join(f"{i}\t{29 - i}" for i in range(30))
    )
    labels = pd.DataFrame({"thing": np.tile(["a", "b", "c"], 10), "hue": np.tile(["x", "y"], 15)})
    labels.to_csv(tmp_path / "labels.csv", index=False)
    table = measure_files(
        images, texts, tmp_path / "pairs.tsv", tmp_path / "labels.csv", resamples=20
    )
    np.save(tmp_path / "pairs.npy", np.column_stack([np.arange(30), np.arange(30)[::-1]]))
    from modgap import moad, rmg

    expected = rmg(IMAGES, TEXTS, np.load(tmp_path / "pairs.npy"))
    assert rmg_of(table) == pytest.approx(expected)
    assert rmg_of(measure_files(images, texts, tmp_path / "pairs.npy", resamples=20)) == rmg_of(
        table
    )
    found = table.query("metric == 'moad' and modality == 'image'")["value"].item()
    assert found == pytest.approx(moad(IMAGES, labels["thing"], labels["hue"]), abs=1e-6)


def test_embedding_files_of_the_study_are_measured_with_all_that_is_in_them(tmp_path):
    images, texts = tiny_pair()
    write_embeddings(tmp_path / "image.parquet", images)
    write_embeddings(tmp_path / "text.parquet", texts)
    found = measure_files(tmp_path / "image.parquet", tmp_path / "text.parquet", resamples=20)
    expected = measure_pair(images, texts, seed=0, resamples=20)
    pd.testing.assert_frame_equal(found, expected)


def test_nothing_is_ever_unpickled(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (tmp_path.joinpath("touched").write_text, ("boom",))

    np.save(tmp_path / "bomb.npy", np.array([Bomb()], dtype=object), allow_pickle=True)
    np.savez(tmp_path / "bomb.npz", np.array([Bomb()], dtype=object))
    (tmp_path / "touched").unlink(missing_ok=True)
    for name in ("bomb.npy", "bomb.npz"):
        with pytest.raises(InputError, match=f"{name}: no plain array of numbers"):
            read_array(tmp_path / name, "images")
    assert not (tmp_path / "touched").exists()


def test_files_that_cannot_be_read_are_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.npy: no such file"):
        read_array(tmp_path / "none.npy", "images")
    (tmp_path / "weights.h5").write_bytes(b"x")
    with pytest.raises(InputError, match=r"format '\.h5' is not read; expected one of \.npy"):
        read_array(tmp_path / "weights.h5", "images")
    (tmp_path / "short.npy").write_bytes(b"\x93NUMPY\x01\x00")
    (tmp_path / "short.safetensors").write_bytes(b"\x10\x00")
    (tmp_path / "short.npz").write_bytes(b"PK")
    for name in ("short.npy", "short.safetensors", "short.npz"):
        with pytest.raises(InputError, match=f"{name}: no plain array"):
            read_array(tmp_path / name, "images")
    np.savez(tmp_path / "many.npz", a=IMAGES, b=TEXTS)
    with pytest.raises(InputError, match=r"many\.npz: holds \['a', 'b'\]; expected one array"):
        read_array(tmp_path / "many.npz", "images")


def test_labels_of_the_wrong_length_are_refused(tmp_path):
    paths = [save(tmp_path, "images", ".npy", IMAGES), save(tmp_path, "texts", ".npy", TEXTS)]
    (tmp_path / "labels.tsv").write_text("thing\tother\na\tb\n")
    with pytest.raises(InputError, match=r"labels\.tsv: 1 rows of labels for 30 images"):
        measure_files(*paths, labels=tmp_path / "labels.tsv")
