import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from helpers.caption_folders import audited, captioned

from modgap.data.caption_folder import caption_folder
from modgap.errors import InputError

RECORDS = [
    {"file_name": "0.jpg", "text": "a cat"},
    {"file_name": "1.jpg", "text": ["a dog", "a big dog"]},
    {"file_name": "0.jpg", "text": "NA"},
]

LINES = "".join(json.dumps(record) + "\n" for record in RECORDS)

PAIRS = [("0.jpg", "a cat"), ("1.jpg", "a dog"), ("1.jpg", "a big dog"), ("0.jpg", "NA")]


def test_records_in_the_folder_of_a_split(tmp_path):
    folder = captioned(
        tmp_path / "data",
        *("train/0.jpg", "train/1.jpg", "test/0.jpg"),
        train__metadata_dot_jsonl=LINES,
        test__metadata_dot_csv='file_name,text\n0.jpg,"a cat, ""big"""\n',
    )
    assert audited(folder, "train", images=2, texts=4) == (PAIRS, [])
    assert caption_folder(folder, "train").texts["text_id"].is_unique
    assert audited(folder, "test", images=1, texts=1) == ([("0.jpg", 'a cat, "big"')], [])


BY_IMAGE = {"0.jpg": ["a cat", "NA"], "1.jpg": ["a dog", "a big dog"]}

OTHERS = {
    "captions.json": json.dumps(RECORDS),
    "annotations.json": json.dumps(
        [{"image_path": r["file_name"], "captions": r["text"]} for r in RECORDS]
    ),
    "captions.jsonl": LINES,
}


@pytest.mark.parametrize("name", OTHERS)
def test_lists_of_records_by_other_names(tmp_path, name):
    folder = captioned(tmp_path / "data", "images/0.jpg", "images/1.jpg")
    (folder / name).write_text(OTHERS[name])
    assert audited(folder, "all", images=2, texts=4) == (PAIRS, [])


@pytest.mark.parametrize("name", ["train.json", "train.jsonl", "train.csv"])
def test_a_list_is_named_like_its_split(tmp_path, name):
    folder = captioned(tmp_path / "data", "images/0.jpg", "images/1.jpg", "images/2.jpg")
    rows = "".join(f"{image},{text}\n" for image, text in PAIRS)
    text = {"json": json.dumps(RECORDS), "jsonl": LINES, "csv": "image,description\n" + rows}
    (folder / name).write_text(text[name.partition(".")[2]])
    (folder / "test.json").write_text(json.dumps([{"image": "2.jpg", "caption": "other"}]))
    assert audited(folder, "train", images=2, texts=4)[0] == PAIRS
    assert audited(folder, "test")[0] == [("2.jpg", "other")]


def test_captions_by_the_name_of_their_image(tmp_path):
    folder = captioned(tmp_path / "data", "0.jpg", "1.jpg", captions_dot_json=json.dumps(BY_IMAGE))
    assert sorted(audited(folder, "all", images=2, texts=4)[0]) == sorted(PAIRS)


def test_the_layout_of_coco_names_its_adapter(tmp_path):
    text = json.dumps({"images": [{"id": 1, "file_name": "0.jpg"}], "annotations": []})
    folder = captioned(tmp_path / "data", "0.jpg", captions_dot_json=text)
    with pytest.raises(InputError, match=r"captions\.json: captions in the layout of COCO"):
        caption_folder(folder, "all")


@pytest.mark.parametrize(
    ("line", "item", "problem"),
    [
        ('{"file_name": "1.jpg", "text": 42}', "1.jpg#0", "caption is 42, expected words"),
        ('{"file_name": "1.jpg", "text": null}', "1.jpg#0", "caption is null"),
        ('{"file_name": "1.jpg"}', "1.jpg#0", "caption is null"),
        ('{"text": "a dog"}', "metadata.jsonl line 2", "row names no image"),
        ('{"file_name": "1.jpg",', "metadata.jsonl line 2", "no record of JSON (Expecting"),
        ("7", "metadata.jsonl line 2", "no record of JSON (7)"),
    ],
)
def test_a_record_that_cannot_be_used_is_named(tmp_path, line, item, problem):
    text = f'{{"file_name": "0.jpg", "text": "a cat"}}\n{line}\n'
    folder = captioned(tmp_path / "data", "t/0.jpg", "t/1.jpg", t__metadata_dot_jsonl=text)
    pairs, report = audited(folder, "t", texts=2)
    assert pairs == [("0.jpg", "a cat")]
    assert {name: found for name, found, _ in report}[item].startswith(problem)


# What pandas, datasets and others write under either name.
DOCUMENTS = {
    "records by line": LINES,
    "records over several lines": json.dumps(RECORDS, indent=1),
    "records one behind the other": "\n".join(json.dumps(record, indent=1) for record in RECORDS),
    "columns by row": json.dumps(
        {key: {str(n): r[key] for n, r in enumerate(RECORDS)} for key in RECORDS[0]}
    ),
    "columns as lists": json.dumps({key: [r[key] for r in RECORDS] for key in RECORDS[0]}),
    "records by row": json.dumps({str(n): record for n, record in enumerate(RECORDS)}),
    "a list within an object": json.dumps({"info": {"year": 1}, "data": RECORDS, "tags": ["a"]}),
    "a frame with its schema": json.dumps({"schema": {"fields": [{"name": "i"}]}, "data": RECORDS}),
    "names of columns in capitals": LINES.replace("file_name", "Image").replace("text", "Caption"),
    "image as bytes and path": "".join(
        json.dumps({"image": {"path": r["file_name"], "bytes": None}, "text": r["text"]}) + "\n"
        for r in RECORDS
    ),
}


@pytest.mark.parametrize("name", ["captions.json", "captions.jsonl"])
@pytest.mark.parametrize("layout", DOCUMENTS)
def test_layouts_of_json_whatever_a_file_is_called(tmp_path, layout, name):
    folder = captioned(tmp_path / "data", "images/0.jpg", "images/1.jpg")
    (folder / name).write_text(DOCUMENTS[layout])
    assert audited(folder, "all", images=2, texts=4) == (PAIRS, [])


def test_a_list_for_each_split_within_an_object(tmp_path):
    records = [{"image": f"{n}.jpg", "caption": f"animal {n}"} for n in range(3)]
    lists = {
        "train": records[:1],
        "test": [records[1], 7],
        "rest": [{**records[2], "split": "dev"}],
        "info": {},
    }
    folder = captioned(tmp_path / "data", *(f"images/{n}.jpg" for n in range(3)))
    (folder / "captions.json").write_text(json.dumps(lists))
    pairs, report = audited(folder, "test")
    assert pairs == [("1.jpg", "animal 1")]
    assert report == [("captions.json test 1", "no record of JSON (7)", "skipped")]
    assert audited(folder, "dev")[0] == [("2.jpg", "animal 2")]
    (folder / "captions.json").write_text(json.dumps({"0.jpg": records, "1.jpg": records}))
    assert caption_folder(folder, "all").texts["fault"][0].startswith("caption is [{'image': '0.j")
    (folder / "captions.json").write_text(json.dumps(lists | {"others": [{"caption": "a hen"}]}))
    with pytest.raises(InputError, match="expected JSON with a list of images"):
        caption_folder(folder, "test")


def test_a_table_of_parquet_is_read_as_records_are(tmp_path):
    folder = captioned(tmp_path / "data", "train/0.jpg", "train/1.jpg", "test/0.jpg")
    rows = [record | {"text": list(record["text"])} for record in RECORDS[1:2]]
    pq.write_table(pa.Table.from_pylist(rows), folder / "train" / "metadata.parquet")
    words = {"file_name": ["0.jpg", None], "text": ["a cat", "a dog"]}
    pq.write_table(pa.table(words), folder / "test" / "metadata.parquet")
    assert audited(folder, "train", texts=2)[0] == PAIRS[1:3]
    assert audited(folder, "test", texts=2) == (
        [("0.jpg", "a cat")],
        [("metadata.parquet row 1", "row names no image", "skipped")],
    )
    (folder / "test" / "metadata.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match=r"metadata\.parquet: damaged or cut short"):
        caption_folder(folder, "test")


def test_several_columns_of_captions(tmp_path):
    record = {"file_name": "0.jpg", "caption_0": "a cat", "caption_1": "NA", "title": "x"}
    folder = captioned(tmp_path / "data", "0.jpg", captions_dot_json=json.dumps([record]))
    assert audited(folder, "all", texts=2) == ([("0.jpg", "a cat"), ("0.jpg", "NA")], [])
    (folder / "captions.json").write_text(json.dumps([record | {"text": "a dog"}]))
    with pytest.raises(InputError, match="caption_0 and caption_1 and text may be meant"):
        caption_folder(folder, "all")


def test_sentences_as_columns(tmp_path):
    """As the datasets library writes a sequence of records."""
    record = {"filename": "0.jpg", "sentences": {"raw": ["a cat", "NA"], "sentid": [1, 2]}}
    folder = captioned(tmp_path / "data", "0.jpg", captions_dot_json=json.dumps([record]))
    assert audited(folder, "all", texts=2) == ([("0.jpg", "a cat"), ("0.jpg", "NA")], [])


def test_records_of_sentences(tmp_path):
    record = {"filename": "0.jpg", "sentences": [{"raw": "a cat", "tokens": ["a"]}, {"raw": "NA"}]}
    folder = captioned(tmp_path / "data", "0.jpg", "1.jpg", t_dot_jsonl=json.dumps(record))
    assert audited(folder, "t", texts=2)[0] == [("0.jpg", "a cat"), ("0.jpg", "NA")]
    one = {"filename": "1.jpg", "sentences": {"raw": "a dog"}}
    (folder / "t.jsonl").write_text(json.dumps(record) + "\n" + json.dumps(one))
    assert audited(folder, "t", texts=3)[0][2] == ("1.jpg", "a dog")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[\n{"image": "0.jpg", "caption": "a"},\n{"image"', r"ends too soon in line 3"),
        ('{"image": ["0.jpg"], "caption": ["a", "b"]}', "columns are of different lengths"),
        ('{"info": {"image": "0.jpg"}}', "expected JSON with a list of images"),
    ],
)
def test_json_that_is_no_list_of_captions(tmp_path, text, expected):
    folder = captioned(tmp_path / "data", "0.jpg", captions_dot_json=text)
    with pytest.raises(InputError, match=rf"captions\.json: .*{expected}"):
        caption_folder(folder, "all")


def test_a_damaged_record_is_no_more_than_itself(tmp_path):
    text = '{"image": "0.jpg", "caption": "a"}\n{"image": "1.jpg", "cap\n'
    folder = captioned(tmp_path / "data", "0.jpg", "1.jpg", captions_dot_json=text)
    pairs, report = audited(folder, "all", texts=2)
    assert pairs == [("0.jpg", "a")]
    assert ("1.jpg", "image without caption", "skipped") in report
    assert any(item == "captions.json line 2" for item, _, _ in report)


def _entry(name, split, *sentences, **more):
    return {"filename": name, "split": split, "sentences": [{"raw": s} for s in sentences]} | more


def test_json_with_sentences_and_splits(tmp_path):
    entries = [
        _entry("1.jpg", "test", "A dog.", "A big dog.", filepath="val2014"),
        _entry("2.jpg", "restval", "A cat.", filepath="val2014"),
        _entry("3.jpg", "train", "A cow.", filepath="train2014"),
        _entry("4.jpg", "test", None, filepath="train2014"),
        _entry("5.jpg", "test", filepath="train2014"),
    ]
    folder = captioned(
        tmp_path / "data",
        *("val2014/1.jpg", "val2014/2.jpg", "train2014/3.jpg", "train2014/4.jpg"),
        dataset_coco_dot_json=json.dumps({"images": entries, "dataset": "coco"}),
    )
    pairs, report = audited(folder, "test", images=2, texts=4)
    assert pairs == [("val2014/1.jpg", "A dog."), ("val2014/1.jpg", "A big dog.")]
    assert report == [
        ("train2014/4.jpg#0", "caption is null", "skipped"),
        ("dataset_coco.json image 4", "entry lacks a filename, a split or sentences", "skipped"),
        ("train2014/4.jpg", "image without caption", "skipped"),
    ]
    (folder / "dataset_coco.json").write_text("[]")
    with pytest.raises(InputError, match=r"dataset_coco\.json: expected JSON with a list of imag"):
        caption_folder(folder, "test")


def test_the_one_folder_of_a_list_with_folders(tmp_path):
    text = json.dumps({"images": [_entry("1.jpg", "test", "A dog.", filepath="val2014")]})
    folder = captioned(tmp_path / "data", "val2014/1.jpg", dataset_coco_dot_json=text)
    assert audited(folder, "test") == ([("1.jpg", "A dog.")], [])


def test_the_answer_of_a_conversation_is_a_caption(tmp_path):
    asked = {"from": "human", "value": "<image>\nDescribe it."}
    answers = [{"from": "gpt", "value": text} for text in ("a cat", "a dog", "it barks")]
    records = [
        {"id": "0", "image": "0.jpg", "conversations": [asked, answers[0]]},
        {"id": "1", "image": "1.jpg", "conversations": [asked, answers[1], asked, answers[2]]},
    ]
    folder = captioned(tmp_path / "data", "images/0.jpg", "images/1.jpg")
    (folder / "annotations.json").write_text(json.dumps(records))
    pairs, report = audited(folder, "all")
    assert pairs == [("0.jpg", "a cat")]
    # More than one is a talk about it, and no caption.
    assert report[0][0] == "1.jpg#0"
    assert report[0][1].endswith("expected words")


@pytest.mark.parametrize("split", [None, ["test"]])
def test_a_record_must_name_its_split_where_others_do(tmp_path, split):
    records = [
        {"image": "0.jpg", "caption": "a cat", "split": "test"},
        {"image": "1.jpg", "caption": "a dog", "split": split},
        {"image": "2.jpg", "caption": "a cow"},
    ]
    folder = captioned(tmp_path / "data", *(f"images/{n}.jpg" for n in range(3)))
    (folder / "captions.json").write_text(json.dumps(records))
    pairs, report = audited(folder, "test")
    assert pairs == [("0.jpg", "a cat")]
    assert [row[:2] for row in report[:2]] == [
        ("captions.json record 1", "row names no split"),
        ("captions.json record 2", "row names no split"),
    ]


def test_a_key_that_repeats_is_refused(tmp_path):
    folder = captioned(tmp_path / "data", "images/0.jpg", "images/1.jpg")
    (folder / "captions.json").write_text('{"0.jpg": "a", "1.jpg": "b", "0.jpg": "c"}')
    with pytest.raises(InputError, match=r"captions\.json: .*the key '0\.jpg' stands 2 times"):
        caption_folder(folder, "all")


def test_half_a_character_is_a_problem_of_its_caption(tmp_path):
    text = '{"image": "0.jpg", "caption": "a \\ud83d b"}\n{"image": "1.jpg", "caption": "a"}\n'
    folder = captioned(tmp_path / "data", "images/0.jpg", "images/1.jpg", captions_dot_jsonl=text)
    pairs, report = audited(folder, "all")
    assert pairs == [("1.jpg", "a")]
    assert report[0][:2] == ("0.jpg#0", "caption holds half a character: a \\ud83d b")


@pytest.mark.parametrize(
    ("texts", "problem"), [([], "caption is [], expected words"), (None, "caption is null")]
)
def test_an_image_of_a_dictionary_may_lack_captions(tmp_path, texts, problem):
    folder = captioned(tmp_path / "data", "images/0.jpg", "images/1.jpg")
    (folder / "captions.json").write_text(json.dumps({"0.jpg": ["a", "b"], "1.jpg": texts}))
    pairs, report = audited(folder, "all")
    assert pairs == [("0.jpg", "a"), ("0.jpg", "b")]
    assert report[0] == ("1.jpg#0", problem, "skipped")
