"""Numbers that are the names of files, and numbers that only look like them."""

import numpy as np
import pandas as pd
import pytest
from helpers.joined_tables import IMAGES, ORDER, RNG, TEXTS, N, both, rmg_of, save

from modgap import rmg
from modgap.errors import InputError
from modgap.measure.files import measure_files

MATCHED = pytest.approx(rmg(IMAGES, TEXTS))


COCO = RNG.choice(10**6, N, replace=False)
FILES = {
    "file": [f"{number:012}.jpg" for number in COCO],
    "path": [f"val2014/COCO_val2014_{number:012}.jpg" for number in COCO],
}


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("names", [("id", "image_id"), ("file_name", "image_id"), ("id", "id")])
def test_numbers_are_joined_to_the_files_that_are_called_so(tmp_path, kind, names):
    """COCO's image_id and file_name; without a column id rows were matched in order."""
    assert rmg_of(*both(tmp_path, names, (FILES[kind], COCO.tolist()))) == MATCHED
    turned = both(tmp_path, names, (FILES["file"], FILES["path"]))
    assert rmg_of(*turned) == MATCHED


def test_numbers_in_pairs_are_files_where_they_are_no_rows(tmp_path):
    images = save(tmp_path / "i.parquet", IMAGES, id=FILES["file"])
    texts = save(tmp_path / "t.parquet", TEXTS[ORDER])
    pairs = pd.DataFrame({"image": COCO[ORDER], "text": range(N)})
    pairs.to_csv(tmp_path / "p.csv", index=False)
    assert rmg_of(images, texts, pairs=tmp_path / "p.csv") == MATCHED


def test_row_numbers_are_not_the_numbers_of_files_under_another_name(tmp_path):
    """They count the rows of their own table."""
    files = [f"{row:03}.jpg" for row in ORDER]
    images = save(tmp_path / "i.parquet", IMAGES, file_name=files)
    assert rmg_of(images, save(tmp_path / "t.parquet", TEXTS, row=range(N))) == MATCHED


@pytest.mark.parametrize("column", ["class_id", "rank_id", "caption_id", "idx"])
@pytest.mark.parametrize("numbers", [ORDER[::-1], np.arange(N) % 5])
def test_small_numbers_are_not_those_of_files_by_chance(tmp_path, column, numbers):
    """Files that are called 000000.jpg to 000029.jpg have all classes and ranks there are."""
    files = [f"{row:06}.jpg" for row in range(N)]
    images = save(tmp_path / "i.parquet", IMAGES, file_name=files)
    texts = save(tmp_path / "t.parquet", TEXTS, **{column: numbers})
    assert rmg_of(images, texts) == MATCHED


@pytest.mark.parametrize("name", ["id", "text_id"])
def test_ids_that_count_texts_are_not_the_numbers_of_files_in_another_order(tmp_path, name):
    files = [f"{row:06}.jpg" for row in ORDER]
    images = save(tmp_path / "i.parquet", IMAGES, id=files)
    texts = save(tmp_path / "t.parquet", TEXTS, **{name: range(N)})
    with pytest.raises(InputError, match=r"ids count the rows, .* call the column image_id if"):
        measure_files(images, texts, resamples=2)
    texts = save(tmp_path / "t.parquet", TEXTS[np.argsort(ORDER)], image_id=range(N))
    assert rmg_of(images, texts) == MATCHED
    files = save(tmp_path / "i.parquet", IMAGES, file_name=files)
    texts = save(tmp_path / "t.parquet", TEXTS, **{name: range(N)})
    with pytest.raises(InputError, match="call both 'file_name' if they name the items, or leave"):
        measure_files(files, texts, resamples=2)


@pytest.mark.parametrize("name", ["id", "file_name"])
def test_numbers_that_are_the_names_of_files_but_for_their_ending_join_them(tmp_path, name):
    files = sorted(f"{row}.jpg" for row in range(N))
    images = save(tmp_path / "i.parquet", IMAGES, **{name: files})
    own = np.argsort([int(file.removesuffix(".jpg")) for file in files])
    assert rmg_of(images, save(tmp_path / "t.parquet", TEXTS[own], id=range(N))) == MATCHED
