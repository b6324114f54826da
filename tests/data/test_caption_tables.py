import json

import pandas as pd
import pytest
from helpers.caption_folders import audited, captioned

from modgap.data.caption_folder import caption_folder
from modgap.errors import InputError


def test_the_column_of_the_captions_must_be_plain(tmp_path):
    folder = captioned(tmp_path / "data", "0.jpg", metadata_dot_csv="file_name,label\n0.jpg,cat\n")
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
    folder = captioned(tmp_path / "data", "Pictures/a.jpg", "Pictures/b.jpg", captions_dot_txt=text)
    pairs, report = audited(folder, "all", images=2, texts=3)
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
    folder = captioned(tmp_path / "data", "images/a.jpg", captions_dot_csv=text)
    assert audited(folder, "all") == ([("a.jpg", "a cat, a dog; or not")], [])


def test_a_table_with_bars(tmp_path):
    """As Flickr30k's results.csv is written, with its row that lacks a bar."""
    text = (
        "image_name| comment_number| comment\n"
        'a.jpg| 0| A "big" dog , | or not .\n'
        "a.jpg| 1   A dog runs across the grass .\n"
        "a.jpg| 2| A dog .\n"
    )
    folder = captioned(tmp_path / "data", "images/a.jpg", results_dot_csv=text)
    pairs, report = audited(folder, "all", images=1, texts=3)
    assert pairs == [("a.jpg", 'A "big" dog , | or not .'), ("a.jpg", "A dog .")]
    columns = ["image_name", "comment_number", "comment"]
    fault = f"2 cells, expected one for each of {columns}"
    assert report == [("results.csv line 3", fault, "skipped")]
    assert caption_folder(folder, "all").texts["text_id"].tolist()[::2] == ["a.jpg#0", "a.jpg#2"]


TOKENS = "a.jpg#0\tA dog .\na.jpg#1\tA cat .\nb.jpg#0\tA horse .\nc.jpg.1#0\tA cow .\n"


def flickr8k(folder, images):
    """The original folders with a list of the images of split test."""
    return captioned(
        folder,
        *("Pictures/a.jpg", "Pictures/b.jpg"),
        Flickr8k_dot_token_dot_txt=TOKENS,
        Flickr_8k_dot_testImages_dot_txt=images,
    )


def test_tokens_and_the_list_of_a_split(tmp_path):
    folder = flickr8k(tmp_path / "data", "a.jpg\nd.jpg\n")
    pairs, report = audited(folder, "test", images=1, texts=3)
    assert pairs == [("a.jpg", "A dog ."), ("a.jpg", "A cat .")]
    assert report == [("Flickr_8k.testImages.txt line 2", "no caption of d.jpg", "skipped")]
    pairs, report = audited(folder, "all", images=3, texts=4)
    assert len(pairs) == 3
    assert report == [("Pictures/c.jpg.1", "missing file", "skipped")]
    with pytest.raises(InputError, match=r"token\.txt: no row of split 'dev'; its splits are: all"):
        caption_folder(folder, "dev")


def test_the_list_of_a_split_may_leave_the_endings_out(tmp_path):
    folder = flickr8k(tmp_path / "data", "a\nd\n")
    pairs, report = audited(folder, "test", images=1, texts=3)
    assert pairs == [("a.jpg", "A dog ."), ("a.jpg", "A cat .")]
    assert report == [("Flickr_8k.testImages.txt line 2", "no caption of d", "skipped")]


@pytest.mark.parametrize("name", ["train.csv", "train.tsv"])
def test_a_list_as_open_clip_is_given_one(tmp_path, name):
    """Its default columns, and paths from where it is started."""
    table = pd.DataFrame({"filepath": ["data/x/images/a.jpg"], "title": ["a dog, red"]})
    folder = captioned(tmp_path / "data", "images/a.jpg", "images/b.jpg")
    table.to_csv(folder / name, sep="\t", index=False)
    pairs, report = audited(folder, "train")
    assert pairs == [("a.jpg", "a dog, red")]
    assert report == [
        ("images/b.jpg", "image without caption", "skipped"),
        (name, "its images are named from data/x/images", "taken as those of images"),
    ]


def test_flickr30k_as_the_hub_has_it(tmp_path):
    rows = [("a.jpg", "test", ["A dog.", "A pet."]), ("b.jpg", "train", ["A cat."])]
    table = pd.DataFrame(
        {
            "raw": [json.dumps(texts) for _, _, texts in rows],
            "sentids": ["[0, 1]", "[2]"],
            "split": [split for _, split, _ in rows],
            "filename": [image for image, _, _ in rows],
            "img_id": [0, 1],
        }
    )
    folder = captioned(tmp_path / "data", "flickr30k-images/a.jpg", "flickr30k-images/b.jpg")
    table.to_csv(folder / "flickr_annotations_30k.csv", index=False)
    assert audited(folder, "test") == ([("a.jpg", "A dog."), ("a.jpg", "A pet.")], [])


def test_several_columns_of_captions_and_rows_that_a_spreadsheet_cuts_or_pads(tmp_path):
    text = (
        "image,caption_0,caption_1,source,\n"
        "a.jpg,a dog,a pet,web,\nb.jpg,a cat,\nc.jpg,a cow,a bull\nd.jpg,a,b,web,,,\ne.jpg,a\n"
    )
    images = [f"images/{letter}.jpg" for letter in "abcde"]
    folder = captioned(tmp_path / "data", *images, captions_dot_csv=text)
    pairs, report = audited(folder, "all")
    assert [words for _, words in pairs] == ["a dog", "a pet", "a cat", "a cow", "a bull", "a", "b"]
    fault = f"2 cells, expected one for each of {['image', 'caption_0', 'caption_1', 'source', '']}"
    assert report == [
        ("images/e.jpg", "image without caption", "skipped"),
        ("b.jpg#1", "caption is empty", "skipped"),
        ("captions.csv line 6", fault, "skipped"),
    ]


def test_one_number_counts_one_caption(tmp_path):
    text = "image,comment_number,comment\na.jpg,0,\"['a', 'b']\"\n"
    folder = captioned(tmp_path / "data", "a.jpg", captions_dot_csv=text)
    assert audited(folder, "all") == ([("a.jpg", "a"), ("a.jpg", "b")], [])


def test_columns_of_one_name_are_refused(tmp_path):
    text = "image,caption_1,Caption_1\na.jpg,a,b\n"
    folder = captioned(tmp_path / "data", "a.jpg", captions_dot_csv=text)
    with pytest.raises(InputError, match="caption_1 and caption_1 may be meant"):
        caption_folder(folder, "all")


def test_a_row_must_name_its_split_where_others_do(tmp_path):
    rows = ("0.jpg,a cat,test", "1.jpg,a dog,test ", "2.jpg,a cow,", "3.jpg,a pig,train")
    text = "\n".join(["file_name,text,split", *rows, "4.jpg,a hen,Test", "5.jpg,an owl,NA"])
    images = [f"images/{number}.jpg" for number in range(6)]
    folder = captioned(tmp_path / "data", *images, metadata_dot_csv=text)
    pairs, report = audited(folder, "test")
    assert pairs == [("0.jpg", "a cat"), ("1.jpg", "a dog"), ("4.jpg", "a hen")]
    assert report == [
        ("metadata.csv line 4", "row names no split", "skipped"),
        ("metadata.csv line 7", "row names no split", "skipped"),
        ("metadata.csv", "rows of split 'Test': 1", "taken as 'test'"),
    ]


def test_captions_written_as_the_text_of_a_list(tmp_path):
    text = (
        'captions,image\n"[""a cat"", ""a pet""]",0.jpg\n"[\'a dog\', \'b\']",1.jpg\n[sic],2.jpg\n'
    )
    folder = captioned(tmp_path / "data", *(f"images/{n}.jpg" for n in range(3)))
    (folder / "captions.csv").write_text(text)
    expected = [("0.jpg", "a cat"), ("0.jpg", "a pet"), ("1.jpg", "a dog"), ("1.jpg", "b")]
    assert audited(folder, "all", images=3, texts=5) == ([*expected, ("2.jpg", "[sic]")], [])


def test_bars_as_pandas_writes_them(tmp_path):
    captions = ['A sign says "stop" here', "two\nlines", "a|b"]
    table = pd.DataFrame({"image": [f"{n}.jpg" for n in range(3)], "caption": captions})
    folder = captioned(tmp_path / "data", *(f"images/{n}.jpg" for n in range(3)))
    table.to_csv(folder / "results.csv", sep="|", index=False)
    assert [text for _, text in audited(folder, "all")[0]] == captions


UNCLOSED = [("image", "caption"), ("0.jpg", '"Stop here'), ("1.jpg", "A cat"), ("2.jpg", 'go"')]


def test_a_quotation_mark_that_is_not_closed_takes_no_rows_along(tmp_path):
    text = "".join(f"{','.join(row)}\n" for row in UNCLOSED)
    folder = captioned(tmp_path / "data", "images/0.jpg", captions_dot_txt=text)
    with pytest.raises(InputError, match=r"captions\.txt: line 2: a quotation mark .* 2 rows"):
        caption_folder(folder, "all")


@pytest.mark.parametrize("name", ["captions.txt", "all.tsv"])
def test_quotation_marks_between_tabs_are_words(tmp_path, name):
    """A caption that began with one had the whole list refused, or lost it."""
    rows = [*UNCLOSED, ("3.jpg", '"Stop" and "go"'), ("4.jpg", '"Stop"'), ("5.jpg", '5" nail')]
    folder = captioned(tmp_path / "data", *(f"images/{n}.jpg" for n in range(6)))
    (folder / name).write_text("".join("\t".join(row) + "\n" for row in rows))
    assert audited(folder, "all") == (rows[1:], [])


def test_tabs_and_line_ends_within_marks_are_part_of_a_caption(tmp_path):
    captions = ["a\tb", 'two\n\n"big"\nlines', "plain", 'a "sign"\nbig']
    table = pd.DataFrame({"image": [f"{n}.jpg" for n in range(4)], "caption": captions})
    folder = captioned(tmp_path / "data", *(f"images/{n}.jpg" for n in range(4)))
    table.to_csv(folder / "captions.txt", sep="\t", index=False)
    assert [text for _, text in audited(folder, "all")[0]] == captions


def test_blanks_beside_a_cell_in_quotation_marks_are_no_part_of_it(tmp_path):
    """The words behind the comma in it were a cell too many, and the marks of others stayed."""
    text = (
        'image, caption\n0.jpg, "a cat, a dog"\n1.jpg, "a ""big"" cat" \n2.jpg, a "red" cow\n'
        '3.jpg,"say ""a"", ""b"" , ""c"""\n4.jpg, "Stop" sign\n'
    )
    folder = captioned(tmp_path / "data", *(f"images/{n}.jpg" for n in range(5)))
    (folder / "captions.csv").write_text(text)
    captions = ["a cat, a dog", 'a "big" cat', 'a "red" cow', 'say "a", "b" , "c"', '"Stop" sign']
    assert [words for _, words in audited(folder, "all")[0]] == captions


@pytest.mark.parametrize("separator", [",", ";", "|"])
def test_a_row_with_marks_of_its_own_is_one_problem(tmp_path, separator):
    """The whole list was refused, under skip_bad too."""
    captions = ['"Stop" sign', 'a "big" dog', '"a cat"', '"open']
    rows = [("image", "caption"), *((f"{n}.jpg", text) for n, text in enumerate(captions))]
    folder = captioned(tmp_path / "data", *(f"images/{n}.jpg" for n in range(4)))
    (folder / "captions.csv").write_text("".join(separator.join(row) + "\n" for row in rows))
    pairs, report = audited(folder, "all", texts=4)
    assert pairs == [("1.jpg", 'a "big" dog'), ("2.jpg", "a cat")]
    marks = [row[0] for row in report if row[1].startswith("its quotation marks are not")]
    assert marks == ["captions.csv line 2", "captions.csv line 5"]


def test_what_programs_print_is_no_caption(tmp_path):
    """Lists without a text, records, arrays and sets, as pandas leaves them in a cell."""
    cells = ["[]", "['a', None]", "[{'text': 'a'}]", "array(['a', 'b'], dtype=object)", "{'a'}"]
    table = pd.DataFrame({"image": [f"{n}.jpg" for n in range(5)], "caption": cells})
    folder = captioned(tmp_path / "data", *(f"images/{n}.jpg" for n in range(5)))
    table.to_csv(folder / "captions.csv", index=False)
    pairs, report = audited(folder, "all")
    assert pairs == [("1.jpg", "a")]
    assert [row[:2] for row in report if "#" in row[0]] == [
        ("0.jpg#0", "caption is empty"),
        ("1.jpg#1", "caption is null"),
        *((f"{n}.jpg#0", f"caption is {cells[n]}, expected words") for n in (2, 3, 4)),
    ]


def test_a_caption_of_several_lines_may_hold_the_separator(tmp_path):
    text = 'image,caption\n0.jpg,"A dog,\nbig, and a cat"\n'
    folder = captioned(tmp_path / "data", "images/0.jpg", captions_dot_csv=text)
    assert audited(folder, "all") == ([("0.jpg", "A dog,\nbig, and a cat")], [])


def test_a_table_that_says_what_parts_it(tmp_path):
    text = 'sep=;\nimage;caption\n0.jpg;"a; b"\n'
    folder = captioned(tmp_path / "data", "images/0.jpg", captions_dot_csv=text)
    assert audited(folder, "all") == ([("0.jpg", "a; b")], [])


def test_a_table_without_a_header_is_named(tmp_path):
    folder = captioned(tmp_path / "data", "images/0.jpg", captions_dot_csv="0.jpg,a dog\n")
    with pytest.raises(InputError, match=r"its first line, .*, is an image and no header"):
        caption_folder(folder, "all")


@pytest.mark.parametrize("header", ["url,caption", "a dog,http://x/1", "image_url,TEXT"])
def test_addresses_are_told_from_images(tmp_path, header):
    (tmp_path / "captions.csv").write_text(f"{header}\nhttp://x/2,a cat\n")
    with pytest.raises(InputError, match=r"Addresses are no images: fetch them first \(img2da"):
        caption_folder(tmp_path, "all")


@pytest.mark.parametrize("name", ["captions.txt", "all.tsv"])
def test_marks_around_every_caption_are_those_of_a_program(tmp_path, name):
    rows = ["image\tcaption", '0.jpg\t"a cat"', '1.jpg\t"a dog, a cow"', '2.jpg\t"a hen"']
    folder = captioned(tmp_path / "data", *(f"images/{n}.jpg" for n in range(3)))
    (folder / name).write_text("\n".join(rows))
    assert [text for _, text in audited(folder, "all")[0]] == ["a cat", "a dog, a cow", "a hen"]


def test_a_row_with_marks_of_its_own_leaves_those_of_several_lines(tmp_path):
    text = 'image,caption\n0.jpg,"a cat,\nbig"\n1.jpg,"Stop" sign\n2.jpg,"a\n\ndog"\n'
    folder = captioned(tmp_path / "data", *(f"images/{n}.jpg" for n in range(3)))
    (folder / "captions.csv").write_text(text)
    pairs, report = audited(folder, "all")
    assert pairs == [("0.jpg", "a cat,\nbig"), ("2.jpg", "a\n\ndog")]
    assert [item for item, *_ in report] == ["images/1.jpg", "captions.csv line 4"]


def test_words_in_braces_are_a_caption(tmp_path):
    cells = ["{ a dog }", "[{a}, {b}]", '{"Stop" sign}', "{}", '{"a"} and b']
    folder = captioned(tmp_path / "data", *(f"images/{n}.jpg" for n in range(5)))
    table = pd.DataFrame({"image": [f"{n}.jpg" for n in range(5)], "caption": cells})
    table.to_csv(folder / "captions.csv", index=False)
    assert [text for _, text in audited(folder, "all")[0]] == cells
