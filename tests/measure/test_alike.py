"""Rows of one id are one image; row numbers are no names where words say otherwise."""

import numpy as np
import pandas as pd
import pytest

from modgap.errors import InputError
from modgap.formats.vectors import read_vectors
from modgap.measure.files import measure_files
from modgap.measure.labels import read_labels, usable_labels
from modgap.measure.many_clouds import measure_clouds

N, D = 60, 16
RNG = np.random.default_rng(0)
ITEMS = RNG.normal(size=(N, D))
IMAGES = (ITEMS + 0.25 * RNG.normal(size=(N, D)) + 2 * np.eye(D)[0]).astype(np.float32)
TEXTS = (ITEMS + 0.25 * RNG.normal(size=(N, D)) - 2 * np.eye(D)[0]).astype(np.float32)
ORDER = RNG.permutation(N)
OTHER = RNG.permutation(N)
FILES = [f"{row:06d}.jpg" for row in range(N)]
MOVED = [FILES[row] for row in ORDER]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def save(name, vectors, **columns):
    pd.DataFrame({**columns, "embedding": list(vectors)}).to_parquet(name)
    return name


def values(*paths, **options):
    table = measure_files(*paths, resamples=2, **options).set_index(["metric", "modality"])
    keys = [("l2m", "both"), ("rmg", "both"), ("recall@1", "image_to_text")]
    return table.loc[[*keys, ("recall@1", "text_to_image")], "value"].tolist()


@pytest.fixture
def matched():
    np.save("x.npy", IMAGES)
    np.save("y.npy", TEXTS)
    return pytest.approx(values("x.npy", "y.npy"))


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("name", ["file_name", "image"])
def test_names_of_files_overrule_row_numbers(matched, first, name, caplog):
    x = save("x.parquet", IMAGES, id=range(N), file_name=FILES)
    y = save("y.parquet", TEXTS[ORDER], id=range(first, N + first), **{name: MOVED})
    assert values(x, y) == matched
    assert f"joined by '{name}' and 'file_name'; 'id' and 'id', which number rows" in caplog.text


def test_names_of_images_overrule_the_numbers_of_twice_as_many_texts():
    owners = np.tile(np.arange(N), 2)
    texts = TEXTS[owners] + 0.1 * RNG.normal(size=(2 * N, D)).astype(np.float32)
    order = RNG.permutation(2 * N)
    names = [FILES[row] for row in owners[order]]
    x = save("x.parquet", IMAGES, id=range(N), file_name=FILES)
    np.save("pairs.npy", np.column_stack([owners, np.arange(2 * N)]))
    np.save("y.npy", texts)
    right = pytest.approx(values(x, "y.npy", pairs="pairs.npy"))
    y = save("y.parquet", texts[order], id=range(2 * N), file_name=names)
    assert values(x, y) == right
    with pytest.raises(InputError, match=r"'file_name' say that rows are of other items.*once"):
        measure_clouds([x, y], resamples=2)


def test_most_numbers_of_texts_that_are_no_images_are_other_numbers(matched):
    """As COCO's captions have, some of which are numbers of other images by chance."""
    x = save("x.parquet", IMAGES, id=np.arange(N) * 10, file_name=FILES)
    y = save("y.parquet", TEXTS[ORDER], id=np.arange(N) * 7 + 3, file_name=MOVED)
    assert values(x, y) == matched


def test_names_that_agree_with_row_numbers_change_nothing(matched, caplog):
    x = save("x.parquet", IMAGES, id=range(N), file_name=FILES)
    assert values(x, save("y.parquet", TEXTS, id=range(N), file_name=FILES)) == matched
    assert "which number rows" not in caplog.text


def test_true_ids_are_not_overruled(matched):
    names = [FILES[row] for row in OTHER]
    x = save("x.parquet", IMAGES, id=range(N), file_name=FILES)
    assert values(x, save("y.parquet", TEXTS[ORDER], id=ORDER, file_name=names)) == matched


@pytest.mark.parametrize(("own", "name"), [("id", "word"), ("image_id", "file_name")])
def test_row_numbers_against_words_of_no_plain_name_are_refused(own, name):
    x = save("x.parquet", IMAGES, id=range(N), **{name: FILES})
    y = save("y.parquet", TEXTS[ORDER], **{own: range(N), name: MOVED})
    with pytest.raises(InputError, match=rf"'{own}' \('id'\) and column '{name}' \('{name}'\)"):
        values(x, y)


def test_names_overrule_row_numbers_of_many_clouds():
    x = save("x.parquet", IMAGES, id=range(N), file_name=FILES)
    y = save("y.parquet", TEXTS[ORDER], id=range(N), file_name=MOVED)
    z = save("z.parquet", TEXTS[OTHER], id=range(N), image=[FILES[row] for row in OTHER])
    table = measure_clouds([x, y, z], resamples=2).query("state == 'as given'")
    found = table[table["metric"] == "recall@1"].set_index(["first", "second"])["value"]
    assert found["x", "y"] == found["x", "z"] > 0.8
    assert found["y", "z"] == 1
    bare = save("bare.parquet", TEXTS, id=range(N))
    with pytest.raises(InputError, match=r"bare\.parquet: ids only number rows, and 'file_name'"):
        measure_clouds([x, y, bare], resamples=2)
    with pytest.raises(InputError, match="ids only number rows, and 'file_name' and 'file_name'"):
        measure_clouds([bare, x, y], resamples=2)


NEAR = [
    {"hard_negative_image": [FILES[row] for row in OTHER], "image": MOVED},
    {"neg_file_name": [FILES[row] for row in OTHER], "picture_of": MOVED},
    {"similar_image": [FILES[row] for row in OTHER], "image": MOVED},
    {"title": [FILES[row] for row in OTHER], "file_name": MOVED},
]


@pytest.mark.parametrize("columns", NEAR)
def test_of_several_columns_of_names_the_plainest_joins(matched, columns):
    x = save("x.parquet", IMAGES, file_name=FILES)
    assert values(x, save("y.parquet", TEXTS[ORDER], **columns)) == matched


@pytest.mark.parametrize("names", [("similar", "other"), ("image", "path")])
def test_columns_of_names_that_disagree_are_refused(names):
    columns = dict(zip(names, ([FILES[row] for row in OTHER], MOVED), strict=True))
    x = save("x.parquet", IMAGES, file_name=FILES)
    with pytest.raises(InputError, match=rf"y\.parquet: columns '{names[0]}' and '{names[1]}' bo"):
        values(x, save("y.parquet", TEXTS[ORDER], **columns))


OWNERS = np.repeat(np.arange(12), 5)
ONCE = IMAGES[:12]
COPIES = IMAGES[OWNERS] * (1 + 0.01 * RNG.normal(size=(N, D)).astype(np.float32))
COPIES[::5] = ONCE
CAPTIONS = (ITEMS[OWNERS] + 0.3 * RNG.normal(size=(N, D)) - 2 * np.eye(D)[0]).astype(np.float32)
IDS = [f"i{row}" for row in OWNERS]


@pytest.mark.parametrize("name", ["id", "image_id", "file_name", "none"])
@pytest.mark.parametrize("moved", [False, True])
def test_rows_of_one_id_are_one_image(name, moved, caplog):
    """As if the file held each image once: its first embedding."""
    named = [f"i{row}" for row in range(12)]
    rows = ORDER if moved and name != "none" else np.arange(N)
    once = save("once.parquet", ONCE, id=named)
    right = values(once, save("right.parquet", CAPTIONS, image_id=IDS))
    x = save("x.parquet", COPIES, **{"id" if name == "none" else name: IDS})
    columns = {} if name == "none" else {name: [IDS[row] for row in rows]}
    y = save("y.parquet", CAPTIONS[rows], **columns)
    assert values(x, y) == pytest.approx(right)
    assert right[2] > 0.9
    assert "images: 12 of 60 are different by their ids; copies of one count as one" in caplog.text
    table = measure_files(x, y, resamples=2).query("metric == 'recall@1'")
    assert table["n"].tolist() == [12, 60]


def test_labels_and_pairs_by_row_are_of_all_rows_of_an_image():
    pd.DataFrame({"object": [f"c{row % 3}" for row in OWNERS]}).to_csv("l.csv", index=False)
    x = save("x.parquet", COPIES, id=IDS)
    np.save("y.npy", CAPTIONS)
    np.save("pairs.npy", np.column_stack([np.arange(N), np.arange(N)]))
    assert values(x, "y.npy", pairs="pairs.npy", labels="l.csv") == values(x, "y.npy")


def test_one_id_of_different_images_is_refused():
    x, y = (save(f"{n}.parquet", v, id=IDS) for n, v in (("x", IMAGES), ("y", TEXTS)))
    with pytest.raises(InputError, match=r"x\.parquet: row 1 has the id 'i0' of row 0 and an ent"):
        values(x, y)


def test_rows_in_one_order_may_share_what_only_looks_like_a_name(matched):
    x, y = (save(f"{n}.parquet", v, path=IDS) for n, v in (("x", IMAGES), ("y", TEXTS)))
    assert values(x, y) == matched


@pytest.mark.parametrize("rows", [np.arange(N), ORDER])
@pytest.mark.parametrize("ids", [range(N), range(100, 100 + N), None])
def test_labels_with_numbers_of_their_own_are_joined_by_names(rows, ids):
    own = {} if ids is None else {"id": ids}
    images = read_vectors(save("x.parquet", IMAGES, file_name=FILES, **own), "images")
    columns = {"id": range(N), "file_name": [FILES[row] for row in rows], "object": rows % 4}
    pd.DataFrame(columns).to_csv("l.csv", index=False)
    labels = usable_labels(read_labels("l.csv", images, "x.parquet"), images, ("l.csv", "x"))
    assert list(labels) == ["object"]
    assert labels["object"].tolist() == [str(row % 4) for row in range(N)]


def test_ids_in_the_plural_beside_arrays_join_them(matched):
    np.savez("x.npz", image_features=IMAGES, image_ids=FILES)
    for names in ({"image_ids": MOVED}, {"image_ids": MOVED, "text_ids": [f"t{n}" for n in ORDER]}):
        np.savez("y.npz", text_features=TEXTS[ORDER], **names)
        assert values("x.npz", "y.npz") == matched


def test_a_moved_index_beside_a_range_joins_rows(matched, caplog):
    x = save("x.parquet", IMAGES)
    pd.DataFrame({"embedding": list(TEXTS[ORDER])}, index=ORDER).to_parquet("y.parquet")
    assert values(x, "y.parquet") == matched
    assert "x.parquet and y.parquet are joined by the index of the pandas frames" in caplog.text
    table = measure_clouds([x, "y.parquet", save("z.parquet", TEXTS)], resamples=2)
    table = table.query("state == 'as given' and metric == 'recall@1' and second == 'z'")
    assert table.set_index("first").loc["y", "value"] == 1


def test_a_moved_index_joins_labels(matched):
    images = read_vectors(save("x.parquet", IMAGES), "images")
    pd.DataFrame({"object": ORDER % 4}, index=ORDER).to_parquet("l.parquet")
    labels = read_labels("l.parquet", images, "x.parquet")
    assert labels["object"].tolist() == [str(row % 4) for row in range(N)]


def test_a_frame_without_index_is_in_no_known_order(caplog):
    pd.DataFrame({"embedding": list(IMAGES)}).to_parquet("x.parquet", index=False)
    pd.DataFrame({"embedding": list(TEXTS)}, index=ORDER).to_parquet("y.parquet")
    np.save("x.npy", IMAGES)
    np.save("y.npy", TEXTS)
    assert values("x.parquet", "y.parquet") == pytest.approx(values("x.npy", "y.npy"))
    assert "y.parquet: its pandas index is out of order and not read" in caplog.text


@pytest.mark.parametrize("numbered", [False, True])
@pytest.mark.parametrize("repeats", [False, True])
def test_rows_of_one_image_are_one_whether_captions_repeat_or_not(numbered, repeats):
    owners = np.repeat(np.arange(12), 5)
    captions = [f"caption {row}" for row in range(N)]
    if repeats:
        captions[1] = captions[0]
    more = {"id": range(N)} if numbered else {}
    names = {"image_id" if numbered else "image": [FILES[row] for row in owners]}
    texts = TEXTS.copy()
    texts[1] = texts[0] if repeats else texts[1]
    x = save("x.parquet", IMAGES[owners], **more, **names, caption=captions)
    y = save("y.parquet", texts, **more, **names, caption=captions)
    table = measure_files(x, y, resamples=2).set_index(["metric", "modality"])
    assert table.loc[("recall@1", "text_to_image"), "n"] == N - repeats
    assert table.loc[("uniformity", "image"), "n"] == 12


def test_ids_of_texts_need_not_be_those_of_images(matched):
    np.savez("x.npz", features=IMAGES, image_ids=[f"i{row}" for row in range(N)])
    np.savez("y.npz", features=TEXTS, text_ids=[f"t{row}" for row in range(N)])
    assert values("x.npz", "y.npz") == matched
