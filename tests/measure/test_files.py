import warnings

import numpy as np
import pandas as pd
import pytest
from helpers.tiny_embeddings import tiny_pair

from modgap.errors import InputError
from modgap.formats.embeddings import read_embeddings, write_embeddings
from modgap.formats.vectors import read_array, read_vectors
from modgap.measure.files import import_embeddings, measure_files
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
    with pytest.raises(InputError, match=r"format '\.h5' is not read .*; expected one of \.npy"):
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


def table_of(*paths, **options):
    """Values by metric and modality."""
    table = measure_files(*paths, resamples=5, **options)
    return table.set_index(["metric", "modality"])["value"]


def test_one_array_holds_both_modalities(tmp_path):
    np.save(tmp_path / "both.npy", np.stack([IMAGES, TEXTS]))
    paths = [save(tmp_path, "images", ".npy", IMAGES), save(tmp_path, "texts", ".npy", TEXTS)]
    both = tmp_path / "both.npy"
    expected = table_of(*paths)
    for given in ((both,), (both, both), (both, paths[1]), (paths[0], both)):
        pd.testing.assert_series_equal(table_of(*given), expected)
    with pytest.raises(InputError, match=r"images\.npy: holds one array of shape \(30, 5\)"):
        measure_files(paths[0])


def test_two_files_of_both_modalities_are_refused_for_half_of_each_would_be_lost(tmp_path):
    for name in ("images", "texts"):
        np.save(tmp_path / f"{name}.npy", np.stack([IMAGES, TEXTS]))
    with pytest.raises(InputError, match=r"images\.npy and .*texts\.npy hold images and texts"):
        measure_files(tmp_path / "images.npy", tmp_path / "texts.npy")


def test_what_does_not_fit_together_is_refused_by_file(tmp_path):
    images = save(tmp_path, "images", ".npy", IMAGES)
    with pytest.raises(InputError, match=r"images\.npy has 5 dimensions and .*texts\.npy 4"):
        measure_files(images, save(tmp_path, "texts", ".npy", TEXTS[:, :4]))
    with pytest.raises(InputError, match=r"images\.npy has 30 rows and .*texts\.npy 29"):
        measure_files(images, save(tmp_path, "texts", ".npy", TEXTS[:29]))
    with pytest.raises(InputError, match=r"texts\.npy: 1 row, expected at least 2"):
        measure_files(images, save(tmp_path, "texts", ".npy", TEXTS[:1]))


def test_labels_called_none_are_words_in_every_metric(tmp_path):
    paths = [save(tmp_path, "images", ".npy", IMAGES), save(tmp_path, "texts", ".npy", TEXTS)]
    rows = [(["None", "coat"][n % 2], ["NA", "nan", "dots"][n % 3]) for n in range(30)]
    renamed = [(a.replace("None", "no"), b.replace("NA", "b").replace("nan", "c")) for a, b in rows]
    for name, labels in (("odd", rows), ("plain", renamed)):
        frame = pd.DataFrame(labels, columns=["object", "pattern"])
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
    odd, plain = (
        measure_files(*paths, labels=tmp_path / f"{name}.csv", resamples=5)
        for name in ("odd", "plain")
    )
    pd.testing.assert_frame_equal(odd, plain)
    assert odd.query("metric == 'moad'")["n"].tolist() == [30]


def noisy_copies(rows, size, seed=0):
    return rows * (1 + size * np.random.default_rng(seed).normal(size=rows.shape))


@pytest.mark.parametrize("size", [1e-7, 1e-6, 1e-5])
@pytest.mark.parametrize("side", ["texts", "images"])
def test_one_item_embedded_twice_is_one_item(tmp_path, size, side, caplog):
    """Rows 2i and 2i + 1 of one side are one caption (or one picture)."""
    rng = np.random.default_rng(1)
    twice = rng.normal(size=(30, 8))[np.arange(60) // 2]
    other = twice + 0.3 * rng.normal(size=(60, 8))
    values = {}
    for name, cloud in (("bits", twice), ("batches", noisy_copies(twice, size))):
        images, texts = (other, cloud) if side == "texts" else (cloud, other)
        paths = [save(tmp_path, "images", ".npy", images), save(tmp_path, "texts", ".npy", texts)]
        values[name] = table_of(*paths)
    assert values["bits"]["recall@1", "image_to_text"] > 0.9
    for key in [(f"recall@{k}", way) for k in (1, 5, 10) for way in WAYS]:
        assert values["batches"][key] == values["bits"][key]
    assert f"{side}: 30 of 60 are different by their vectors" in said(caplog, *paths)


WAYS = ("image_to_text", "text_to_image")


def said(caplog, *paths):
    caplog.clear()
    caplog.set_level("INFO")
    table_of(*paths)
    return caplog.text


def parquet(path, vectors, ids, **columns):
    pd.DataFrame({"id": ids, "embedding": list(vectors), **columns}).to_parquet(path)
    return path


def test_tables_in_another_order_are_joined_by_id(tmp_path):
    ids, order = [f"{n:04d}" for n in range(30)], np.random.default_rng(2).permutation(30)
    images = parquet(tmp_path / "images.parquet", IMAGES, ids)
    moved = parquet(tmp_path / "texts.parquet", TEXTS[order], [ids[row] for row in order])
    numbers = parquet(tmp_path / "numbers.parquet", TEXTS[order], order)
    (tmp_path / "labels.csv").write_text(
        "id,object,hue\n" + "".join(f"{ids[n]},{n % 3},{n % 2}\n" for n in order)
    )
    labels = pd.DataFrame({"object": np.arange(30) % 3, "hue": np.arange(30) % 2})
    labels.to_parquet(tmp_path / "labels.parquet")
    arrays = [save(tmp_path, "images", ".npy", IMAGES), save(tmp_path, "texts", ".npy", TEXTS)]
    expected = table_of(*arrays, labels=tmp_path / "labels.parquet")
    for texts in (moved, numbers):
        values = table_of(images, texts, labels=tmp_path / "labels.csv")
        drawn = values.index.get_level_values(0) == "linear_separability"
        pd.testing.assert_series_equal(values[~drawn], expected[~drawn], rtol=1e-5)


def test_words_beside_the_embeddings_tell_which_texts_are_the_same(tmp_path):
    ids = [f"i{n}" for n in range(30)]
    images = parquet(tmp_path / "images.parquet", IMAGES, ids)
    words = [f"caption {n // 2}" for n in range(30)]
    # Embedded twice, with more between them than the vectors of one text may have.
    twice = np.repeat(TEXTS[::2], 2, axis=0)
    twice[::2] += 0.02
    texts = parquet(tmp_path / "texts.parquet", twice, ids, caption=words)
    table = measure_files(images, texts, resamples=5)
    recall = table.query("metric == 'recall@1'").set_index("modality")["n"]
    assert recall.to_dict() == {"image_to_text": 30, "text_to_image": 15}


@pytest.fixture
def many_to_many(tmp_path):
    """Texts of several images, images of several texts, and some of neither."""
    rng = np.random.default_rng(3)
    images, texts = rng.normal(size=(2, 40, 8)).astype(np.float32)
    pairs = np.unique(np.column_stack(rng.integers(0, (35, 36), (70, 2)).T), axis=0)
    np.save(tmp_path / "pairs.npy", pairs)
    labels = pd.DataFrame({"object": rng.choice(["None", "b"], 40), "hue": rng.choice(3, 40)})
    labels.to_csv(tmp_path / "labels.csv", index=False)
    paths = [save(tmp_path, "images", ".npy", images), save(tmp_path, "texts", ".npy", texts)]
    return images, texts, pairs, [*paths, tmp_path / "pairs.npy", tmp_path / "labels.csv"]


def test_imported_embeddings_measure_as_the_files_do(tmp_path, many_to_many):
    *_, paths = many_to_many
    images, texts = import_embeddings(*paths, model="images", dataset="")
    write_embeddings(tmp_path / "image.parquet", images)
    write_embeddings(tmp_path / "text.parquet", texts)
    again = measure_pair(
        read_embeddings(tmp_path / "image.parquet"),
        read_embeddings(tmp_path / "text.parquet"),
        seed=0,
        resamples=50,
    )
    pd.testing.assert_frame_equal(again, measure_files(*paths, resamples=50))
    assert images.metadata["object_factor"] == "object"
    assert images.metadata["attribute_factors"] == ["hue"]
    assert list(images.table) == ["id", "object", "hue"]
    named, _ = import_embeddings(*paths, model="mine", dataset="coco")
    assert (named.metadata["model"], named.metadata["dataset"]) == ("mine", "coco")


def test_any_pairing_gives_the_numbers_of_the_metrics_themselves(many_to_many):
    import modgap

    images, texts, pairs, paths = many_to_many
    values = table_of(*paths)
    assert values["rmg", "both"] == pytest.approx(modgap.rmg(images, texts, pairs))
    assert values["l2m", "both"] == pytest.approx(modgap.l2m(images, texts))
    assert values["l2i", "both"] == pytest.approx(modgap.l2i(images, texts, pairs))
    recall = modgap.recall_at_k(images, texts, pairs)
    assert values["recall@5", "image_to_text"] == recall.image_to_text[5]
    assert values["recall@5", "text_to_image"] == recall.text_to_image[5]


def test_a_sample_is_of_images_with_all_their_texts(many_to_many, caplog):
    images, texts, pairs, paths = many_to_many
    values = table_of(*paths[:3], at_most=20, seed=4)
    assert "measured on 20 of 40 images, drawn with seed 4" in caplog.text
    drawn = np.sort(np.random.default_rng(4).permutation(40)[:20])
    kept = pairs[np.isin(pairs[:, 0], drawn)]
    own = np.unique(kept[:, 1])
    rows = np.column_stack([np.searchsorted(drawn, kept[:, 0]), np.searchsorted(own, kept[:, 1])])
    from modgap import rmg

    assert values["rmg", "both"] == pytest.approx(rmg(images[drawn], texts[own], rows))


def test_a_long_measurement_is_announced(tmp_path, monkeypatch, caplog):
    from modgap.measure import files

    paths = [save(tmp_path, "images", ".npy", IMAGES), save(tmp_path, "texts", ".npy", TEXTS)]
    assert "similarities" not in said(caplog, *paths)
    monkeypatch.setattr(files, "_MANY", 800)
    assert "30 images and 30 texts: recall takes 9.0e+02 similarities" in said(caplog, *paths)


@pytest.mark.parametrize("n", [2, 3, 4])
def test_a_few_pairs_are_measured_without_warnings_of_numpy(tmp_path, n, caplog):
    paths = [
        save(tmp_path, "images", ".npy", IMAGES[:n]),
        save(tmp_path, "texts", ".npy", TEXTS[:n]),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = measure_files(*paths, resamples=400)
    from modgap import rmg

    row = table.query("metric == 'rmg'").iloc[0]
    assert row["value"] == pytest.approx(rmg(IMAGES[:n], TEXTS[:n]))
    assert np.isfinite(table["value"]).all()
    assert f"{n} images with a text: too few for cross_modal_neighbours" in caplog.text
    if n < 4:
        assert np.isnan([row["low"], row["high"]]).all()
        assert "no interval for rmg both, cosine_non_pairs both" in caplog.text
    else:
        assert row["low"] <= row["value"] <= row["high"]


def test_class_prompts_are_not_taken_for_captions(tmp_path):
    images, texts = tiny_pair()
    write_embeddings(tmp_path / "image.parquet", images)
    write_embeddings(tmp_path / "text.parquet", texts)
    images.table[["digit"]].to_csv(tmp_path / "labels.csv", index=False)
    with pytest.raises(InputError, match=r"text\.parquet: holds class prompts beside captions"):
        measure_files(
            tmp_path / "image.parquet", tmp_path / "text.parquet", labels=tmp_path / "labels.csv"
        )


def test_labels_of_the_wrong_length_are_refused(tmp_path):
    paths = [save(tmp_path, "images", ".npy", IMAGES), save(tmp_path, "texts", ".npy", TEXTS)]
    (tmp_path / "labels.tsv").write_text("thing\tother\na\tb\n")
    with pytest.raises(InputError, match=r"labels\.tsv: 1 rows of labels for 30 images"):
        measure_files(*paths, labels=tmp_path / "labels.tsv")


def test_a_column_called_kind_does_not_make_a_file_of_the_study(tmp_path):
    ids = [f"i{n}" for n in range(30)]
    images = parquet(tmp_path / "images.parquet", IMAGES, ids)
    texts = parquet(tmp_path / "texts.parquet", TEXTS, ids, kind=["title"] * 30)
    arrays = [save(tmp_path, "images", ".npy", IMAGES), save(tmp_path, "texts", ".npy", TEXTS)]
    for given in ({}, {"pairs": tmp_path / "pairs.npy"}):
        np.save(tmp_path / "pairs.npy", np.repeat(np.arange(30)[:, None], 2, axis=1))
        pd.testing.assert_series_equal(table_of(images, texts, **given), table_of(*arrays))


def test_images_without_a_text_are_counted(tmp_path, caplog):
    np.save(tmp_path / "pairs.npy", np.repeat(np.arange(20)[:, None], 2, axis=1))
    paths = [save(tmp_path, "images", ".npy", IMAGES), save(tmp_path, "texts", ".npy", TEXTS)]
    said_of = said(caplog, *paths, tmp_path / "pairs.npy")
    assert "images: 10 of 30 have no text; they only compete" in said_of


def test_words_that_stand_for_unlike_embeddings_are_no_words_of_texts(tmp_path, caplog):
    """An instruction to the model is the same for all texts."""
    table = pd.DataFrame({"prompt": "Represent the caption", "embedding": list(TEXTS)})
    table.to_parquet(tmp_path / "texts.parquet")
    images = save(tmp_path, "images", ".npy", IMAGES)
    measured = measure_files(images, tmp_path / "texts.parquet", resamples=5)
    plain = measure_files(images, save(tmp_path, "texts", ".npy", TEXTS), resamples=5)
    pd.testing.assert_frame_equal(measured, plain)
    assert "column 'prompt' has the same words in rows 0 and " in caplog.text


def test_embeddings_of_a_study_are_those_of_another(tmp_path):
    images, texts = tiny_pair()
    write_embeddings(tmp_path / "image.parquet", images)
    write_embeddings(tmp_path / "text.parquet", texts)
    paths = tmp_path / "image.parquet", tmp_path / "text.parquet"
    x, y = import_embeddings(*paths, model="mine", dataset="here")
    assert y.table["kind"].tolist() == texts.table["kind"].tolist()
    np.testing.assert_array_equal(y.vectors, texts.vectors)
    assert (x.metadata["model"], y.metadata["dataset"]) == ("mine", "here")


def test_two_batches_of_images_beside_a_file_of_texts_are_put_together(tmp_path):
    import torch

    torch.save([torch.tensor(IMAGES[:15]), torch.tensor(IMAGES[15:])], tmp_path / "images.pt")
    texts = save(tmp_path, "texts", ".npy", TEXTS)
    expected = measure_files(save(tmp_path, "images", ".npy", IMAGES), texts, resamples=20)
    pd.testing.assert_frame_equal(
        measure_files(tmp_path / "images.pt", texts, resamples=20), expected
    )
