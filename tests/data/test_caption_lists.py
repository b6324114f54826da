import json

import pandas as pd
import pytest
from helpers.tiny_layouts import save_image

from modgap.data.audit import audit
from modgap.data.caption_folder import caption_folder
from modgap.data.caption_lists import read_captions
from modgap.errors import InputError


def _folder(folder, *images, **files):
    """Images and text files; "__" in a keyword stands for "/", "_dot_" for a dot."""
    for number, name in enumerate(images):
        save_image(folder / name, seed=number)
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def _audited(folder, split, **known):
    """(image, caption) of what is kept, and (item, problem, action) of what is not as it was."""
    draft = caption_folder(folder, split)
    clean = audit(draft, folder.parent / "report.tsv", "pets", skip_bad=True, **known)
    lines = (folder.parent / "report.tsv").read_text().splitlines()[1:]
    pairs = list(zip(clean.texts["image_id"], clean.texts["text"], strict=True))
    assert all((folder / path).is_file() for path in clean.images["path"])
    return pairs, [tuple(line.split("\t")) for line in lines]


RECORDS = [
    {"file_name": "0.jpg", "text": "a cat"},
    {"file_name": "1.jpg", "text": ["a dog", "a big dog"]},
    {"file_name": "0.jpg", "text": "NA"},
]
LINES = "".join(json.dumps(record) + "\n" for record in RECORDS)
PAIRS = [("0.jpg", "a cat"), ("1.jpg", "a dog"), ("1.jpg", "a big dog"), ("0.jpg", "NA")]


def test_records_in_the_folder_of_a_split(tmp_path):
    folder = _folder(
        tmp_path / "data",
        *("train/0.jpg", "train/1.jpg", "test/0.jpg"),
        train__metadata_dot_jsonl=LINES,
        test__metadata_dot_csv='file_name,text\n0.jpg,"a cat, ""big"""\n',
    )
    assert _audited(folder, "train", images=2, texts=4) == (PAIRS, [])
    assert caption_folder(folder, "train").texts["text_id"].is_unique
    assert _audited(folder, "test", images=1, texts=1) == ([("0.jpg", 'a cat, "big"')], [])


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
    folder = _folder(tmp_path / "data", "images/0.jpg", "images/1.jpg")
    (folder / name).write_text(OTHERS[name])
    assert _audited(folder, "all", images=2, texts=4) == (PAIRS, [])


@pytest.mark.parametrize("name", ["train.json", "train.jsonl", "train.csv"])
def test_a_list_is_named_like_its_split(tmp_path, name):
    folder = _folder(tmp_path / "data", "images/0.jpg", "images/1.jpg", "images/2.jpg")
    rows = "".join(f"{image},{text}\n" for image, text in PAIRS)
    text = {"json": json.dumps(RECORDS), "jsonl": LINES, "csv": "image,description\n" + rows}
    (folder / name).write_text(text[name.partition(".")[2]])
    (folder / "test.json").write_text(json.dumps([{"image": "2.jpg", "caption": "other"}]))
    assert _audited(folder, "train", images=2, texts=4)[0] == PAIRS
    assert _audited(folder, "test")[0] == [("2.jpg", "other")]


def test_captions_by_the_name_of_their_image(tmp_path):
    folder = _folder(tmp_path / "data", "0.jpg", "1.jpg", captions_dot_json=json.dumps(BY_IMAGE))
    assert sorted(_audited(folder, "all", images=2, texts=4)[0]) == sorted(PAIRS)


def test_the_layout_of_coco_names_its_adapter(tmp_path):
    text = json.dumps({"images": [{"id": 1, "file_name": "0.jpg"}], "annotations": []})
    folder = _folder(tmp_path / "data", "0.jpg", captions_dot_json=text)
    with pytest.raises(InputError, match=r"captions\.json: captions in the layout of COCO"):
        caption_folder(folder, "all")


def test_records_of_all_splits_in_one_list(tmp_path):
    rows = "train/0.jpg,nan\ntest/0.jpg,42\ntest/1.jpg,🐈 &amp; قطة\n"
    folder = _folder(
        tmp_path / "data",
        *("train/0.jpg", "test/0.jpg", "test/1.jpg"),
        metadata_dot_csv=f"file_name,text\n{rows}",
    )
    assert _audited(folder, "test") == ([("0.jpg", "42"), ("1.jpg", "🐈 &amp; قطة")], [])
    assert len(_audited(folder, "all", images=3, texts=3)[0]) == 3
    with pytest.raises(InputError, match=r"metadata\.csv: no row of split 'val'; its splits are"):
        caption_folder(folder, "val")


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
    folder = _folder(tmp_path / "data", "t/0.jpg", "t/1.jpg", t__metadata_dot_jsonl=text)
    pairs, report = _audited(folder, "t", texts=2)
    assert pairs == [("0.jpg", "a cat")]
    assert {name: found for name, found, _ in report}[item].startswith(problem)


def test_records_over_several_lines_are_refused(tmp_path):
    text = json.dumps(RECORDS, indent=1)
    folder = _folder(tmp_path / "data", "0.jpg", metadata_dot_jsonl=text)
    with pytest.raises(InputError, match=r"metadata\.jsonl: no record of JSON such as"):
        caption_folder(folder, "all")


def test_the_column_of_the_captions_must_be_plain(tmp_path):
    folder = _folder(tmp_path / "data", "0.jpg", metadata_dot_csv="file_name,label\n0.jpg,cat\n")
    with pytest.raises(
        InputError, match=r"no column text or caption or .*\['file_name', 'label'\]"
    ):
        caption_folder(folder, "all")
    (folder / "metadata.csv").write_text("file_name,text,caption\n0.jpg,a cat,a dog\n")
    with pytest.raises(InputError, match="text and caption may be meant; leave one"):
        caption_folder(folder, "all")


def test_a_table_with_a_header(tmp_path):
    """As Flickr8k is handed on: images in a folder of any name, some rows without an image."""
    text = 'image,caption\na.jpg,"A dog , running ."\na.jpg,A "big" dog .\ngone.jpg,A cat .\n'
    folder = _folder(tmp_path / "data", "Pictures/a.jpg", "Pictures/b.jpg", captions_dot_txt=text)
    pairs, report = _audited(folder, "all", images=2, texts=3)
    assert pairs == [("a.jpg", "A dog , running ."), ("a.jpg", 'A "big" dog .')]
    assert report == [
        ("Pictures/b.jpg", "image without caption", "skipped"),
        ("Pictures/gone.jpg", "missing file", "skipped"),
    ]
    (folder / "captions.txt").write_text("image,caption\na.jpg,A dog, running.\n")
    with pytest.raises(InputError, match=r"none of its 1 rows .* line 2: 3 cells, expected"):
        caption_folder(folder, "all")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_as_spreadsheets_part_it(tmp_path, separator):
    rows = [("Image", "Caption"), ("a.jpg", '"a cat, a dog; or not"')]
    text = "\ufeff" + "".join(separator.join(row) + "\r\n" for row in rows)
    folder = _folder(tmp_path / "data", "images/a.jpg", captions_dot_csv=text)
    assert _audited(folder, "all") == ([("a.jpg", "a cat, a dog; or not")], [])


def test_a_table_with_bars(tmp_path):
    """As Flickr30k's results.csv is written, with its row that lacks a bar."""
    text = (
        "image_name| comment_number| comment\n"
        'a.jpg| 0| A "big" dog , | or not .\n'
        "a.jpg| 1   A dog runs across the grass .\n"
        "a.jpg| 2| A dog .\n"
    )
    folder = _folder(tmp_path / "data", "images/a.jpg", results_dot_csv=text)
    pairs, report = _audited(folder, "all", images=1, texts=3)
    assert pairs == [("a.jpg", 'A "big" dog , | or not .'), ("a.jpg", "A dog .")]
    columns = ["image_name", "comment_number", "comment"]
    fault = f"2 cells, expected one for each of {columns}"
    assert report == [("results.csv line 3", fault, "skipped")]
    assert caption_folder(folder, "all").texts["text_id"].tolist()[::2] == ["a.jpg#0", "a.jpg#2"]


TOKENS = "a.jpg#0\tA dog .\na.jpg#1\tA cat .\nb.jpg#0\tA horse .\nc.jpg.1#0\tA cow .\n"


def test_tokens_and_the_list_of_a_split(tmp_path):
    folder = _folder(
        tmp_path / "data",
        *("Pictures/a.jpg", "Pictures/b.jpg"),
        Flickr8k_dot_token_dot_txt=TOKENS,
        Flickr_8k_dot_testImages_dot_txt="a.jpg\nd.jpg\n",
    )
    pairs, report = _audited(folder, "test", images=1, texts=3)
    assert pairs == [("a.jpg", "A dog ."), ("a.jpg", "A cat .")]
    assert report == [("Flickr_8k.testImages.txt line 2", "no caption of d.jpg", "skipped")]
    pairs, report = _audited(folder, "all", images=3, texts=4)
    assert len(pairs) == 3
    assert report == [("Pictures/c.jpg.1", "missing file", "skipped")]
    with pytest.raises(InputError, match=r"token\.txt: no row of split 'dev'; its splits are: all"):
        caption_folder(folder, "dev")


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
    folder = _folder(
        tmp_path / "data",
        *("val2014/1.jpg", "val2014/2.jpg", "train2014/3.jpg", "train2014/4.jpg"),
        dataset_coco_dot_json=json.dumps({"images": entries, "dataset": "coco"}),
    )
    pairs, report = _audited(folder, "test", images=2, texts=4)
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
    folder = _folder(tmp_path / "data", "val2014/1.jpg", dataset_coco_dot_json=text)
    assert _audited(folder, "test") == ([("1.jpg", "A dog.")], [])


def test_two_lists_and_none(tmp_path):
    folder = _folder(tmp_path / "data", metadata_dot_csv="", captions_dot_txt="")
    with pytest.raises(InputError, match=r"holds 2 lists of captions, metadata\.csv and captions"):
        read_captions(folder, "all")
    assert read_captions(tmp_path, "all") is None


def test_what_is_packed_is_refused_with_what_to_do(tmp_path):
    folder = _folder(tmp_path / "data", data__00000_dot_parquet="x")
    with pytest.raises(
        InputError,
        match=r"captions\.tsv: no such file; .* data/00000\.parquet is a table.*picture_table",
    ):
        caption_folder(folder, "all")
    (folder / "data" / "00000.tar").write_bytes(b"x")
    with pytest.raises(InputError, match=r"data/00000\.tar is a shard.*picture_shards"):
        caption_folder(folder, "all")


def test_the_answer_of_a_conversation_is_a_caption(tmp_path):
    asked = {"from": "human", "value": "<image>\nDescribe it."}
    answers = [{"from": "gpt", "value": text} for text in ("a cat", "a dog", "it barks")]
    records = [
        {"id": "0", "image": "0.jpg", "conversations": [asked, answers[0]]},
        {"id": "1", "image": "1.jpg", "conversations": [asked, answers[1], asked, answers[2]]},
    ]
    folder = _folder(tmp_path / "data", "images/0.jpg", "images/1.jpg")
    (folder / "annotations.json").write_text(json.dumps(records))
    pairs, report = _audited(folder, "all")
    assert pairs == [("0.jpg", "a cat")]
    # More than one is a talk about it, and no caption.
    assert report[0][0] == "1.jpg#0"
    assert report[0][1].endswith("expected words")


def test_a_row_must_name_its_split_where_others_do(tmp_path):
    rows = ("0.jpg,a cat,test", "1.jpg,a dog,test ", "2.jpg,a cow,", "3.jpg,a pig,train")
    text = "\n".join(["file_name,text,split", *rows, "4.jpg,a hen,Test", "5.jpg,an owl,NA"])
    images = [f"images/{number}.jpg" for number in range(6)]
    folder = _folder(tmp_path / "data", *images, metadata_dot_csv=text)
    pairs, report = _audited(folder, "test")
    assert pairs == [("0.jpg", "a cat"), ("1.jpg", "a dog"), ("4.jpg", "a hen")]
    assert report == [
        ("metadata.csv line 4", "row names no split", "skipped"),
        ("metadata.csv line 7", "row names no split", "skipped"),
        ("metadata.csv", "rows of split 'Test': 1", "taken as 'test'"),
    ]


@pytest.mark.parametrize("split", [None, ["test"]])
def test_a_record_must_name_its_split_where_others_do(tmp_path, split):
    records = [
        {"image": "0.jpg", "caption": "a cat", "split": "test"},
        {"image": "1.jpg", "caption": "a dog", "split": split},
        {"image": "2.jpg", "caption": "a cow"},
    ]
    folder = _folder(tmp_path / "data", *(f"images/{n}.jpg" for n in range(3)))
    (folder / "captions.json").write_text(json.dumps(records))
    pairs, report = _audited(folder, "test")
    assert pairs == [("0.jpg", "a cat")]
    assert [row[:2] for row in report[:2]] == [
        ("captions.json record 1", "row names no split"),
        ("captions.json record 2", "row names no split"),
    ]


def test_splits_number_their_images_anew(tmp_path):
    """An image of one split has no caption because that of another has the same name."""
    rows = "0.jpg,a,train\n1.jpg,b,train\n2.jpg,c,train\n0.jpg,d,test\n"
    folder = _folder(
        tmp_path / "data",
        *("train/0.jpg", "train/1.jpg", "train/2.jpg", "test/0.jpg", "test/1.jpg"),
        metadata_dot_csv=f"image,caption,split\n{rows}",
    )
    pairs, report = _audited(folder, "test")
    assert pairs == [("0.jpg", "d")]
    assert report == [("test/1.jpg", "image without caption", "skipped")]


def test_an_image_without_a_folder_where_folders_are_splits(tmp_path):
    folder = _folder(
        tmp_path / "data",
        *("test/0.jpg", "test/1.jpg", "train/0.jpg"),
        metadata_dot_csv="image,caption\ntest/0.jpg,a\n1.jpg,b\ntrain/0.jpg,c\n",
    )
    pairs, report = _audited(folder, "test")
    assert pairs == [("0.jpg", "a")]
    fault = "its image has no folder, as others have that of their split"
    assert report[0] == ("metadata.csv line 3", fault, "skipped")


def test_an_image_beside_the_folder_of_a_split_is_of_another(tmp_path):
    text = "image,caption\ncats/0.jpg,a\n1.jpg,b\n"
    folder = _folder(tmp_path / "data", "images/cats/0.jpg", "images/1.jpg")
    (folder / "metadata.csv").write_text(text)
    assert _audited(folder, "cats") == ([("cats/0.jpg", "a")], [])


def test_a_list_of_one_split_heeds_its_splits(tmp_path):
    text = "image,caption,split\n0.jpg,a,train\n1.jpg,b,val\n"
    folder = _folder(tmp_path / "data", "images/0.jpg", "images/1.jpg", train_dot_csv=text)
    assert _audited(folder, "train") == ([("0.jpg", "a")], [])


def test_captions_written_as_the_text_of_a_list(tmp_path):
    text = (
        'captions,image\n"[""a cat"", ""a pet""]",0.jpg\n"[\'a dog\', \'b\']",1.jpg\n[sic],2.jpg\n'
    )
    folder = _folder(tmp_path / "data", *(f"images/{n}.jpg" for n in range(3)))
    (folder / "captions.csv").write_text(text)
    expected = [("0.jpg", "a cat"), ("0.jpg", "a pet"), ("1.jpg", "a dog"), ("1.jpg", "b")]
    assert _audited(folder, "all", images=3, texts=5) == ([*expected, ("2.jpg", "[sic]")], [])


def test_bars_as_pandas_writes_them(tmp_path):
    captions = ['A sign says "stop" here', "two\nlines", "a|b"]
    table = pd.DataFrame({"image": [f"{n}.jpg" for n in range(3)], "caption": captions})
    folder = _folder(tmp_path / "data", *(f"images/{n}.jpg" for n in range(3)))
    table.to_csv(folder / "results.csv", sep="|", index=False)
    assert [text for _, text in _audited(folder, "all")[0]] == captions


@pytest.mark.parametrize("separator", ["\t", ","])
def test_a_quotation_mark_that_is_not_closed_takes_no_rows_along(tmp_path, separator):
    rows = [("image", "caption"), ("0.jpg", '"Stop is there'), ("1.jpg", "A cat"), ("2.jpg", 'go"')]
    text = "".join(f"{separator.join(row)}\n" for row in rows)
    folder = _folder(tmp_path / "data", "images/0.jpg", captions_dot_txt=text)
    with pytest.raises(InputError, match=r"captions\.txt: line 2: a quotation mark .* 2 rows"):
        caption_folder(folder, "all")


def test_a_caption_of_several_lines_may_hold_the_separator(tmp_path):
    text = 'image,caption\n0.jpg,"A dog,\nbig, and a cat"\n'
    folder = _folder(tmp_path / "data", "images/0.jpg", captions_dot_csv=text)
    assert _audited(folder, "all") == ([("0.jpg", "A dog,\nbig, and a cat")], [])


def test_a_key_that_repeats_is_refused(tmp_path):
    folder = _folder(tmp_path / "data", "images/0.jpg", "images/1.jpg")
    (folder / "captions.json").write_text('{"0.jpg": "a", "1.jpg": "b", "0.jpg": "c"}')
    with pytest.raises(InputError, match=r"captions\.json: .*the key '0\.jpg' stands 2 times"):
        caption_folder(folder, "all")


def test_half_a_character_is_a_problem_of_its_caption(tmp_path):
    text = '{"image": "0.jpg", "caption": "a \\ud83d b"}\n{"image": "1.jpg", "caption": "a"}\n'
    folder = _folder(tmp_path / "data", "images/0.jpg", "images/1.jpg", captions_dot_jsonl=text)
    pairs, report = _audited(folder, "all")
    assert pairs == [("1.jpg", "a")]
    assert report[0][:2] == ("0.jpg#0", "caption holds half a character: a \\ud83d b")


@pytest.mark.parametrize(
    ("texts", "problem"), [([], "caption is [], expected words"), (None, "caption is null")]
)
def test_an_image_of_a_dictionary_may_lack_captions(tmp_path, texts, problem):
    folder = _folder(tmp_path / "data", "images/0.jpg", "images/1.jpg")
    (folder / "captions.json").write_text(json.dumps({"0.jpg": ["a", "b"], "1.jpg": texts}))
    pairs, report = _audited(folder, "all")
    assert pairs == [("0.jpg", "a"), ("0.jpg", "b")]
    assert report[0] == ("1.jpg#0", problem, "skipped")


def test_two_spellings_of_one_image_are_numbered_together(tmp_path):
    text = "image,caption\nimages/0.jpg,a\n0.jpg,b\n"
    folder = _folder(tmp_path / "data", "images/0.jpg", metadata_dot_csv=text)
    assert _audited(folder, "all", texts=2) == ([("0.jpg", "a"), ("0.jpg", "b")], [])


def test_a_table_that_says_what_parts_it(tmp_path):
    text = 'sep=;\nimage;caption\n0.jpg;"a; b"\n'
    folder = _folder(tmp_path / "data", "images/0.jpg", captions_dot_csv=text)
    assert _audited(folder, "all") == ([("0.jpg", "a; b")], [])


def test_a_table_without_a_header_is_named(tmp_path):
    folder = _folder(tmp_path / "data", "images/0.jpg", captions_dot_csv="0.jpg,a dog\n")
    with pytest.raises(InputError, match=r"its first line, .*, is an image and no header"):
        caption_folder(folder, "all")


def test_a_packed_list_is_named(tmp_path):
    folder = _folder(tmp_path / "data", "images/0.jpg", captions_dot_csv_dot_gz="x")
    with pytest.raises(InputError, match=r"captions\.csv\.gz is packed: unpack it \(gunzip"):
        caption_folder(folder, "all")
