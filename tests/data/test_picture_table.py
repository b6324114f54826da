"""Pictures and captions in tables."""

import pyarrow as pa
import pytest
from helpers.tiny_picture_tables import PICTURES, RECORDS, WORDS, N, read, save, save_arrow

from modgap.data.adapters import build_manifest
from modgap.errors import InputError
from modgap.formats.manifest import read_manifest
from modgap.study.datasets import DatasetRow

CAPTIONS = {
    "words": ({"caption": WORDS}, WORDS),
    "lists": (
        {"captions": [[word, f"a {word}"] for word in WORDS]},
        [text for word in WORDS for text in (word, f"a {word}")],
    ),
    "records": ({"sentences": [[{"raw": word, "sentid": 1}] for word in WORDS]}, WORDS),
    # As the datasets library keeps a sequence of records.
    "records as columns": (
        {"sentences": [{"raw": [word, f"a {word}"], "sentid": [1, 2]} for word in WORDS]},
        [text for word in WORDS for text in (word, f"a {word}")],
    ),
    "columns": (
        {"caption_0": WORDS, "caption_1": [None, *WORDS[1:]]},
        [WORDS[0], *(text for word in WORDS[1:] for text in (word, word))],
    ),
}


@pytest.mark.parametrize("kind", CAPTIONS)
@pytest.mark.parametrize("pictures", ["records", "bytes"])
def test_pictures_and_captions_are_those_of_the_table(tmp_path, kind, pictures):
    columns, expected = CAPTIONS[kind]
    image = RECORDS if pictures == "records" else PICTURES
    draft = read(save(tmp_path / "in" / "test.parquet", image=image, **columns))
    assert draft.texts["text"].tolist() == expected
    ids = [f"{n}.jpg" for n in range(N)]
    names = ids if pictures == "records" else [f"test.parquet row {n}" for n in range(N)]
    assert draft.images["image_id"].tolist() == names
    assert draft.texts["image_id"].drop_duplicates().tolist() == names
    stored = [(draft.root / path).read_bytes() for path in draft.images["path"]]
    assert stored == PICTURES
    assert [path[-4:] for path in draft.images["path"]] == [".jpg", ".png", ".jpg", ".png", ".jpg"]


def test_one_of_several_captions_that_is_null_is_left_out_and_said(tmp_path):
    captions = [["a", None], *([word] for word in WORDS[1:])]
    draft = read(save(tmp_path / "in" / "test.parquet", image=RECORDS, captions=captions))
    assert draft.texts["text"].tolist() == ["a", *WORDS[1:]]
    assert [(note.item, note.remark) for note in draft.notes] == [("0.jpg", "caption is null")]


def test_what_save_to_disk_writes_is_read(tmp_path):
    table = pa.table({"image": RECORDS, "text": WORDS})
    path = tmp_path / "in" / "test" / "data-00000-of-00001.arrow"
    path.parent.mkdir(parents=True)
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table)
    assert read(tmp_path / "in").texts["text"].tolist() == WORDS


def test_a_table_of_a_webdataset_as_the_hub_makes_it(tmp_path):
    keys = [f"{n:09d}" for n in range(N)]
    columns = {"jpg": RECORDS, "txt": WORDS, "json": [{"width": 1}] * N, "__key__": keys}
    folder = save(tmp_path / "in" / "test.parquet", **columns)
    assert read(folder).texts["text"].tolist() == WORDS


def test_one_column_of_several_is_told_by_its_name_in_any_letters(tmp_path):
    folder = save(tmp_path / "in" / "test.parquet", Image=RECORDS, thumb=PICTURES, Caption=WORDS)
    assert read(folder).images["image_id"].tolist() == [f"{n}.jpg" for n in range(N)]


def test_downloads_that_failed_are_noted(tmp_path):
    """As img2dataset writes them; a download that succeeded without a picture is a fault."""
    columns = {
        "caption": WORDS,
        "status": ["success", "success", "failed_to_download", "failed_to_resize", "success"],
        "error_message": [None, None, "HTTP Error 404: Not Found", None, None],
        "jpg": [*PICTURES[:2], None, None, None],
    }
    draft = read(save(tmp_path / "in" / "00000.parquet", **columns), "all")
    assert draft.texts["text"].tolist() == [*WORDS[:2], WORDS[4]]
    assert draft.images["fault"].dropna().tolist() == ["row has no picture"]
    assert [(note.item, note.remark, note.action) for note in draft.notes] == [
        (
            "00000.parquet row 2",
            "no image: failed_to_download (HTTP Error 404: Not Found)",
            "ignored",
        ),
        ("00000.parquet row 3", "no image: failed_to_resize", "ignored"),
    ]


def test_what_map_and_macos_leave_beside_a_table_is_ignored_and_said(tmp_path):
    table = pa.table({"image": RECORDS, "text": WORDS})
    for name in ("data-00000-of-00001", "cache-9f3ab1c2d4e5f601", "tmpx1y2z3ab"):
        save_arrow(tmp_path / "in" / "test" / f"{name}.arrow", table, pa.ipc.new_stream)
    (tmp_path / "in" / "test" / "._data-00000-of-00001.arrow").write_bytes(b"\0\5\x16\7")
    draft = read(tmp_path / "in")
    assert draft.texts["text"].tolist() == WORDS
    assert [(note.item, note.remark) for note in draft.notes] == [
        ("test/._data-00000-of-00001.arrow", "hidden"),
        ("test/cache-9f3ab1c2d4e5f601.arrow", "left behind by datasets.map"),
        ("test/tmpx1y2z3ab.arrow", "left behind by datasets.map"),
    ]


@pytest.mark.parametrize("of_bytes", [True, False])
def test_columns_of_views_as_polars_writes_them_are_read(tmp_path, of_bytes):
    pictures = pa.array(PICTURES, pa.binary_view())
    if not of_bytes:
        pictures = pa.StructArray.from_arrays(
            [pictures, pa.array([f"{n}.jpg" for n in range(N)], pa.string_view())],
            ["bytes", "path"],
        )
    table = pa.table({"image": pictures, "caption": pa.array(WORDS, pa.string_view())})
    save_arrow(tmp_path / "in" / "test.arrow", table, pa.ipc.new_file)
    draft = read(tmp_path / "in")
    assert draft.texts["text"].tolist() == WORDS
    assert [(draft.root / path).read_bytes() for path in draft.images["path"]] == PICTURES


def test_a_list_that_was_written_as_text_is_its_captions(tmp_path):
    captions = ['["a dog", "a pet"]', "['a cat', \"it's one\"]", "[applause]", *WORDS[3:]]
    draft = read(save(tmp_path / "in" / "test.parquet", image=RECORDS, caption=captions))
    expected = ["a dog", "a pet", "a cat", "it's one", "[applause]", *WORDS[3:]]
    assert draft.texts["text"].tolist() == expected
    assert draft.texts["image_id"].tolist()[:4] == ["0.jpg", "0.jpg", "1.jpg", "1.jpg"]


def test_paths_of_a_table_lead_nowhere_and_repeated_ones_are_no_ids(tmp_path):
    records = [{"bytes": data, "path": "../../evil.jpg"} for data in PICTURES]
    draft = read(save(tmp_path / "in" / "test.parquet", image=records, caption=WORDS))
    assert draft.images["image_id"].is_unique
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert all(tmp_path / "out" in path.parents for path in written if path.suffix != ".parquet")
    assert not list(tmp_path.rglob("evil*"))


def test_rows_without_picture_or_caption_are_problems(tmp_path):
    records = [{"bytes": None, "path": "0.jpg"}, *RECORDS[1:4], {"bytes": b"none", "path": "4.jpg"}]
    records.append({"bytes": b"", "path": "5.jpg"})
    captions = [WORDS[0], None, "", *WORDS[3:], "animal 5"]
    folder = save(tmp_path / "in" / "test.parquet", image=records, caption=captions)
    row = DatasetRow(
        "pets", "picture_table", "pets", "test", "", *[None] * 2, *["no"] * 5, "Get it"
    )
    with pytest.raises(InputError, match="7 problems"):
        build_manifest(row, folder, tmp_path / "data")
    report = (tmp_path / "data" / "problems.tsv").read_text()
    for problem in (
        *("caption is null", "caption is empty", "0000004.jpg", "5.jpg\trow has no picture"),
        "0.jpg\tonly the path of the picture is stored, the picture was never embedded",
    ):
        assert problem in report, problem
    build_manifest(row, folder, tmp_path / "data", skip_bad=True)
    manifest = read_manifest(tmp_path / "data")
    assert manifest.images["image_id"].tolist() == ["3.jpg"]
    assert manifest.texts["text"].tolist() == [WORDS[3]]


@pytest.mark.parametrize(
    ("columns", "match"),
    [
        ({"url": WORDS, "caption": WORDS}, "expected one of pictures.*addresses holds no pictures"),
        ({"image": RECORDS, "label": WORDS}, "expected one of captions"),
        ({"image": RECORDS, "caption": WORDS, "text": WORDS}, "caption and text may be meant; lea"),
        (
            {"image": RECORDS, "caption": WORDS, "captions": [[word] for word in WORDS]},
            "caption and captions may be meant; leave one",
        ),
        ({"image": RECORDS, "caption": WORDS, "Caption": WORDS}, "caption and Caption may be mean"),
        ({"a": PICTURES, "b": PICTURES, "caption": WORDS}, "expected one of pictures"),
    ],
)
def test_columns_that_are_not_told_are_refused(tmp_path, columns, match):
    with pytest.raises(InputError, match=match):
        read(save(tmp_path / "in" / "test.parquet", **columns))
    assert not (tmp_path / "out" / "pictures").exists()


def test_a_link_to_no_table_is_named(tmp_path):
    folder = save(tmp_path / "in" / "test-0.parquet", image=RECORDS, caption=WORDS)
    (folder / "test-1.parquet").symlink_to("nowhere")
    with pytest.raises(InputError, match=r"test-1\.parquet: no such file"):
        read(folder)


def test_no_table_and_damaged_ones_are_named(tmp_path):
    (tmp_path / "in").mkdir()
    with pytest.raises(InputError, match="it holds none"):
        read(tmp_path / "in")
    path = tmp_path / "in" / "validation.parquet"
    save(path, image=RECORDS, caption=WORDS)
    with pytest.raises(InputError, match=r"of split 'test'.*validation"):
        read(tmp_path / "in")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match=r"validation\.parquet: damaged or cut short"):
        read(tmp_path / "in", "validation")


def test_rows_of_one_picture_are_captions_of_one_image(tmp_path):
    """As the datasets library writes a list with a row per caption."""
    twice = [each for record in RECORDS for each in (record, record)]
    words = [word for each in WORDS for word in (each, f"a {each}")]
    folder = save(tmp_path / "in" / "test.parquet", image=twice, caption=words)
    draft = read(folder)
    assert draft.images["image_id"].tolist() == [f"{n}.jpg" for n in range(N)]
    assert [(draft.root / path).read_bytes() for path in draft.images["path"]] == PICTURES
    assert draft.texts["text"].tolist() == words
    assert draft.texts["image_id"].tolist() == [f"{n}.jpg" for n in range(N) for _ in range(2)]
    assert draft.texts["text_id"].tolist()[:2] == ["0.jpg#0", "0.jpg#1"]
    notes = [(note.item, note.remark, note.action) for note in draft.notes]
    said = "the picture of test.parquet row 0, by name and bytes"
    assert (notes[0], len(notes)) == (("test.parquet row 1", said, "taken as one image"), N)


def test_rows_of_one_name_or_of_the_same_bytes_alone_are_images_of_their_own(tmp_path):
    records = [
        {"bytes": PICTURES[0], "path": "image.jpg"},
        {"bytes": PICTURES[1], "path": "image.jpg"},
        {"bytes": PICTURES[1], "path": "other.jpg"},
        {"bytes": PICTURES[1], "path": None},
        {"bytes": PICTURES[1], "path": None},
    ]
    draft = read(save(tmp_path / "in" / "test.parquet", image=records, caption=WORDS))
    stored = [(draft.root / path).read_bytes() for path in draft.images["path"]]
    assert stored == [PICTURES[n] for n in (0, 1, 1, 1, 1)]
    assert draft.texts["image_id"].tolist() == [f"test.parquet row {n}" for n in range(N)]
    assert draft.texts["text"].tolist() == WORDS


def test_columns_whose_values_are_stored_once_are_read(tmp_path):
    pictures = pa.array(PICTURES).dictionary_encode()
    words = pa.array(WORDS).dictionary_encode()
    draft = read(save(tmp_path / "in" / "test.parquet", image=pictures, caption=words))
    assert draft.texts["text"].tolist() == WORDS
    assert [(draft.root / path).read_bytes() for path in draft.images["path"]] == PICTURES
