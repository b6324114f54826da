"""Names that two tables share too few of to be joined by, where rows may be in other orders."""

import numpy as np
import pytest
from helpers.joined_tables import IMAGES, NAMES, ORDER, TEXTS, N, both, rmg_of, save

from modgap import rmg
from modgap.errors import InputError
from modgap.measure.files import measure_files
from modgap.measure.many_clouds import measure_clouds

MATCHED = pytest.approx(rmg(IMAGES, TEXTS))


@pytest.mark.parametrize("column", ["file_name", "image", "url"])
def test_names_of_which_few_are_shared_do_not_leave_rows_to_their_order(tmp_path, column):
    """Row i was matched with row i, though a third of the names said other."""
    few = N // 3
    images = save(tmp_path / "i.parquet", IMAGES, **{column: NAMES})
    mixed = [NAMES[row] if place < few else f"x{row}" for place, row in enumerate(ORDER)]
    texts = save(tmp_path / "t.parquet", TEXTS[ORDER], **{column: mixed})
    message = rf"{few} of {N} names in column '{column}' are in other rows of '{column}'"
    with pytest.raises(InputError, match=message):
        measure_files(images, texts, resamples=2)
    with pytest.raises(InputError, match=message):
        measure_clouds([images, texts], resamples=2)


def test_names_that_are_shared_in_the_same_rows_or_not_at_all_leave_rows_in_order(tmp_path, caplog):
    images = save(tmp_path / "i.parquet", IMAGES, file_name=NAMES)
    mixed = [name if row < N // 3 else f"x{row}" for row, name in enumerate(NAMES)]
    assert rmg_of(images, save(tmp_path / "t.parquet", TEXTS, file_name=mixed)) == MATCHED
    assert "share no name" not in caplog.text
    other = save(tmp_path / "o.parquet", TEXTS, file_name=[f"x{row}" for row in range(N)])
    assert rmg_of(images, other) == MATCHED
    assert "share no name in 'file_name' ('x0', '0.jpg'): row i matches row i" in caplog.text


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("names", [("file_name", "file_name"), ("id", "image"), ("photo", "image")])
def test_a_name_that_is_missing_does_not_leave_rows_to_their_order(tmp_path, side, names):
    """One empty cell in a column of names, and row i was matched with row i."""
    values = [list(NAMES), list(NAMES)]
    values[side][4] = None
    if side == 0 and names[0] == "id":
        values[side][4] = "other.jpg"  # a missing id is refused as such
    paths = both(tmp_path, names, values)
    with pytest.raises(InputError, match=rf"29 of 30 names in column '{names[1]}' are in other"):
        measure_files(*paths, resamples=2)


def test_numbers_in_words_that_few_rows_share_say_nothing(tmp_path):
    images = save(tmp_path / "i.parquet", IMAGES, key=[f"{row:09}" for row in range(N)])
    keys = [f"{row:09}" for row in np.random.default_rng(2).permutation(N) + N // 2 + 3]
    assert rmg_of(images, save(tmp_path / "t.parquet", TEXTS, key=keys)) == MATCHED


def test_one_name_that_stands_for_a_missing_one_does_not_refuse_rows_in_order(tmp_path, caplog):
    urls = [f"https://a.org/{row}.jpg" for row in range(N)]
    pages = [f"https://b.org/{row}" for row in range(N)]
    images = save(tmp_path / "i.parquet", IMAGES, url=[*urls[1:], "none"])
    texts = save(tmp_path / "t.parquet", TEXTS, url=["none", "none", *pages[2:]])
    assert rmg_of(images, texts) == MATCHED
    assert "share one name in 'url'" in caplog.text
