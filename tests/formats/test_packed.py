import gzip

import numpy as np
import pandas as pd
import pytest
from helpers.vector_files import IDS, ROWS, D, read

from modgap.errors import InputError
from modgap.formats.text import read_text
from modgap.formats.vectors import read_vectors
from modgap.measure.labels import read_labels
from modgap.measure.pairs import read_pairs


@pytest.mark.parametrize("name", ["a.csv.gz", "a.tsv.gz", "a.txt.gz", "A.CSV.GZ", "a.b.csv.gz"])
def test_packed_tables_are_read_as_the_unpacked(tmp_path, name):
    separator = "\t" if ".tsv" in name else ","
    frame = pd.DataFrame(ROWS, index=IDS, columns=range(D))
    frame.to_csv(tmp_path / name, sep=separator, compression="gzip")
    embeddings = read_vectors(tmp_path / name, "texts")
    np.testing.assert_allclose(embeddings.vectors, ROWS, rtol=1e-5)
    assert embeddings.table["id"].tolist() == IDS


def test_packed_pairs_and_labels_are_read(tmp_path):
    np.save(tmp_path / "a.npy", ROWS)
    cloud = read_vectors(tmp_path / "a.npy", "images")
    rows = range(len(ROWS))
    pairs = pd.DataFrame({"image": rows, "text": rows[::-1]})
    pairs.to_csv(tmp_path / "pairs.csv.gz", index=False)
    found = read_pairs(tmp_path / "pairs.csv.gz", cloud, cloud, ("a", "b"))
    assert found.tolist() == pairs.to_numpy().tolist()
    pd.DataFrame({"object": IDS}).to_csv(tmp_path / "labels.tsv.gz", index=False, sep="\t")
    labels = read_labels(tmp_path / "labels.tsv.gz", cloud, tmp_path / "a.npy")
    assert labels["object"].tolist() == IDS
    pairs.assign(text=99).to_csv(tmp_path / "bad.csv.gz", index=False)
    with pytest.raises(InputError, match=r"bad\.csv\.gz: line 2: text row 99"):
        read_pairs(tmp_path / "bad.csv.gz", cloud, cloud, ("a", "b"))


def test_what_is_damaged_or_not_packed_is_named(tmp_path):
    path = tmp_path / "a.csv.gz"
    packed = gzip.compress(b"a,b\n1,2\n" * 1000)
    for data, message in (
        (packed[:-12], "damaged or cut short"),
        (packed[:20] + b"\xff\xff" + packed[22:], "damaged or cut short"),
        (b"a,b\n1,2\n", "is called .gz and not packed by gzip .*; name it a.csv"),
        (b"", "is called .gz and not packed by gzip"),
    ):
        path.write_bytes(data)
        with pytest.raises(InputError, match=rf"a\.csv\.gz: {message}"):
            read(path)


def test_a_bomb_is_refused_and_never_unpacked_whole(tmp_path, monkeypatch):
    monkeypatch.setattr("modgap.formats.packed._HARMLESS", 10_000)
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(bytes(10_000_000)))
    size = path.stat().st_size
    with pytest.raises(InputError, match=rf"{size:,} bytes unpack to more than {200 * size:,};"):
        read_text(path)


def test_two_packed_parts_in_one_file_are_both_read(tmp_path):
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress(b"1 2\n") + gzip.compress(b"3 4\n"))
    assert read_text(path) == "1 2\n3 4\n"


@pytest.mark.parametrize("name", ["a.npy.gz", "a.parquet.gz", "a.gz"])
def test_arrays_that_are_packed_are_refused(tmp_path, name):
    (tmp_path / name).write_bytes(gzip.compress(b"x"))
    with pytest.raises(InputError, match=rf"{name}: only text is read packed \(\.csv, .*unpack"):
        read(tmp_path / name)
