import logging

import numpy as np
import pandas as pd
import pytest

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings
from modgap.formats.vectors import read_vectors
from modgap.measure.pairs import pairs_of_tables, read_pairs

# Not its own inverse, so that it matters which column is which.
PAIRS = np.array([(0, 3), (1, 0), (2, 1), (2, 2), (4, 4)])
IDS = ["a", "b", "c", "d", "e"]
PATHS = ("images.file", "texts.file")


def cloud(n=5, **columns):
    return Embeddings(pd.DataFrame(columns, index=range(n)), np.ones((n, 2), np.float32), {})


def read(path, images=None, texts=None):
    return read_pairs(path, images or cloud(), texts or cloud(), PATHS)


def text_of(header, rows, separator=","):
    lines = [separator.join(map(str, row)) for row in rows]
    return "\n".join([*([separator.join(header)] if header else []), *lines, ""])


@pytest.mark.parametrize("suffix", ["csv", "tsv", "txt"])
@pytest.mark.parametrize(
    "header",
    [
        None,
        ("image", "text"),
        ("text", "image"),
        ("image_row", "text_idx"),
        ("Caption Index", "Image Index"),
        ("img", "caption"),
        ("captions", "images"),
        ("text-number", "picture-number"),
    ],
)
def test_a_header_is_heeded_in_either_order_and_numbers_are_none(tmp_path, suffix, header):
    path = tmp_path / f"pairs.{suffix}"
    turned = header and header[0][0].lower() in "tc"
    rows = PAIRS[:, ::-1] if turned else PAIRS
    separator = "\t" if suffix == "tsv" else ","
    path.write_text(text_of(header, rows, separator))
    np.testing.assert_array_equal(read(path), PAIRS)
    path.write_bytes(text_of(header, rows, separator).replace("\n", "\r\n").encode("utf-8-sig"))
    np.testing.assert_array_equal(read(path), PAIRS)


@pytest.mark.parametrize("header", [("foo", "bar"), ("image", "score"), ("a", "text"), ("x",)])
def test_an_unknown_header_is_refused_with_what_is_expected(tmp_path, header):
    (tmp_path / "pairs.csv").write_text(text_of(header, PAIRS[:, : len(header)]))
    with pytest.raises(InputError, match=r"pairs\.csv: no column for the (image|text) in the head"):
        read(tmp_path / "pairs.csv")
    (tmp_path / "pairs.csv").write_text(text_of(("image", "img", "text"), PAIRS[:, [0, 0, 1]]))
    with pytest.raises(InputError, match="several columns for the image"):
        read(tmp_path / "pairs.csv")
    (tmp_path / "pairs.csv").write_text(text_of(None, PAIRS[:, [0, 0, 1]]))
    with pytest.raises(InputError, match="3 columns without a header; expected two columns"):
        read(tmp_path / "pairs.csv")


def test_other_columns_are_not_read_and_said(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    frame = pd.DataFrame({"text": PAIRS[:, 1], "score": 0.5, "image": PAIRS[:, 0]})
    frame.to_csv(tmp_path / "pairs.csv")
    frame.sample(frac=1, random_state=1).to_parquet(tmp_path / "pairs.parquet")
    np.testing.assert_array_equal(read(tmp_path / "pairs.csv"), PAIRS)
    assert "columns ['score'] are not read" in caplog.text
    assert set(map(tuple, read(tmp_path / "pairs.parquet"))) == set(map(tuple, PAIRS))


@pytest.mark.parametrize("kind", ["int64", "uint8", "float64", "str"])
def test_arrays_of_whole_numbers_are_read(tmp_path, kind):
    np.save(tmp_path / "pairs.npy", PAIRS.astype(kind))
    np.testing.assert_array_equal(read(tmp_path / "pairs.npy"), PAIRS)
    np.savetxt(tmp_path / "pairs.txt", PAIRS)  # floating-point numbers between blanks
    np.testing.assert_array_equal(read(tmp_path / "pairs.txt"), PAIRS)


def test_arrays_of_another_shape_are_refused(tmp_path):
    np.save(tmp_path / "pairs.npy", PAIRS.T)
    with pytest.raises(InputError, match=r"shape \(2, 5\), expected \(P, 2\).*it looks turned"):
        read(tmp_path / "pairs.npy")
    for bad in (PAIRS[:0], PAIRS[:, 0], np.hstack([PAIRS, PAIRS])):
        np.save(tmp_path / "pairs.npy", bad)
        with pytest.raises(InputError, match=r"pairs\.npy: shape"):
            read(tmp_path / "pairs.npy")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("1.5,2", "line 4: 1.5 is no image row"),
        ("2,x", "line 4: x is no text row"),
        ("2,nan", "line 4: nan is no text row"),
        ("2,", "line 4: an empty cell is no text row"),
        ("-1,2", "line 4: image row -1, expected 0 to 4"),
        ("2,99", "line 4: text row 99, expected 0 to 4$"),
        ("2", "line 4 has 1 cells"),
        ("True,2", "line 4: True is no image row"),
    ],
)
def test_a_bad_cell_is_named_by_line(tmp_path, row, message):
    (tmp_path / "pairs.csv").write_text(f"image,text\n0,1\n\n{row}\n1,1\n")
    with pytest.raises(InputError, match=rf"pairs\.csv: {message}"):
        read(tmp_path / "pairs.csv")


@pytest.mark.parametrize("suffix", ["npy", "csv"])
def test_numbers_that_count_from_one_get_a_hint(tmp_path, suffix):
    path = tmp_path / f"pairs.{suffix}"
    if suffix == "npy":
        np.save(path, PAIRS + 1)
    else:
        path.write_text(text_of(None, PAIRS + 1))
    with pytest.raises(InputError, match=r"image row 5, expected 0 to 4.*count from 1: subtract 1"):
        read(path)


def test_repeated_pairs_count_once_and_are_said(tmp_path, caplog):
    np.save(tmp_path / "pairs.npy", PAIRS[[0, 1, 0, 2, 1, 3, 4]])
    np.testing.assert_array_equal(read(tmp_path / "pairs.npy"), PAIRS)
    assert "pairs.npy: 2 pairs repeat others; left out" in caplog.text


def test_ids_are_looked_up_where_the_embeddings_have_them(tmp_path):
    images, texts = cloud(id=IDS), cloud(id=["10", "11", "12", "13", "14"])
    rows = [(IDS[image], 10 + text) for image, text in PAIRS]
    (tmp_path / "pairs.csv").write_text(text_of(("image_id", "text_id"), rows))
    np.testing.assert_array_equal(read(tmp_path / "pairs.csv", images, texts), PAIRS)
    (tmp_path / "pairs.csv").write_text(text_of(("image_id", "text_row"), [("c", 4), ("z", 1)]))
    with pytest.raises(InputError, match=r"pairs\.csv: line 3: no image is 'z'"):
        read(tmp_path / "pairs.csv", images, texts)
    # Row numbers stay row numbers.
    (tmp_path / "pairs.csv").write_text(text_of(("image", "text"), PAIRS))
    np.testing.assert_array_equal(read(tmp_path / "pairs.csv", images, texts), PAIRS)


def test_numbers_that_can_only_be_ids_are_ids_and_others_are_rows(tmp_path, caplog):
    images = cloud(id=["10", "11", "12", "13", "14"])
    path = tmp_path / "pairs.csv"
    for header in (("image", "text"), None):
        path.write_text(text_of(header, np.add(PAIRS, (10, 0))))
        np.testing.assert_array_equal(read(path, images), PAIRS)
    path.write_text(text_of(("image", "text"), PAIRS))
    np.testing.assert_array_equal(read(path, cloud(id=list("43210"))), PAIRS)
    assert "numbers in column 'image' are ids too, and read as row numbers" in caplog.text


@pytest.mark.parametrize(
    "header", [None, ("image_path", "caption_id"), ("img_file", "cap_id"), ("Image Name", "caps")]
)
def test_words_are_looked_up_in_the_column_that_has_them(tmp_path, header):
    images, texts = cloud(filename=IDS, size=[1] * 5), cloud(id=list("vwxyz"))
    rows = [(IDS[image], "vwxyz"[text]) for image, text in PAIRS]
    (tmp_path / "pairs.csv").write_text(text_of(header, rows))
    np.testing.assert_array_equal(read(tmp_path / "pairs.csv", images, texts), PAIRS)


@pytest.mark.parametrize("index", [False, True])
def test_columns_that_pandas_numbers_are_a_header(tmp_path, index, caplog):
    caplog.set_level(logging.INFO)
    rows = np.array([(0, 3), (1, 0), (2, 1), (3, 4), (4, 2)])
    pd.DataFrame(rows).to_csv(tmp_path / "pairs.csv", index=index)
    np.testing.assert_array_equal(read(tmp_path / "pairs.csv"), rows)
    assert index or "0 and 1, is taken as the names of the columns" in caplog.text
    pd.DataFrame(rows, columns=["0", "1"]).to_parquet(tmp_path / "pairs.parquet")
    np.testing.assert_array_equal(read(tmp_path / "pairs.parquet"), rows)


@pytest.mark.parametrize("rows", [[(0, 1), (1, 0), (2, 2)], [(0, 1), (0, 2), (1, 3), (2, 0)]])
def test_a_first_pair_of_image_0_and_text_1_is_a_pair(tmp_path, rows, caplog):
    (tmp_path / "pairs.csv").write_text(text_of(None, rows))
    np.testing.assert_array_equal(read(tmp_path / "pairs.csv"), rows)
    assert caplog.text == ""
    (tmp_path / "pairs.csv").write_text(text_of(None, [(0, 1), (0, 2), (1, 1), (2, 2)]))
    assert len(read(tmp_path / "pairs.csv")) == 4
    assert "0 and 1, is read as a pair; leave a header out" in caplog.text


def test_rows_that_seem_to_count_from_one_are_said_even_in_range(tmp_path, caplog):
    np.save(tmp_path / "pairs.npy", np.array([(1, 1), (2, 2), (3, 4)]))
    read(tmp_path / "pairs.npy")
    assert "no pair has image 0 or text 0; rows count from 0" in caplog.text


def test_no_pairs_and_no_file_are_refused(tmp_path):
    (tmp_path / "pairs.csv").write_text("image,text\n")
    with pytest.raises(InputError, match="holds no pairs"):
        read(tmp_path / "pairs.csv")
    with pytest.raises(InputError, match="no such file"):
        read(tmp_path / "none.csv")
    with pytest.raises(InputError, match="is a folder"):
        read(tmp_path)


ORDER = [3, 0, 4, 1, 2]


def joined(images, texts):
    return pairs_of_tables(images, texts, PATHS).tolist()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (IDS, IDS),
        (list("12345"), list("12345")),
        (list("12345"), ["01", "02", "03", "04", "05"]),
        (["000000000001", "2", "3", "4", "5"], list("12345")),
    ],
)
def test_tables_are_joined_by_id(first, second):
    texts = cloud(id=[second[row] for row in ORDER])
    assert joined(cloud(id=first), texts) == [[row, place] for place, row in enumerate(ORDER)]


def test_rows_in_one_order_match_in_order_though_ids_repeat():
    ids = ["a", "a", "b", "b", "c"]
    assert joined(cloud(id=ids), cloud(id=ids)) == [[row, row] for row in range(5)]


def test_several_texts_may_have_the_id_of_one_image():
    texts = cloud(7, id=["a", "b", "b", "c", "d", "e", "a"])
    assert joined(cloud(id=IDS), texts) == [
        [0, 0],
        [1, 1],
        [1, 2],
        [2, 3],
        [3, 4],
        [4, 5],
        [0, 6],
    ]
    named = cloud(5, id=list("vwxyz"), image_id=["e", "d", "c", "b", "a"])
    assert joined(cloud(id=IDS), named) == [[4, 0], [3, 1], [2, 2], [1, 3], [0, 4]]


def test_ids_that_disagree_are_refused():
    with pytest.raises(InputError, match="share no id: 'q1' in one, 'a' in the other"):
        joined(cloud(id=IDS), cloud(id=["q1", "q2", "q3", "q4", "q5"]))
    with pytest.raises(InputError, match=r"2 of 5 images have no text, 2 of 5 texts no .*'x'"):
        joined(cloud(id=IDS), cloud(id=["c", "b", "a", "x", "y"]))
    with pytest.raises(InputError, match="2 of 5 images have no text, 0 of 3 texts no image"):
        joined(cloud(id=IDS), cloud(3, id=["c", "b", "a"]))
    with pytest.raises(InputError, match=r"images\.file: id 'a' in row 1 was used before"):
        joined(cloud(id=["a", "a", "b", "c", "d"]), cloud(id=["b", "a", "c", "d", "a"]))


def test_without_ids_row_i_matches_row_i(caplog):
    caplog.set_level(logging.INFO)
    assert joined(cloud(), cloud(id=IDS)) == [[row, row] for row in range(5)]
    assert "only one of images.file and texts.file has ids" in caplog.text
    with pytest.raises(InputError, match=r"images\.file has 5 rows and texts\.file 4.*--pairs"):
        joined(cloud(), cloud(4))


def test_several_texts_of_each_image_belong_to_it_in_order():
    texts = Embeddings(
        pd.DataFrame(index=range(15)), np.ones((15, 2), np.float32), {"texts_each": 3}
    )
    assert joined(cloud(), texts) == [[row // 3, row] for row in range(15)]
    with pytest.raises(InputError, match=r"images\.file has 4 rows and texts\.file 15"):
        joined(cloud(4), texts)


def test_so_many_texts_for_each_image_get_a_hint():
    hint = r"texts 0 to 2 are those of image 0 and so on.*\(5, 3, d\): texts\.reshape\(5, 3, -1\)"
    with pytest.raises(InputError, match=hint):
        joined(cloud(), cloud(15))


def test_a_pandas_index_of_both_frames_joins_them(caplog):
    column = "__index_level_0__"
    images, texts = cloud(**{column: range(5)}), cloud(**{column: ORDER})
    assert joined(images, texts) == [[row, place] for place, row in enumerate(ORDER)]
    assert "joined by the index of the pandas frames" in caplog.text
    assert joined(cloud(), texts) == [[row, row] for row in range(5)]
    assert "texts.file: its pandas index is out of order and not read" in caplog.text


@pytest.mark.parametrize("name", ["image_id", "image_idx", "img_index"])
def test_rows_of_images_without_ids_say_the_image_of_each_of_several_texts(tmp_path, caplog, name):
    """It was refused, for another number of rows."""
    order = np.random.default_rng(0).permutation(12)
    owners = order % 4
    rows = np.random.default_rng(1).normal(size=(4, 5)).astype(np.float32)
    np.save(tmp_path / "images.npy", rows)
    table = {"id": [f"t{n}" for n in order], name: owners, "embedding": list(-rows[owners])}
    pd.DataFrame(table).to_parquet(tmp_path / "texts.parquet")
    paths = (tmp_path / "images.npy", tmp_path / "texts.parquet")
    clouds = read_vectors(paths[0], "images"), read_vectors(paths[1], "texts")
    pairs = pairs_of_tables(*clouds, paths)
    np.testing.assert_array_equal(pairs, np.column_stack([owners, np.arange(12)]))
    assert f"'{name}' is taken as the rows of {paths[0]}" in caplog.text
    other = clouds[1].select(owners != 2)
    with pytest.raises(InputError, match=r"4 rows and .* 9; row i matches row i only"):
        pairs_of_tables(clouds[0], other, paths)


def test_as_many_texts_that_count_images_in_another_order_are_said(caplog):
    """They may be in the order of the images, or count them: nothing tells."""
    pairs = pairs_of_tables(cloud(), cloud(image_idx=[2, 0, 1, 4, 3]), PATHS)
    np.testing.assert_array_equal(pairs, np.column_stack([range(5)] * 2))
    assert "texts.file: 'image_idx' counts rows in another order" in caplog.text
    caplog.clear()
    pairs_of_tables(cloud(), cloud(image_idx=range(5)), PATHS)
    assert not caplog.text


@pytest.mark.parametrize("name", ["image_count", "image_label"])
def test_counts_and_labels_of_images_are_not_their_rows(name):
    texts = Embeddings(
        pd.DataFrame({name: [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]}), np.ones((10, 2), np.float32), {}
    )
    with pytest.raises(InputError, match=r"5 rows and .* 10; row i matches row i only"):
        pairs_of_tables(cloud(), texts, PATHS)
