"""Items that two tables name, whatever the columns are called: the order of rows is nothing."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from helpers.joined_tables import IMAGES, NAMES, ORDER, RNG, TEXTS, N, both, rmg_of, save

from modgap import rmg
from modgap.errors import InputError
from modgap.formats.vectors import read_vectors
from modgap.measure.files import measure_files
from modgap.measure.labels import read_labels
from modgap.measure.many_clouds import measure_clouds

MATCHED = pytest.approx(rmg(IMAGES, TEXTS))
NUMBERS = list(range(100, 100 + N))


@pytest.mark.parametrize(
    ("names", "values"),
    [
        (("ID", "ID"), (NAMES, NAMES)),
        (("ids", "Id"), (NUMBERS, NUMBERS)),
        (("filename", "filename"), (NAMES, NAMES)),
        (("image_path", "file"), (NAMES, NAMES)),
        (("image_id", "caption_of"), (NAMES, NAMES)),
        (("id", "picture"), (NAMES, NAMES)),
        (("key", "key"), (NUMBERS, NUMBERS)),
        (("item_id", "itemId"), (NUMBERS, NUMBERS)),
        (("uid", "uid"), (NUMBERS, [f"{n:09d}" for n in NUMBERS])),
    ],
)
def test_a_column_of_names_joins_two_tables(tmp_path, names, values):
    assert rmg_of(*both(tmp_path, names, values)) == MATCHED


def test_json_lines_and_packed_tables_are_joined_by_id(tmp_path):
    images = pd.DataFrame({"id": NUMBERS, "embedding": IMAGES.tolist()})
    images.to_json(tmp_path / "images.jsonl", orient="records", lines=True, double_precision=9)
    texts = pd.DataFrame({"embedding": TEXTS.tolist()}, index=pd.Index(NUMBERS, name="id"))
    texts.iloc[ORDER].to_csv(tmp_path / "texts.csv.gz")
    assert rmg_of(tmp_path / "images.jsonl", tmp_path / "texts.csv.gz") == MATCHED


def test_both_sides_in_one_file_of_json_lines(tmp_path):
    both = {"image_embedding": IMAGES.tolist(), "text_embedding": TEXTS.tolist()}
    pd.DataFrame(both).to_json(
        tmp_path / "both.jsonl", orient="records", lines=True, double_precision=9
    )
    assert rmg_of(tmp_path / "both.jsonl") == MATCHED


def test_one_cloud_that_is_named_twice_is_said(tmp_path, caplog):
    path = save(tmp_path / "a.parquet", np.concatenate([IMAGES, TEXTS]))
    rmg_of(path, path)
    assert "a.parquet is named twice and holds one cloud: it is compared with itself" in caplog.text


def test_what_joins_them_is_said(tmp_path, caplog):
    caplog.set_level("INFO")
    rmg_of(*both(tmp_path, ("image_path", "file")))
    assert "texts.parquet: column 'file' names the images, as 'image_path' of" in caplog.text


@pytest.mark.parametrize("index", ["named", "levels", "csv"])
def test_an_index_of_a_frame_names_items_whatever_it_is_called(tmp_path, index):
    paths = []
    for name, vectors, rows in (("images", IMAGES, range(N)), ("texts", TEXTS, ORDER)):
        words = [NAMES[row] for row in rows]
        frame = pd.DataFrame(vectors[list(rows)], index=pd.Index(words, name="item"))
        if index == "levels":
            frame.index = pd.MultiIndex.from_arrays([["all"] * N, words])
        frame.columns = [str(column) for column in frame]
        path = tmp_path / f"{name}.{'csv' if index == 'csv' else 'parquet'}"
        frame.to_csv(path) if index == "csv" else frame.to_parquet(path)
        paths.append(path)
    assert rmg_of(*paths) == MATCHED


def test_names_within_a_record_join_too(tmp_path):
    for name, vectors, rows in (("images", IMAGES, range(N)), ("texts", TEXTS, ORDER)):
        records = [{"id": NAMES[row], "size": 1} for row in rows]
        table = pa.table({"meta": records, "embedding": vectors[list(rows)].tolist()})
        pq.write_table(table, tmp_path / f"{name}.parquet")
    assert rmg_of(tmp_path / "images.parquet", tmp_path / "texts.parquet") == MATCHED


def test_several_texts_name_their_image_by_any_column(tmp_path):
    owners = np.repeat(np.arange(N), 2)
    texts = IMAGES[owners] + 0.2 * RNG.normal(size=(2 * N, 5)).astype(np.float32)
    order = RNG.permutation(2 * N)
    images = save(tmp_path / "images.parquet", IMAGES, id=NAMES)
    words = [NAMES[owners[row]] for row in order]
    captions = save(
        tmp_path / "texts.parquet", texts[order], id=[f"t{row}" for row in order], picture=words
    )
    pairs = np.column_stack([owners, np.arange(2 * N)])
    assert rmg_of(images, captions) == pytest.approx(rmg(IMAGES, texts, pairs))


@pytest.mark.parametrize("column", ["rank", "width", "word", "title"])
def test_columns_that_name_nothing_join_nothing(tmp_path, column):
    """Numbers of another meaning in another order, and words of which few are the same."""
    values = {"rank": (list(range(N)), ORDER.tolist()), "width": ([640] * N, [640] * N)}
    few = [*NAMES[:9], *"abcdefghijklmnopqrstu"], [*NAMES[:9][::-1], *map(str, range(21))]
    most = [*NAMES[:25], *"abcde"], [*NAMES[:25][::-1], *"vwxyz"]
    values |= {"word": few, "title": most}
    paths = [
        save(tmp_path / f"{name}.parquet", vectors, **{column: own})
        for name, vectors, own in zip(
            ("images", "texts"), (IMAGES, TEXTS), values[column], strict=True
        )
    ]
    assert rmg_of(*paths) == MATCHED


@pytest.mark.parametrize("column", ["pk", "sku", "phash", "asset", "n"])
def test_numbers_that_both_tables_have_name_items(tmp_path, column):
    """Keys of data bases; of columns that are called otherwise, no count that both have by chance.

    They were joined row by row.
    """
    first = 0 if column in ("pk", "sku", "phash") else 5
    numbers = [first + row * (row if first else 1) for row in range(N)]
    assert rmg_of(*both(tmp_path, (column, column), (numbers, numbers))) == MATCHED


TIMES = pd.date_range("2024-01-01", periods=N, freq="h").tolist()
VALUES = {
    "times": TIMES,
    "signed hashes": np.random.default_rng(2).integers(-(2**62), 2**62, N).tolist(),
    "bytes": [bytes([200 - row, 255]) for row in range(N)],
    "seconds": [0.04 * row + 0.013 for row in range(N)],
    "lists of one word": [[name] for name in NAMES],
}


@pytest.mark.parametrize("kind", VALUES)
def test_values_that_both_tables_have_name_items(tmp_path, kind):
    assert rmg_of(*both(tmp_path, ("value", "value"), (VALUES[kind], VALUES[kind]))) == MATCHED


def test_columns_that_name_items_together_are_not_passed_over(tmp_path):
    """Frames of videos: no column names an item, both together do."""
    paths, clouds = [], {"images": (IMAGES, range(N)), "texts": (TEXTS, ORDER), "more": (TEXTS, ())}
    for name, (vectors, rows) in clouds.items():
        rows = list(rows) or list(range(N))
        columns = {"video": [f"v{row // 6}" for row in rows], "frame": [row % 6 for row in rows]}
        columns["note"] = [f"{name} {row}" for row in rows]
        paths.append(save(tmp_path / f"{name}.parquet", vectors[rows], **columns))
    match = r"columns 'video', 'frame' are those of the same rows in different orders"
    for inputs in (paths[:2], [paths[1], paths[0]]):
        with pytest.raises(InputError, match=match):
            measure_files(*inputs, resamples=2)
    with pytest.raises(InputError, match=match):
        measure_clouds(paths, resamples=2)
    assert rmg_of(paths[0], paths[2]) == MATCHED


@pytest.mark.parametrize("ending", ["", ".jpg"])
def test_files_of_class_folders_are_joined_whatever_is_above_them(tmp_path, ending):
    """Names come again in each class, so that names alone do not tell: clip-retrieval#321."""
    names = [f"{('cat', 'dog', 'owl')[row % 3]}/{row // 3:03d}" for row in range(N)]
    above = [f"/data/train/{name}.jpg" for name in names]
    others = [f"{name}{ending}" for name in names]
    assert rmg_of(*both(tmp_path, ("id", "id"), (above, others))) == MATCHED


def test_numbers_of_which_few_differ_name_nothing(tmp_path):
    numbers = [row * row for row in range(N)]
    shuffled = [numbers[row] + (row == 3) for row in ORDER]
    paths = [
        save(tmp_path / f"{name}.parquet", vectors, size=own)
        for name, vectors, own in (("i", IMAGES, numbers), ("t", TEXTS, shuffled))
    ]
    assert rmg_of(*paths) == MATCHED


@pytest.mark.parametrize("names", [NAMES, [f"data/{name}" for name in NAMES]])
def test_numbers_of_captions_behind_the_name_of_an_image_are_no_part_of_it(tmp_path, names):
    """As Flickr8k and Flickr30k name their captions: 1000092795.jpg#0 to #4."""
    owners = np.repeat(np.arange(N), 2)
    texts = IMAGES[owners] + 0.2 * RNG.normal(size=(2 * N, 5)).astype(np.float32)
    order = RNG.permutation(2 * N)
    images = save(tmp_path / "images.parquet", IMAGES, id=names)
    words = [f"{NAMES[owners[row]]}#{row % 2}" for row in order]
    captions = save(tmp_path / "texts.parquet", texts[order], id=words)
    pairs = np.column_stack([owners, np.arange(2 * N)])
    assert rmg_of(images, captions) == pytest.approx(rmg(IMAGES, texts, pairs))
    words = [word.replace("7.jpg", "x.jpg") for word in words]
    captions = save(tmp_path / "texts.parquet", texts[order], id=words)
    with pytest.raises(InputError, match=r"name different items|share no id"):
        rmg_of(images, captions)


def test_names_that_disagree_are_refused(tmp_path):
    others = [*NAMES[:20], *(f"{row}.png" for row in range(10))]
    with pytest.raises(InputError, match="name different items: 10 of 30 images have no text"):
        rmg_of(*both(tmp_path, values=(NAMES, others)))


@pytest.mark.parametrize("name", ["ID", "filename", "image_id", ""])
@pytest.mark.parametrize("place", [0, 2])
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_labels_are_joined_by_any_column_of_names(tmp_path, name, place, suffix):
    images = read_vectors(save(tmp_path / "images.parquet", IMAGES, id=NAMES), "images")
    frame = pd.DataFrame({"object": np.arange(N) % 3, "hue": np.arange(N) % 2}).iloc[ORDER]
    path = tmp_path / f"labels.{suffix}"
    if name:
        frame.insert(place, name, [NAMES[row] for row in ORDER])
    else:
        frame.index = [NAMES[row] for row in ORDER]
    options = {} if suffix == "parquet" else {"index": not name}
    getattr(frame, f"to_{suffix}")(path, **options)
    labels = read_labels(path, images, "images.parquet")
    assert list(labels) == ["object", "hue"]
    assert labels["object"].tolist() == [str(row % 3) for row in range(N)]


def test_many_clouds_are_joined_as_two_are(tmp_path):
    images, texts = both(tmp_path)
    third = save(tmp_path / "third.parquet", TEXTS[::-1], filename=NAMES[::-1])
    table = measure_clouds([images, texts, third], resamples=2)
    value = table.query("metric == 'rmg' and state == 'as given'").set_index(["first", "second"])
    assert value.loc[("images", "texts"), "value"] == MATCHED
    assert value.loc[("images", "third"), "value"] == MATCHED
    assert value.loc[("texts", "third"), "value"] == pytest.approx(0, abs=1e-6)


def test_many_clouds_are_joined_by_the_index_of_their_frames(tmp_path):
    for name, vectors, rows in (("a", IMAGES, range(N)), ("b", TEXTS, ORDER), ("c", TEXTS, ORDER)):
        rows = list(rows)
        frame = pd.DataFrame({"embedding": list(vectors[rows])}, index=rows)
        frame.to_parquet(tmp_path / f"{name}.parquet")
    table = measure_clouds([tmp_path / f"{name}.parquet" for name in "abc"], resamples=2)
    row = table.query("metric == 'rmg' and first == 'a' and second == 'b' and state == 'as given'")
    assert row["value"].item() == MATCHED


@pytest.mark.parametrize("bare", [0, 2])
def test_a_cloud_without_names_does_not_hide_that_others_are_in_another_order(tmp_path, bare):
    paths = list(both(tmp_path))
    np.save(tmp_path / "bare.npy", IMAGES)
    paths.insert(bare, tmp_path / "bare.npy")
    with pytest.raises(InputError, match="name their items in different orders"):
        measure_clouds(paths, resamples=2)


def test_a_file_of_two_clouds_is_not_one_of_many(tmp_path):
    np.save(tmp_path / "both.npy", np.stack([IMAGES, TEXTS]))
    with pytest.raises(InputError, match=r"both\.npy: shape \(2, 30, 5\) is two clouds"):
        measure_clouds([tmp_path / "both.npy", *both(tmp_path)], resamples=2)


def test_keys_of_each_table_of_its_own_join_nothing(tmp_path):
    """Where the tables share names of files, or have keys of which but some are the same."""
    own = list(range(1, N + 1)), [int(row) + 1 for row in ORDER[::-1]]
    paths = [
        save(tmp_path / "images.parquet", IMAGES, pk=own[0], file_name=NAMES),
        save(
            tmp_path / "texts.parquet",
            TEXTS[ORDER],
            pk=own[1],
            file_name=[NAMES[row] for row in ORDER],
        ),
    ]
    assert rmg_of(*paths) == MATCHED
    for first in (1, 6):
        save(paths[first > 1], (IMAGES, TEXTS)[first > 1], pk=list(range(first, first + N)))
    assert rmg_of(*paths) == MATCHED


@pytest.mark.parametrize("column", ["title", "caption"])
def test_words_go_before_numbers_that_say_where_rows_lie(tmp_path, column):
    places = [7 * row * row for row in range(N)]
    paths = [
        save(tmp_path / "images.parquet", IMAGES, offset=places, **{column: NAMES}),
        save(
            tmp_path / "texts.parquet",
            TEXTS[ORDER],
            offset=places,
            **{column: [NAMES[row] for row in ORDER]},
        ),
    ]
    assert rmg_of(*paths) == MATCHED


RANKS = {
    "counts": (range(N), ORDER),
    "below 0": (np.arange(N) - 9, ORDER - 9),
    "shares": ((np.arange(N) + 1) / N, (ORDER + 1) / N),
    "shares from 0": (np.arange(N) / (N - 1), ORDER / (N - 1)),
}


@pytest.mark.parametrize("kind", RANKS)
def test_ranks_beside_what_all_rows_share_join_nothing(tmp_path, kind):
    """Every table has its own ranks, and they were taken for places of the same rows."""
    paths = [
        save(tmp_path / f"{name}.parquet", vectors, split="test", rank=list(ranks))
        for name, vectors, ranks in zip(("i", "t"), (IMAGES, TEXTS), RANKS[kind], strict=True)
    ]
    assert rmg_of(*paths) == MATCHED


def test_lists_of_which_the_first_is_missing_join_nothing(tmp_path):
    """They ended in a TypeError."""
    tags = [None, *([name, "x"] for name in NAMES[1:])]
    boxes = [None, *([1.0, 2.0, row] for row in range(1, N))]
    paths = [
        save(tmp_path / f"{name}.parquet", vectors, tags=tags, boxes=boxes)
        for name, vectors in (("i", IMAGES), ("t", TEXTS))
    ]
    assert rmg_of(*paths) == MATCHED


def test_words_that_count_rows_join_words_under_another_name(tmp_path):
    words = [str(row) for row in range(N)]
    assert rmg_of(*both(tmp_path, ("photo", "picture"), (words, words))) == MATCHED
