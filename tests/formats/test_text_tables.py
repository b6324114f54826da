import logging

import numpy as np
import pandas as pd
import pytest
from helpers.vector_files import IDS, LISTS, ROWS, D, N, frame, read

from modgap.errors import InputError
from modgap.formats.identity import as_words
from modgap.formats.vectors import read_vectors

TEXTS = {
    "pandas.csv": lambda path: pd.DataFrame(ROWS).to_csv(path),
    "bare.csv": lambda path: pd.DataFrame(ROWS).to_csv(path, index=False),
    "index.tsv": lambda path: frame(range(D)).to_csv(path, sep="\t"),
    "semicolons.csv": lambda path: frame(range(D)).to_csv(path, sep=";", encoding="utf-8-sig"),
    "no_header.csv": lambda path: frame(range(D)).to_csv(path, header=False),
    "savetxt.txt": lambda path: np.savetxt(path, ROWS),
    "comma.csv": lambda path: np.savetxt(path, ROWS, delimiter=",", header="d0,d1,d2,d3,d4"),
    "lists.csv": lambda path: pd.DataFrame({"id": IDS, "embedding": LISTS}).to_csv(path),
}


@pytest.mark.parametrize("name", TEXTS)
def test_tables_of_text_are_read(tmp_path, name):
    TEXTS[name](tmp_path / name)
    embeddings = read_vectors(tmp_path / name, "texts")
    np.testing.assert_allclose(embeddings.vectors, ROWS, rtol=1e-5)
    if name in ("index.tsv", "semicolons.csv", "no_header.csv", "lists.csv"):
        assert embeddings.table["id"].tolist() == IDS


@pytest.mark.parametrize("first", [0, 100])
def test_a_first_column_that_counts_rows_is_no_dimension(tmp_path, first):
    """What DataFrame.to_csv(header=False) writes of a frame without ids."""
    index = range(first, first + N)
    pd.DataFrame(ROWS, index=index).to_csv(tmp_path / "bare.csv", header=False)
    embeddings = read_vectors(tmp_path / "bare.csv", "texts")
    np.testing.assert_allclose(embeddings.vectors, ROWS, rtol=1e-5)
    assert embeddings.table["__index_level_0__"].tolist() == list(index)
    np.save(tmp_path / "ids.npy", np.column_stack([index, ROWS]))
    np.savetxt(tmp_path / "ids.txt", np.column_stack([index, ROWS]))
    for name in ("ids.npy", "ids.txt"):
        with pytest.raises(InputError, match=rf"{name}: the first dimension holds whole numbers"):
            read(tmp_path / name)


@pytest.mark.parametrize("name", ["codes.csv", "int8.npy", "uint8.npy", "lists.parquet"])
def test_codes_of_whole_numbers_are_dimensions_and_said(tmp_path, name, caplog):
    """Calibrated int8 and packed bits of sentence-transformers look like any whole numbers."""
    codes, path = np.arange(N * D).reshape(N, D) + 7, tmp_path / name
    if name == "codes.csv":
        np.savetxt(path, codes, fmt="%d", delimiter=",")
    elif name == "lists.parquet":
        pd.DataFrame({"embedding": codes.tolist()}).to_parquet(path)
    else:
        np.save(path, codes.astype(name.removesuffix(".npy")))
    np.testing.assert_array_equal(read(path), codes)
    assert f"{name}: whole numbers are taken as they are; codes with an offset" in caplog.text


def test_numbers_that_are_not_whole_are_not_said_to_be_codes(tmp_path, caplog):
    np.save(tmp_path / "a.npy", ROWS)
    read(tmp_path / "a.npy")
    assert caplog.text == ""


LISTED = {
    "tuples": lambda row: str(tuple(row.tolist())),
    "numpy 2": lambda row: f"[{', '.join(f'np.float32({value})' for value in row)}]",
    "torch": lambda row: f"tensor({row.tolist()}, device='cuda:0', dtype=torch.float16)",
    "NumPy": lambda row: f"array({row.tolist()}, dtype=float32)",
    "several lines": lambda row: np.array2string(row, max_line_width=20),
    "blanks": lambda row: " ".join(map(str, row)),
    "semicolons": lambda row: "; ".join(map(str, row)),
    "commas": lambda row: ",".join(map(str, row)),
    "a data base": lambda row: f"{{{','.join(map(str, row))}}}",
}


@pytest.mark.parametrize("kind", LISTED)
def test_lists_are_read_however_they_were_printed(tmp_path, kind):
    cells = [LISTED[kind](row) for row in ROWS]
    pd.DataFrame({"id": IDS, "embedding": cells}).to_csv(tmp_path / "a.csv", index=False)
    np.testing.assert_allclose(read(tmp_path / "a.csv"), ROWS, rtol=1e-5)
    pd.DataFrame({"id": IDS, "embedding": [*cells[:7], None, *cells[8:]]}).to_csv(
        tmp_path / "b.csv", index=False
    )
    with pytest.raises(InputError, match=r"b\.csv: row 7 \(id 'i7'\) has no embedding"):
        read(tmp_path / "b.csv")


@pytest.mark.parametrize("suffix", ["csv", "tsv"])
def test_lists_without_a_header_lose_no_row_and_no_id(tmp_path, suffix, caplog):
    """As psql's COPY and ClickHouse's TabSeparated write them."""
    table = pd.DataFrame({"id": IDS, "caption": "(1) a dog, [a cat]", "x": list(map(str, LISTS))})
    separator = "," if suffix == "csv" else "\t"
    table.to_csv(tmp_path / f"a.{suffix}", header=False, index=False, sep=separator)
    cloud = read_vectors(tmp_path / f"a.{suffix}", "texts")
    np.testing.assert_allclose(cloud.vectors, ROWS, rtol=1e-6)
    assert cloud.table["id"].tolist() == IDS
    assert "no header; the columns are called id, column B, embedding" in caplog.text
    table.assign(id="same").to_csv(tmp_path / "b.csv", header=False, index=False)
    assert list(read_vectors(tmp_path / "b.csv", "texts").table) == ["column A", "column B"]
    table.assign(y=table["x"][::-1].tolist()).to_csv(tmp_path / "c.csv", header=False, index=False)
    with pytest.raises(InputError, match=r"c\.csv: several columns may be .*'column C' or 'colu"):
        read_vectors(tmp_path / "c.csv", "texts")


def test_blanks_of_unicode_are_within_words(tmp_path):
    """As fastText and GloVe have them in their vectors."""
    words = WORDS.replace("i3 ", "new\u00a0york ").replace("i4 ", "a\u3000b ")
    for first in ("", f"{N} {D}\n"):
        (tmp_path / "a.vec").write_text(first + words)
        cloud = read_vectors(tmp_path / "a.vec", "texts")
        np.testing.assert_allclose(cloud.vectors, ROWS, rtol=1e-6)
        assert cloud.table["id"].tolist()[3:5] == ["new\u00a0york", "a\u3000b"]


def test_decimal_commas_in_a_list_are_refused(tmp_path):
    for row in ("[0,5 1,5]", "0,5 1,5"):
        (tmp_path / "a.tsv").write_text(f"id\tembedding\na\t[0.5 1.5]\nb\t{row}\n")
        with pytest.raises(InputError, match=r"a\.tsv: line 3: commas within and blanks between"):
            read(tmp_path / "a.tsv")


def test_words_of_numbers_in_other_columns_stay_words(tmp_path):
    table = pd.DataFrame({"embedding": LISTS, "size": ["12 34"] * len(LISTS)})
    table.to_csv(tmp_path / "a.csv", index=False)
    assert read_vectors(tmp_path / "a.csv", "texts").table["size"].tolist() == ["12 34"] * len(
        LISTS
    )


def test_a_word_in_place_of_a_list_is_named_by_line(tmp_path):
    pd.DataFrame({"embedding": [*map(str, LISTS[:7]), "error"]}).to_csv(tmp_path / "a.csv")
    with pytest.raises(InputError, match=r"a\.csv: line 9: 'error' in column 'embedding' is no"):
        read(tmp_path / "a.csv")


WORDS = "\n".join(f"{name} {' '.join(map(str, row))}" for name, row in zip(IDS, LISTS, strict=True))


@pytest.mark.parametrize("name", ["a.txt", "a.vec"])
@pytest.mark.parametrize("first", ["", f"{N} {D}\n"])
@pytest.mark.parametrize("word", ["i0", ",", "the"])
def test_word_vectors_are_read(tmp_path, name, first, word):
    (tmp_path / name).write_text(first + WORDS.replace("i0", word, 1).replace("\n", " \n"))
    embeddings = read_vectors(tmp_path / name, "texts")
    np.testing.assert_allclose(embeddings.vectors, ROWS, rtol=1e-6)
    assert embeddings.table["id"].tolist() == [word, *IDS[1:]]


def test_numbers_that_are_words_of_word2vec_are_ids(tmp_path):
    (tmp_path / "a.vec").write_text(f"{N} {D}\n" + WORDS.replace("i", "10"))
    embeddings = read_vectors(tmp_path / "a.vec", "texts")
    np.testing.assert_allclose(embeddings.vectors, ROWS, rtol=1e-6)
    assert embeddings.table["id"].tolist() == [name.replace("i", "10") for name in IDS]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{N + 1} {D}\n{WORDS}", "line 1 says 13 words, but 12 follow"),
        (f"{N} {D}\n{WORDS} 3", "line 13 has 7 cells, line 1 has 6"),
    ],
)
def test_word_vectors_that_are_cut_are_refused(tmp_path, text, message):
    (tmp_path / "a.vec").write_text(text)
    with pytest.raises(InputError, match=rf"a\.vec: {message}"):
        read(tmp_path / "a.vec")


@pytest.mark.parametrize("names", [range(D), [f"e{n}" for n in range(D)], None])
def test_decimal_commas_are_decimals(tmp_path, caplog, names):
    caplog.set_level(logging.INFO)
    path = tmp_path / "a.csv"
    frame(names or range(D)).to_csv(path, sep=";", decimal=",", header=names is not None)
    embeddings = read_vectors(path, "texts")
    np.testing.assert_allclose(embeddings.vectors, ROWS, rtol=1e-5)
    assert embeddings.table["id"].tolist() == IDS
    assert "a.csv: decimal commas are read as points, in 5 columns" in caplog.text


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("0.5", r"line 2: '-?\d,\d+' has a decimal comma and '0\.5' in line 9 a point"),
        ("1.234,5", r"line 9: '1\.234,5' in column '2' is no number"),
    ],
)
def test_a_decimal_comma_beside_a_point_is_refused_by_line(tmp_path, cell, message):
    rows = [[f"{value:.3f}".replace(".", ",") for value in row] for row in ROWS]
    rows[7][2] = cell
    pd.DataFrame(rows).to_csv(tmp_path / "a.csv", sep=";", index=False)
    with pytest.raises(InputError, match=rf"a\.csv: {message}"):
        read(tmp_path / "a.csv")


def test_commas_that_may_part_thousands_are_refused(tmp_path):
    (tmp_path / "a.csv").write_text("0;1\n1,234;2,500\n3,125;4,250\n")
    with pytest.raises(InputError, match=r"a\.csv: line 2: '1,234' .* in thousands"):
        read(tmp_path / "a.csv")


def test_words_with_a_comma_are_no_decimals(tmp_path, caplog):
    rows = frame([f"e{n}" for n in range(D)]).assign(place=["1,5"] * N)
    rows.to_csv(tmp_path / "a.csv")
    embeddings = read_vectors(tmp_path / "a.csv", "texts")
    np.testing.assert_allclose(embeddings.vectors, ROWS, rtol=1e-5)
    assert embeddings.table["place"].tolist() == ["1,5"] * N
    assert "decimal" not in caplog.text


@pytest.mark.parametrize(("suffix", "kind"), [("gzip", "gzip"), ("zip", "zip")])
def test_a_packed_table_is_named_as_such(tmp_path, suffix, kind):
    pd.DataFrame(ROWS).to_csv(tmp_path / "a.csv", compression=suffix)
    with pytest.raises(InputError, match=rf"a\.csv: is packed \({kind}\)"):
        read(tmp_path / "a.csv")
    (tmp_path / "twice.csv").write_text("a,a\n1,2\n")
    with pytest.raises(InputError, match=r"twice\.csv: column 'a' appears twice"):
        read(tmp_path / "twice.csv")


def test_text_that_is_no_number_is_named_by_line(tmp_path):
    pd.DataFrame(ROWS.tolist()).replace(ROWS[0, 0].item(), "half").to_csv(
        tmp_path / "a.csv", index=False
    )
    with pytest.raises(InputError, match=r"a\.csv: line 2: 'half' in column '0' is no number"):
        read(tmp_path / "a.csv")
    lists = [str(ROWS[0]), "[1 2 ... 5]"]
    pd.DataFrame({"embedding": lists}).to_csv(tmp_path / "b.csv", index=False)
    with pytest.raises(InputError, match=r"b\.csv: line 3: .*printed in short"):
        read(tmp_path / "b.csv")


LONG = [str(10**18 + row) for row in range(N)]
HASHES = [f"{row:02d}e3" for row in range(N)]


@pytest.mark.parametrize("ids", [LONG, HASHES, [f"{row:06d}" for row in range(N)]])
@pytest.mark.parametrize("name", ["id", "image_id", "photo_id", "photo", "id_1"])
def test_ids_are_no_floating_point_numbers(tmp_path, name, ids):
    rows = frame([f"e{n}" for n in range(D)])
    rows.insert(0, name, ids)
    rows.to_csv(tmp_path / "a.csv", index=False)
    embeddings = read_vectors(tmp_path / "a.csv", "images")
    np.testing.assert_allclose(embeddings.vectors, ROWS, rtol=1e-5)
    known = embeddings.table.get(name, embeddings.table.get("id"))
    assert as_words(known).tolist() == ids


def test_columns_beside_the_embeddings_keep_their_words(tmp_path):
    columns = {"rank": [*range(N - 1), None], "score": ["0.10", *["1e3"] * (N - 1)]}
    pd.DataFrame({"embedding": LISTS, **columns}).astype({"rank": "Int64"}).to_csv(
        tmp_path / "a.csv", index=False
    )
    table = read_vectors(tmp_path / "a.csv", "texts").table
    assert as_words(table["rank"]).tolist() == [*map(str, range(N - 1)), None]
    assert table["score"].tolist() == columns["score"]


def test_numbers_that_blanks_of_unicode_part_are_read(tmp_path):
    rows = ["\u00a0".join(map(str, row)) for row in LISTS]
    (tmp_path / "a.txt").write_text("\n".join(rows))
    np.testing.assert_allclose(read(tmp_path / "a.txt"), ROWS, rtol=1e-6)


@pytest.mark.parametrize("separator", [" ", "\t", ","])
@pytest.mark.parametrize("names", [IDS, ["a dog", *IDS[1:]]])
def test_names_of_rows_that_r_writes_are_ids(tmp_path, separator, names):
    """write.table: a header of one name less than the rows have cells."""
    header = separator.join(f'"V{n + 1}"' for n in range(D))
    cells = [[f'"{name}"', *map(repr, row)] for name, row in zip(names, LISTS, strict=True)]
    rows = map(separator.join, cells)
    path = tmp_path / ("a.tsv" if separator == "\t" else "a.txt")
    path.write_text("\n".join([header, *rows]) + "\n")
    embeddings = read_vectors(path, "texts")
    np.testing.assert_array_equal(embeddings.vectors, ROWS)
    assert embeddings.table["id"].tolist() == names


@pytest.mark.parametrize(
    ("first", "mark"), [("id", ""), ("id", '"'), ("file_name", '"'), ("caption", ""), ("word", "")]
)
def test_a_header_that_lacks_a_dimension_is_refused(tmp_path, first, mark):
    names = [first, *(f"f{n}" for n in range(D - 1))]
    header = ",".join(f"{mark}{name}{mark}" for name in names)
    rows = [",".join([name, *map(repr, row)]) for name, row in zip(IDS, LISTS, strict=True)]
    (tmp_path / "a.csv").write_text("\n".join([header, *rows]))
    with pytest.raises(InputError, match=rf"line 2 has {D + 1} cells, line 1 has {D};"):
        read(tmp_path / "a.csv")


# What is in a file that is no table as it stands → what to do.
ADVICE = {
    "a.csv": ("id|embedding\na|[0.5, 0.25]\nb|[0.5, 0.5]\n", r"parted by '\|': write commas"),
    "b.csv": ("id|f0|f1\na|0.5|0.25\nb|0.5|0.5\n", r"parted by '\|': write commas"),
    "a.tsv": ('id,embedding\na,"[0.5, 0.25]"\n', r"parted by commas: call it \.csv"),
    "c.csv": ("a,0.5,0.25,0.125,x\nb,0.5,0.5,0.25,y\n", r"first line was taken for the names"),
}


@pytest.mark.parametrize("name", ADVICE)
def test_how_a_table_of_another_kind_is_to_be_written_is_said(tmp_path, name):
    text, message = ADVICE[name]
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=message):
        read(tmp_path / name)


COUNTS = {
    "from 1": range(1, D + 1),
    "as decimals": [f"{n}.0" for n in range(D)],
    "from 1 as decimals": [f"{n}.0" for n in range(1, D + 1)],
    "with zeros": [f"{n:03}" for n in range(D)],
    "backwards": range(D)[::-1],
}


@pytest.mark.parametrize("kind", COUNTS)
@pytest.mark.parametrize("where", ["first", "last", "none"])
def test_a_first_row_that_counts_the_columns_is_a_header(tmp_path, kind, where):
    """It was read as one more item, for pandas' own 0, 1, … alone was taken for a header."""
    table = pd.DataFrame(ROWS, columns=list(COUNTS[kind]))
    if where != "none":
        table.insert(0 if where == "first" else D, "id", IDS)
    table.to_csv(tmp_path / "a.csv", index=False)
    cloud = read_vectors(tmp_path / "a.csv", "texts")
    expected = ROWS[:, ::-1] if kind == "backwards" else ROWS
    np.testing.assert_allclose(cloud.vectors, expected, rtol=1e-5)
    if where != "none":
        assert cloud.table["id"].tolist() == IDS


@pytest.mark.parametrize("first", [[1.0, 2, 3, 4, 5], [0, 1, 0, 0, 0]])
def test_a_first_row_of_whole_numbers_above_others_is_an_item(tmp_path, first):
    rows = np.round(ROWS * 10)
    rows[0] = first
    np.savetxt(tmp_path / "a.csv", rows, delimiter=",", fmt="%d")
    np.testing.assert_array_equal(read(tmp_path / "a.csv"), rows)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_columns_of_one_name_that_pandas_numbered_are_all_dimensions(tmp_path, suffix):
    """The first, which has no number, was left out."""
    table = frame(["x", *(f"x.{n}" for n in range(1, D))]).rename_axis("id")
    getattr(table, f"to_{suffix[1:]}")(tmp_path / f"a{suffix}")
    np.testing.assert_allclose(read(tmp_path / f"a{suffix}"), ROWS, rtol=1e-5)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_column_that_may_be_the_first_dimension_is_named(tmp_path, suffix, caplog):
    table = frame(["emb", *(f"emb_{n}" for n in range(1, D))]).rename_axis("id")
    getattr(table, f"to_{suffix[1:]}")(tmp_path / f"a{suffix}")
    np.testing.assert_allclose(read(tmp_path / f"a{suffix}"), ROWS[:, 1:], rtol=1e-5)
    assert f"column 'emb' is not read beside 'emb_1' to 'emb_{D - 1}'" in caplog.text


@pytest.mark.parametrize("names", [("score", "score.1"), ("e", "e.1")])
def test_two_columns_of_one_name_are_no_dimensions(tmp_path, names):
    table = frame([f"dim_{n}" for n in range(D)]).assign(**dict.fromkeys(names, ROWS[:, 0] + 1))
    table.to_parquet(tmp_path / "a.parquet")
    np.testing.assert_allclose(read(tmp_path / "a.parquet"), ROWS, rtol=1e-5)


def test_whole_numbers_under_the_name_of_dimensions_are_none(tmp_path):
    table = frame([f"dim.{n}" for n in range(1, D + 1)]).assign(dim=D)
    table.to_parquet(tmp_path / "a.parquet")
    np.testing.assert_allclose(read(tmp_path / "a.parquet"), ROWS, rtol=1e-5)
