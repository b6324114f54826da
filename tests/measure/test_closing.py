"""Closing, the folder it writes, and maps put to embeddings that come later."""

import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from helpers.public_features import clouds, needs_features, paired
from helpers.tiny_embeddings import tiny_pair

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings, read_embeddings, write_embeddings
from modgap.formats.tables import read_table, write_table
from modgap.measure.closed_folder import move_file, write_closed
from modgap.measure.closers import close_pair, compare_closers, wide_outcomes
from modgap.measure.files import import_embeddings, measure_files
from modgap.metrics.interventions import CLOSERS, INTERVENTIONS

SETTINGS = {"seed": 3, "resamples": 40}
KEYS = ["metric", "modality"]


def gapped(n=80, d=16, seed=0):
    """Images and texts with a gap, row i of texts the caption of image i."""
    rng = np.random.default_rng(seed)
    base = rng.normal(size=(n, d))
    images, texts = base + 0.4 * rng.normal(size=(n, d)) + 1.5, base - 1
    return images.astype(np.float32), texts.astype(np.float32)


def study(n=80, **settings):
    return paired(*gapped(n, **settings))


def printed(closed):
    return closed.outcomes.set_index(KEYS)


@pytest.mark.parametrize("storage", ["float32", "float16"])
@pytest.mark.parametrize("method", ["centre", "procrustes", "drop_dimensions"])
@pytest.mark.parametrize("calibrate", [0.4, 1.0])
def test_measuring_what_was_written_gives_what_was_printed(tmp_path, method, storage, calibrate):
    pair = study()
    closed = close_pair(*pair, method, calibrate=calibrate, storage=storage, **SETTINGS)
    write_closed(tmp_path / "out", closed, pair[0].metadata, storage)
    written = [tmp_path / "out" / name for name in ("image.parquet", "text.parquet")]
    table = measure_files(*written, **SETTINGS).set_index(KEYS)
    shown = printed(closed).dropna(subset="after")
    assert len(shown) == len(table) > 25
    for column, name in (("value", "after"), ("low", "after_low"), ("high", "after_high")):
        np.testing.assert_array_equal(table.loc[shown.index, column], shown[name])
    np.testing.assert_array_equal(table.loc[shown.index, "n"], shown["n"])


def test_before_is_the_table_of_the_items_that_were_not_fitted_on():
    pair = study()
    closed = close_pair(*pair, "centre", calibrate=0.25, **SETTINGS)
    shown = printed(closed)
    assert shown.loc[("rmg", "both"), "n"] == 60
    assert shown.loc[("rmg", "both"), "after"] < shown.loc[("rmg", "both"), "before"] - 0.1
    assert closed.images.table["calibration"].sum() == 20
    other = close_pair(*pair, "centre", calibrate=0.25, seed=4, resamples=40)
    assert printed(other).loc[("rmg", "both"), "before"] != shown.loc[("rmg", "both"), "before"]


def test_what_is_written_keeps_ids_and_says_what_was_done(tmp_path):
    pair = study()
    closed = close_pair(*pair, "midpoint", amount=0.5, storage="float16", **SETTINGS)
    write_closed(tmp_path / "out", closed, pair[0].metadata, "float16")
    images = read_embeddings(tmp_path / "out" / "image.parquet")
    assert images.table["id"].tolist() == pair[0].table["id"].tolist()
    assert images.metadata["model"] == "m+midpoint"
    assert images.metadata["storage"] == "float16"
    record = images.metadata["closed"]
    assert (record["method"], record["amount"], record["share"]) == ("midpoint", 0.5, 0.5)
    assert record["images_fitted_on"] == 40
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "image.parquet",
        "means.parquet",
        "text.parquet",
    ]
    assert list(tmp_path.iterdir()) == [tmp_path / "out"]


@pytest.mark.parametrize("method", INTERVENTIONS)
def test_maps_put_to_new_items_do_what_closing_did(tmp_path, method):
    """The same items again, as a server has them: no ids, one file, one modality."""
    images, texts = gapped()
    pair = import_from(tmp_path, images, texts)
    closed = close_pair(*pair, method, **SETTINGS)
    write_closed(tmp_path / "out", closed, pair[0].metadata)
    means = tmp_path / "out" / "means.parquet"
    for modality, moved in (("image", closed.images), ("text", closed.texts)):
        again = move_file(tmp_path / f"{modality}.npy", means, modality)
        np.testing.assert_allclose(again.vectors, moved.vectors, atol=1e-6)
    few = tmp_path / "few.npy"
    np.save(few, texts[7:10])
    np.testing.assert_allclose(
        move_file(few, means, "text").vectors, closed.texts.vectors[7:10], atol=1e-6
    )


def import_from(folder, images, texts):
    np.save(folder / "image.npy", images)
    np.save(folder / "text.npy", texts)
    paths = folder / "image.npy", folder / "text.npy"
    return import_embeddings(*paths, model="image", dataset="")


def test_several_captions_class_prompts_and_labels(tmp_path):
    pair = tiny_pair(60, per_image=2, offset=3)
    for name, cloud in zip(("image", "text"), pair, strict=True):
        write_embeddings(tmp_path / f"{name}.parquet", cloud)
    closed = close_pair(*pair, "centre", **SETTINGS)
    write_closed(tmp_path / "out", closed, pair[0].metadata)
    written = [tmp_path / "out" / f"{name}.parquet" for name in ("image", "text")]
    table = measure_files(*written, **SETTINGS).set_index(KEYS)["value"]
    shown = printed(closed)["after"]
    for key in (("zero_shot:object", "both"), ("moad", "image"), ("in_modality_recall@1", "text")):
        assert table[key] == shown[key]
    assert len(closed.texts) == len(pair[1])


def test_compare_has_a_row_for_each_closer_with_the_numbers_of_close():
    pair = study()
    table = compare_closers(*pair, **SETTINGS)
    wide = wide_outcomes(table)
    assert list(wide.index) == ["none", *CLOSERS]
    assert {"L2M", "RMG", "R@1 i→t", "mixed NDCG t", "angle", "separability"} <= set(wide)
    shown = printed(close_pair(*pair, "whiten", **SETTINGS))
    assert wide.loc["whiten", "RMG"] == shown.loc[("rmg", "both"), "after"]
    assert wide.loc["none", "RMG"] == shown.loc[("rmg", "both"), "before"]
    assert wide.loc["centre", "mixed R@10 i"] > wide.loc["none", "mixed R@10 i"]


def test_without_the_transport_library_the_others_are_compared(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "ot", None)
    monkeypatch.setitem(sys.modules, "ot.gaussian", None)
    monkeypatch.setattr("modgap.measure.closers.find_spec", lambda name: None)
    table = compare_closers(*study(30), resamples=5)
    assert set(table["closer"]) == {"none", *CLOSERS} - {"optimal_transport"}
    assert "optimal_transport is left out" in caplog.text
    with pytest.raises(InputError, match="needs the package POT"):
        close_pair(*study(30), "optimal_transport", resamples=5)


@needs_features
@pytest.mark.parametrize(
    ("method", "rmg", "recalls"),
    [("centre", "0.406", ("0.542", "0.500")), ("midpoint", "0.407", ("0.358", "0.366"))],
)
def test_known_numbers_on_real_clip(method, rmg, recalls):
    pair = paired(*clouds("features_clip"))
    shown = printed(close_pair(*pair, method, calibrate=1.0, resamples=20))["after"]
    assert f"{shown['rmg', 'both']:.3f}" == rmg
    ways = ("image_to_text", "text_to_image")
    assert tuple(f"{shown['recall@1', way]:.3f}" for way in ways) == recalls


def test_nothing_is_written_over(tmp_path):
    pair = study(20)
    closed = close_pair(*pair, "centre", **SETTINGS)
    (tmp_path / "note").write_text("mine")
    with pytest.raises(InputError, match="is there already and is not written over"):
        write_closed(tmp_path, closed, {})
    assert [path.name for path in tmp_path.iterdir()] == ["note"]
    (tmp_path / "empty").mkdir()
    write_closed(tmp_path / "empty", closed, {})
    assert len(list((tmp_path / "empty").iterdir())) == 3


def test_a_folder_that_fails_halfway_is_not_there(tmp_path):
    pair = study(20)
    closed = close_pair(*pair, "centre", **SETTINGS)
    bad = np.full_like(closed.texts.vectors, np.nan)
    broken = Embeddings(closed.texts.table, bad, {})
    closed = type(closed)(closed.images, broken, closed.maps, closed.record, closed.outcomes)
    with pytest.raises(InputError, match="is not finite"):
        write_closed(tmp_path / "out", closed, {})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"method": "center"}, "method 'center' is not known; did you mean 'centre'?"),
        ({"method": "centre", "calibrate": 0}, "calibration share 0, expected"),
        ({"method": "centre", "calibrate": 0.05}, "expected at least 2 of each"),
        ({"method": "centre", "storage": "float8"}, "did you mean 'float"),
        ({"method": "drop_dimensions", "amount": 16}, "so that a dimension is left"),
    ],
)
def test_bad_settings(settings, message):
    with pytest.raises(InputError, match=message):
        close_pair(*study(20), **settings)


def test_a_row_that_becomes_zero_is_named():
    images, texts = gapped(20)
    with pytest.raises(InputError, match="images after centre by 1: row 0 is zero; 20 such rows"):
        close_pair(*paired(np.ones_like(images), texts), "centre", calibrate=1.0, **SETTINGS)


def maps_of(tmp_path, pair=None):
    pair = pair or study(20)
    closed = close_pair(*pair, "centre", **SETTINGS)
    write_closed(tmp_path / "out", closed, pair[0].metadata)
    return tmp_path / "out" / "means.parquet"


def test_maps_of_other_embeddings_are_refused(tmp_path):
    means = maps_of(tmp_path)
    np.save(tmp_path / "wide.npy", np.ones((3, 17)))
    with pytest.raises(InputError, match=r"wide.npy has 17 dimensions, the maps in .* are for 16"):
        move_file(tmp_path / "wide.npy", means, "image")
    other = paired(*gapped(20), model="other")[0]
    write_embeddings(tmp_path / "other.parquet", other)
    with pytest.raises(InputError, match=r"is of model 'other', the maps in .* are for 'm'"):
        move_file(tmp_path / "other.parquet", means, "image")
    with pytest.raises(InputError, match="did you mean 'image'"):
        move_file(tmp_path / "other.parquet", means, "images")
    with pytest.raises(InputError, match=r"no fitted maps, but columns \['id', "):
        move_file(tmp_path / "other.parquet", tmp_path / "other.parquet", "image")


def test_damaged_maps_are_refused(tmp_path):
    means = maps_of(tmp_path)
    table, metadata = read_table(means)
    frame = table.to_pandas()
    frame["values"] = [np.full(16, np.nan) for _ in range(len(frame))]
    write_table(means, pa.Table.from_pandas(frame, preserve_index=False), metadata)
    np.save(tmp_path / "new.npy", np.ones((3, 16)))
    with pytest.raises(InputError, match="not finite"):
        move_file(tmp_path / "new.npy", means, "text")


def test_moved_items_that_were_fitted_on_are_left_out_with_labels_too(tmp_path, caplog):
    pair = study()
    closed = close_pair(*pair, "centre", **SETTINGS)
    write_closed(tmp_path / "out", closed, pair[0].metadata)
    written = [tmp_path / "out" / name for name in ("image.parquet", "text.parquet")]
    (tmp_path / "labels.csv").write_text("object,hue\n" + "a,x\nb,x\na,y\nb,y\n" * 20)
    caplog.set_level("INFO")
    table = measure_files(*written, labels=tmp_path / "labels.csv", **SETTINGS).set_index(KEYS)
    assert "40 of 80 images were fitted on: left out" in caplog.text
    assert table.loc[("rmg", "both"), "value"] == printed(closed).loc[("rmg", "both"), "after"]
    assert table.loc[("moad", "image"), "n"] == 40


def test_moving_what_was_moved_is_said(tmp_path, caplog):
    pair = study()
    closed = close_pair(*pair, "centre", **SETTINGS)
    write_closed(tmp_path / "out", closed, {})
    move_file(tmp_path / "out" / "image.parquet", tmp_path / "out" / "means.parquet", "image")
    assert "image.parquet was moved by centre before, and is moved once more" in caplog.text
    close_pair(closed.images, closed.texts, "centre", **SETTINGS)
    assert "the embeddings were moved by centre before, and are moved on" in caplog.text


def test_new_texts_may_share_the_id_of_their_image(tmp_path):
    pair = study()
    write_closed(tmp_path / "out", close_pair(*pair, "centre", **SETTINGS), pair[0].metadata)
    ids, vectors = [f"i{row // 2}" for row in range(80)], pair[1].vectors
    table = pa.table({"id": ids, "embedding": vectors.tolist()})
    pa.parquet.write_table(table, tmp_path / "new.parquet")
    moved = move_file(tmp_path / "new.parquet", tmp_path / "out" / "means.parquet", "text")
    assert moved.table["image_id"].tolist() == ids
    write_embeddings(tmp_path / "moved.parquet", moved)


def test_a_closer_that_cannot_be_fitted_does_not_stop_the_others(caplog):
    images, _ = gapped(20)
    table = compare_closers(*paired(images, images), resamples=5)
    left = {"none", *CLOSERS} - {"translate_images", "translate_texts"}
    assert set(table["closer"]) == left
    assert "translate_texts is left out: the centres of images and texts agree" in caplog.text


def test_every_closer_is_fitted_on_two_items():
    """Transport ended in a ValueError: of two rows a covariance has no inverse."""
    pytest.importorskip("ot")
    table = compare_closers(*study(4), resamples=5).set_index(["closer", *KEYS])["value"]
    moved = table[("optimal_transport", "l2m", "both")]
    assert moved < table[("none", "l2m", "both")]
