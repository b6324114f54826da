"""Items that two tables name, whatever the columns are called: the order of rows is nothing."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modgap import rmg
from modgap.errors import InputError
from modgap.formats.vectors import read_vectors
from modgap.measure.files import measure_files
from modgap.measure.labels import read_labels
from modgap.measure.many_clouds import measure_clouds

N = 30
RNG = np.random.default_rng(0)
IMAGES = RNG.normal(size=(N, 5)).astype(np.float32)
TEXTS = IMAGES + 0.3 * RNG.normal(size=(N, 5)).astype(np.float32)
NAMES = [f"{row}.jpg" for row in range(N)]
ORDER = np.random.default_rng(1).permutation(N)


def save(path, vectors, **columns):
    pd.DataFrame({**columns, "embedding": list(vectors)}).to_parquet(path, index=False)
    return path


def both(folder, names=("filename", "filename"), values=(NAMES, NAMES)):
    """Images in order and texts shuffled, each with one column of names."""
    shuffled = [values[1][row] for row in ORDER]
    return (
        save(folder / "images.parquet", IMAGES, **{names[0]: values[0]}),
        save(folder / "texts.parquet", TEXTS[ORDER], **{names[1]: shuffled}),
    )


def rmg_of(*paths, **options):
    table = measure_files(*paths, resamples=2, **options)
    return table.loc[table["metric"] == "rmg", "value"].item()


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
