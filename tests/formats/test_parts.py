from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modgap.errors import InputError
from modgap.formats.vectors import read_vectors

ROWS = np.random.default_rng(0).normal(size=(13, 5)).astype(np.float32)
# Twelve parts: 10 and 11 come before 2 in the order of words.
CUTS = [0, 2, *range(3, 13), 13]


def save_parts(folder, name="img_emb_{}.npy"):
    folder.mkdir()
    for part, (start, stop) in enumerate(pairwise(CUTS)):
        np.save(folder / name.format(part), ROWS[start:stop])
    return folder


def test_parts_come_in_the_order_of_their_numbers(tmp_path, caplog):
    cloud = read_vectors(save_parts(tmp_path / "img_emb"), "images")
    np.testing.assert_array_equal(cloud.vectors, ROWS)
    assert "13 rows, of 12 files from img_emb_0.npy to img_emb_11.npy" in caplog.text


def test_tables_of_parts_keep_their_columns_and_other_files_are_passed_over(tmp_path):
    ids = [f"i{row}" for row in range(len(ROWS))]
    for part, rows in enumerate((slice(0, 9), slice(9, 13))):
        table = pa.table({"id": ids[rows], "embedding": ROWS[rows].tolist()})
        pq.write_table(table, tmp_path / f"part-{part:05d}-of-00002.parquet")
    (tmp_path / "_SUCCESS").write_text("")
    (tmp_path / ".crc.parquet").write_text("")
    cloud = read_vectors(tmp_path, "texts")
    np.testing.assert_array_equal(cloud.vectors, ROWS)
    assert cloud.table["id"].tolist() == ids


def test_what_save_to_disk_writes_is_read(tmp_path):
    table = pa.table({"embedding": ROWS.tolist()})
    path = tmp_path / "data-00000-of-00001.arrow"
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table)
    for name in ("dataset_info.json", "state.json"):
        (tmp_path / name).write_text("{}")
    np.testing.assert_array_equal(read_vectors(tmp_path, "images").vectors, ROWS)


def test_checksums_behind_the_numbers_of_parts_are_no_other_kind(tmp_path):
    """As the Hub's older Parquet files are called: datasets#6303."""
    sums = {0: "f3344faa23e9b0a6", 1: "0a9b8c7d6e5f4a3b"}
    for part, rows in enumerate((slice(0, 9), slice(9, 13))):
        name = f"train-{part:05d}-of-00002-{sums[part]}.parquet"
        pq.write_table(pa.table({"embedding": ROWS[rows].tolist()}), tmp_path / name)
    np.testing.assert_array_equal(read_vectors(tmp_path, "texts").vectors, ROWS)
    (tmp_path / f"train-00000-of-00002-{sums[0]}.parquet").unlink()
    with pytest.raises(InputError, match="1 of 2 parts"):
        read_vectors(tmp_path, "texts")


@pytest.mark.parametrize("shape", [(5,), (1, 5)])
@pytest.mark.parametrize("name", ["{:012d}", "COCO_val2014_{}", "a_{}.jpg"])
def test_files_of_one_embedding_each_are_items_of_that_name(tmp_path, shape, name, caplog):
    numbers = np.random.default_rng(1).choice(10**6, len(ROWS), replace=False)
    for number, row in zip(numbers, ROWS, strict=True):
        np.save(tmp_path / f"{name.format(number)}.npy", row.reshape(shape))
    cloud = read_vectors(tmp_path, "images")
    order = [list(map(name.format, numbers)).index(known) for known in cloud.table["id"]]
    np.testing.assert_array_equal(cloud.vectors, ROWS[order])
    assert "13 files of one embedding each" in caplog.text
    bad = name.format(numbers[4])
    np.save(tmp_path / f"{bad}.npy", np.zeros(shape))
    with pytest.raises(InputError, match=rf"the embedding in {bad}\.npy is all zeros"):
        read_vectors(tmp_path, "images")
    np.save(tmp_path / f"{bad}.npy", np.ones((*shape[:-1], 4)))
    with pytest.raises(InputError, match=r"4 numbers|5 numbers, .* has 4"):
        read_vectors(tmp_path, "images")


def test_a_folder_of_both_modalities_is_both_clouds(tmp_path, caplog):
    save_parts(tmp_path / "img_emb")
    (tmp_path / "text_emb").mkdir()
    np.save(tmp_path / "text_emb" / "text_emb_0.npy", ROWS[::-1])
    (tmp_path / "metadata").mkdir()
    np.testing.assert_array_equal(read_vectors(tmp_path, "images").vectors, ROWS)
    np.testing.assert_array_equal(read_vectors(tmp_path, "texts").vectors, ROWS[::-1])
    assert "text_emb is taken as the texts" in caplog.text
    other = tmp_path / "files"
    other.mkdir()
    np.save(other / "images.npy", ROWS)
    np.save(other / "captions.npy", ROWS + 1)
    np.testing.assert_array_equal(read_vectors(other, "texts").vectors, ROWS + 1)


@pytest.mark.parametrize("lost", ["img_emb_4.npy", "img_emb_10.npy"])
def test_a_part_that_is_missing_is_named(tmp_path, lost):
    folder = save_parts(tmp_path / "a")
    (folder / lost).unlink()
    with pytest.raises(InputError, match=f"not {lost[8:-4]}; fetch or make it again"):
        read_vectors(folder, "images")


def test_a_last_part_that_is_missing_is_known_by_the_number_of_parts(tmp_path):
    np.save(tmp_path / "data-00000-of-00002.npy", ROWS)
    with pytest.raises(InputError, match="1 of 2 parts"):
        read_vectors(tmp_path, "images")


def test_a_folder_of_several_clouds_or_none_says_what_it_holds(tmp_path):
    with pytest.raises(InputError, match="it is empty"):
        read_vectors(tmp_path, "images")
    (tmp_path / "img_emb").mkdir()
    with pytest.raises(InputError, match=r"it holds img_emb/\)"):
        read_vectors(tmp_path, "images")
    for name in ("train.npy", "test.npy"):
        np.save(tmp_path / name, ROWS)
    with pytest.raises(InputError, match=r"a folder of test\.npy, train\.npy; expected parts of"):
        read_vectors(tmp_path, "images")


@pytest.mark.parametrize(
    ("second", "match"),
    [
        (pa.table({"embedding": ROWS[:, :4].tolist()}), "part1.parquet: 4 dimensions, part0.*5"),
        (
            pa.table({"embedding": ROWS.tolist(), "id": list(map(str, range(13)))}),
            "part1.parquet: columns .*expected parts of one table",
        ),
    ],
)
def test_parts_of_other_clouds_are_refused(tmp_path, second, match):
    pq.write_table(pa.table({"embedding": ROWS.tolist()}), tmp_path / "part0.parquet")
    pq.write_table(second, tmp_path / "part1.parquet")
    with pytest.raises(InputError, match=match):
        read_vectors(tmp_path, "images")


def test_names_that_differ_in_two_numbers_have_no_order(tmp_path):
    for name in ("a0_b0.npy", "a1_b1.npy"):
        np.save(tmp_path / name, ROWS)
    with pytest.raises(InputError, match="differ in 2 numbers"):
        read_vectors(tmp_path, "images")


@pytest.mark.parametrize("shape", [(5,), (1, 5)])
def test_items_by_number_are_in_the_order_of_numbers(tmp_path, shape):
    """Texts beside them may be an array without ids."""
    for number, row in enumerate(ROWS):
        np.save(tmp_path / f"emb{number}_v2.npy", row.reshape(shape))
    np.testing.assert_array_equal(read_vectors(tmp_path, "images").vectors, ROWS)


def test_items_of_two_modalities_in_one_folder_are_refused(tmp_path):
    """They were read as one cloud of both, images and texts alike."""
    for number, row in enumerate(ROWS):
        np.save(tmp_path / f"{number}_img.npy", row)
        np.save(tmp_path / f"{number}_txt.npy", -row)
    with pytest.raises(InputError, match="expected parts of one cloud"):
        read_vectors(tmp_path, "images")


@pytest.mark.parametrize("suffix", [".npy", ".parquet"])
def test_parts_without_rows_are_left_out_and_named(tmp_path, suffix, caplog):
    """Spark writes one for each part of the work, and some of these have nothing to do."""
    for part, rows in enumerate((slice(0, 9), slice(9, 9), slice(9, 13))):
        path = tmp_path / f"part-{part:05d}{suffix}"
        if suffix == ".npy":
            np.save(path, ROWS[rows])
        else:
            kind = pa.list_(pa.float32())
            pq.write_table(pa.table({"x": pa.array(list(ROWS[rows]), kind)}), path)
    np.testing.assert_array_equal(read_vectors(tmp_path, "images").vectors, ROWS)
    assert f"no rows in part-00001{suffix}: left out" in caplog.text


@pytest.mark.parametrize("last", ["", "0,1\n"])
def test_a_part_of_text_without_rows_may_have_lost_them(tmp_path, last):
    (tmp_path / "part-0.csv").write_text("0,1\n0.5,0.25\n")
    (tmp_path / "part-1.csv").write_text(last)
    with pytest.raises(InputError, match=r"part-1\.csv: (an empty file|holds no rows)"):
        read_vectors(tmp_path, "images")


def test_parts_that_are_all_without_rows_are_no_cloud(tmp_path):
    for part in range(2):
        np.save(tmp_path / f"emb_{part}.npy", ROWS[:0])
    with pytest.raises(InputError, match=r"emb_1\.npy: holds no rows"):
        read_vectors(tmp_path, "images")


def test_names_of_spark_may_number_its_tasks_too(tmp_path):
    """As on Databricks: part-<number>-tid-<job>-<task>-1.c000."""
    save_parts(tmp_path / "a", "part-{0:05d}-tid-48-07bdfba9-{0}1-1.c000.npy")
    np.testing.assert_array_equal(read_vectors(tmp_path / "a", "images").vectors, ROWS)


def test_a_delta_table_is_read_only_if_all_that_is_in_its_folder_holds(tmp_path):
    for part, rows in enumerate((ROWS[:9], ROWS[9:])):
        table = pa.table({"embedding": rows.tolist()})
        pq.write_table(table, tmp_path / f"part-{part:05d}-a-c000.parquet")
    (tmp_path / "_delta_log").mkdir()
    first, second = (tmp_path / "_delta_log" / f"{number:020d}.json" for number in range(2))
    first.write_text("{}")
    np.testing.assert_array_equal(read_vectors(tmp_path, "images").vectors, ROWS)
    second.write_text("{}")
    with pytest.raises(InputError, match=r"is a Delta table, .*DeltaTable\(folder\)"):
        read_vectors(tmp_path, "images")
    first.unlink()  # as Delta does in time
    with pytest.raises(InputError, match="is a Delta table"):
        read_vectors(tmp_path, "images")


@pytest.mark.parametrize(
    ("mark", "what"), [("zarr.json", "Zarr"), (".zgroup", "Zarr"), ("_versions", "Lance")]
)
def test_a_folder_that_another_library_writes_is_named(tmp_path, mark, what):
    (tmp_path / mark).write_text("{}")
    with pytest.raises(InputError, match=rf"is a {what} .*; save what it holds: "):
        read_vectors(tmp_path, "images")


@pytest.mark.parametrize("suffix", [".pt", ".npz", ".safetensors"])
@pytest.mark.parametrize("shape", [(5,), (1, 5)])
def test_items_in_files_of_other_arrays_are_read_too(tmp_path, suffix, shape):
    """They were refused as parts, of which some were missing by the numbers in their names."""
    for number, row in enumerate(ROWS):
        path, vector = tmp_path / f"img{number * 37:04}{suffix}", row.reshape(shape)
        if suffix == ".pt":
            torch = pytest.importorskip("torch")
            torch.save(torch.tensor(vector), path)
        elif suffix == ".npz":
            np.savez(path, embedding=vector)
        else:
            from safetensors.numpy import save_file

            save_file({"embedding": vector}, path)
    cloud = read_vectors(tmp_path, "images")
    np.testing.assert_array_equal(cloud.vectors, ROWS)
    assert cloud.table["id"].tolist() == [f"img{number * 37:04}" for number in range(13)]
