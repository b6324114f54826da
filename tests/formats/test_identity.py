import doctest

import numpy as np
import pandas as pd
import pytest

from modgap.formats import identity
from modgap.formats.identity import as_numbers, as_words, whole_words, with_ids


def test_examples_run():
    assert doctest.testmod(identity).failed == 0


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([1, 2, None], dtype=float),
        pd.Series([1, 2, None], dtype="Int64"),
        pd.Series([1, 2, None], dtype="Int64").astype("category"),
        pd.Series(["1", " 2", ""]),
        pd.Series(["1", "2", None], dtype=object),
        pd.Series([b"1", b"2", np.nan], dtype=object),
        pd.Series([np.float32(1), np.int8(2), pd.NaT], dtype=object),
    ],
)
def test_one_word_however_a_table_stores_it(column):
    assert as_words(column).tolist() == ["1", "2", None]


def test_words_that_look_missing_are_words():
    words = ["None", "NA", "nan", "null", "NaN", "N/A", "<NA>", "True"]
    assert as_words(pd.Series(words)).tolist() == words
    assert as_words(pd.Series([True, False])).tolist() == ["True", "False"]


def test_numbers_are_compared_without_their_zeros():
    assert as_numbers(pd.Series(["007", "0", "000", "12"])).tolist() == ["7", "0", "0", "12"]
    for other in (["1", "x"], ["1", None], ["-1"], ["1.0"], ["²"]):
        assert as_numbers(pd.Series(other, dtype=object)) is None


def test_an_accent_is_the_same_letter_in_one_character_or_two():
    assert as_words(pd.Series(["café", "cafe\u0301"])).tolist() == ["café", "café"]


def test_bytes_that_are_no_text_are_numbers_and_none_is_lost():
    uuids = [bytes(15) + bytes([number]) for number in range(8, 14)]  # with tabs and line ends
    words = as_words(pd.Series(uuids, dtype=object)).tolist()
    assert words == [uuid.hex() for uuid in uuids]
    assert as_words(pd.Series([b"\xff\x00"])).tolist() == ["ff00"]


@pytest.mark.parametrize(
    ("own", "names", "expected"),
    [
        ("image_id", ["image_ids"], ["id"]),
        # Of a file of texts alone they need not be those of images.
        ("text_id", ["text_ids", "image_ids"], ["text_ids", "image_id"]),
        ("text_id", ["Text ID", "imageId"], ["id", "image_id"]),
        ("text_id", ["text_id", "image_id"], ["id", "image_id"]),
    ],
)
def test_ids_of_either_side_in_the_plural(own, names, expected):
    frame = pd.DataFrame({name: [f"{name} 1", f"{name} 2"] for name in names})
    assert list(with_ids(frame, "a.npz", own)) == expected


def test_whole_numbers_that_pandas_wrote_with_a_point():
    words = pd.Series(["50.0", "51", None, "007.0"], dtype=object)
    assert whole_words(words).tolist() == ["50", "51", None, "007"]
    for other in (["1.0", "1.1"], ["1.10", "1.0"], ["a", "1.0"], ["-1.0"]):
        assert whole_words(pd.Series(other)).tolist() == other
