import csv
import os
import zlib

import numpy as np
import pandas as pd
import pytest
from helpers.tiny_layouts import save_image
from PIL import Image

from modgap.data.audit import audit
from modgap.data.draft import (
    FAULT,
    Draft,
    Note,
    Problem,
    captions_table,
    images_table,
    text_fault,
)
from modgap.errors import InputError


def _draft(folder, n=4, captions=True, **labels):
    names = [f"{number}.jpg" for number in range(n)]
    for number, name in enumerate(names):
        save_image(folder / name, seed=number)
    ids = [f"i{number}" for number in range(n)]
    texts = captions_table([f"c{i}" for i in ids], ["a dog"] * n, ids)
    return Draft(folder, images_table(ids, names, **labels), texts if captions else texts[:0])


def _report(path):
    with path.open() as file:
        return [tuple(row.values()) for row in csv.DictReader(file, delimiter="\t")]


def _refused_and_skipped(draft, tmp_path, problems, left):
    """Both policies on one draft: the same rows named, an error or the rest of the images."""
    report = tmp_path / "problems.tsv"
    with pytest.raises(InputError, match="or add pets to skip_bad in the config") as caught:
        audit(draft, report, "pets")
    assert _report(report) == [(*problem, "refused") for problem in problems]
    assert str(caught.value).startswith(
        f"data set pets: {len(problems)} problems: {problems[0][0]}"
    )
    clean = audit(draft, report, "pets", skip_bad=True)
    assert _report(report) == [(*problem, "skipped") for problem in problems]
    assert clean.images["image_id"].tolist() == left
    return clean


def test_a_sound_data_set_passes_with_an_empty_report(tmp_path):
    draft = _draft(tmp_path)
    clean = audit(draft, tmp_path / "problems.tsv", "pets")
    pd.testing.assert_frame_equal(clean.images, draft.images)
    pd.testing.assert_frame_equal(clean.texts, draft.texts)
    assert (tmp_path / "problems.tsv").read_text() == "item\tproblem\taction\n"


def test_a_truncated_jpeg(tmp_path):
    draft = _draft(tmp_path)
    path = tmp_path / "1.jpg"
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(InputError) as caught:
        audit(draft, tmp_path / "problems.tsv", "pets")
    assert "1.jpg: cannot be decoded: image file is truncated" in str(caught.value)
    clean = audit(draft, tmp_path / "problems.tsv", "pets", skip_bad=True)
    assert clean.images["image_id"].tolist() == ["i0", "i2", "i3"]
    # Its caption goes with it, and the numbering of rows is whole again.
    assert clean.texts["text_id"].tolist() == ["ci0", "ci2", "ci3"]
    assert clean.images.index.tolist() == [0, 1, 2]


def test_a_file_that_is_no_image(tmp_path):
    draft = _draft(tmp_path)
    (tmp_path / "0.jpg").write_text("<html>not found</html>")
    problem = (
        "0.jpg",
        "cannot be decoded: a web page, as a site sends it for a picture that is gone",
    )
    _refused_and_skipped(draft, tmp_path, [problem], ["i1", "i2", "i3"])


def test_empty_and_missing_files(tmp_path):
    draft = _draft(tmp_path)
    (tmp_path / "2.jpg").write_bytes(b"")
    (tmp_path / "3.jpg").unlink()
    problems = [("2.jpg", "empty file"), ("3.jpg", "missing file")]
    _refused_and_skipped(draft, tmp_path, problems, ["i0", "i1"])


@pytest.mark.parametrize(("mode", "suffix"), [("CMYK", ".jpg"), ("P", ".png"), ("RGBA", ".png")])
def test_other_colour_modes_are_used_and_reported(tmp_path, mode, suffix):
    draft = _draft(tmp_path)
    draft.images.loc[1, "path"] = f"1{suffix}"
    save_image(tmp_path / f"1{suffix}", mode=mode)
    with Image.open(tmp_path / f"1{suffix}") as image:
        assert image.mode == mode
    clean = audit(draft, tmp_path / "problems.tsv", "pets")
    assert len(clean.images) == 4
    expected = [(f"1{suffix}", f"colour mode {mode}", "converted to RGB")]
    assert _report(tmp_path / "problems.tsv") == expected


def test_gray_images_are_no_problem(tmp_path):
    draft = _draft(tmp_path)
    save_image(tmp_path / "1.jpg", mode="L")
    audit(draft, tmp_path / "problems.tsv", "pets")
    assert _report(tmp_path / "problems.tsv") == []


def test_a_caption_without_image(tmp_path):
    draft = _draft(tmp_path)
    draft.texts.loc[3, "image_id"] = "i9"
    draft.texts.loc[2, "image_id"] = "i3"
    problems = [
        ("ci3", "caption of i9, which is no image of the data set"),
        ("i2", "image without caption"),
    ]
    clean = _refused_and_skipped(draft, tmp_path, problems, ["i0", "i1", "i3"])
    assert clean.texts["text_id"].tolist() == ["ci0", "ci1", "ci2"]


def test_images_need_no_caption_where_there_are_none(tmp_path):
    draft = _draft(tmp_path, captions=False)
    assert len(audit(draft, tmp_path / "problems.tsv", "pets").images) == 4


def test_repeated_ids(tmp_path):
    draft = _draft(tmp_path)
    draft.images.loc[3, "image_id"] = "i0"
    draft.texts.loc[3, ["text_id", "image_id"]] = ["ci1", "i0"]
    problems = [("i0", "image id used before"), ("ci1", "text id used before")]
    _refused_and_skipped(draft, tmp_path, problems, ["i0", "i1", "i2"])


def test_a_label_that_is_no_class(tmp_path):
    draft = _draft(tmp_path, animal=["cat", "dog", "cow", "cat"])
    draft.classes = {"animal": ["cat", "dog"]}
    problem = ("i2", "animal 'cow' is not in the list of classes")
    _refused_and_skipped(draft, tmp_path, [problem], ["i0", "i1", "i3"])


def test_what_the_adapter_saw_is_reported_too(tmp_path):
    draft = _draft(tmp_path)
    draft.problems = [Problem("n9/", "folder is\nnot in the\tlist")]
    problem = ("n9/", "folder is not in the list")
    _refused_and_skipped(draft, tmp_path, [problem], ["i0", "i1", "i2", "i3"])


def test_many_problems_are_counted_and_the_first_shown(tmp_path):
    draft = _draft(tmp_path, n=8)
    for number in range(7):
        (tmp_path / f"{number}.jpg").unlink()
    with pytest.raises(InputError, match=r"7 problems: 0\.jpg: missing file; .*; and 2 more"):
        audit(draft, tmp_path / "problems.tsv", "pets")


def test_nothing_left(tmp_path):
    draft = _draft(tmp_path, n=1)
    (tmp_path / "0.jpg").unlink()
    with pytest.raises(InputError, match="no usable image is left"):
        audit(draft, tmp_path / "problems.tsv", "pets", skip_bad=True)


def test_captions_that_are_all_bad_leave_no_image(tmp_path):
    """A data set for retrieval that has images and not one text was passed on."""
    draft = _draft(tmp_path)
    draft.texts["text"] = None
    with pytest.raises(InputError, match="no usable image is left"):
        audit(draft, tmp_path / "problems.tsv", "pets", skip_bad=True)


def test_a_file_named_like_an_array_is_a_picture_if_a_list_names_it(tmp_path):
    """Passed on it would stop the data set where its pixels are made, past skip_bad."""
    draft = _draft(tmp_path)
    np.save(tmp_path / "x.npy", np.zeros((2, 8, 8, 3), np.uint8))
    draft.images.loc[1, "path"] = "x.npy"
    clean = audit(draft, tmp_path / "problems.tsv", "pets", skip_bad=True)
    assert clean.images["image_id"].tolist() == ["i0", "i2", "i3"]
    ((item, problem, _),) = _report(tmp_path / "problems.tsv")
    assert (item, "cannot identify" in problem) == ("x.npy", True)


def test_counts_are_compared_where_they_are_known(tmp_path):
    draft, report = _draft(tmp_path), tmp_path / "problems.tsv"
    audit(draft, report, "pets", images=4, texts=4)
    expected = "data set pets: 4 images found, 5 expected; .* Nothing else is wrong"
    with pytest.raises(InputError, match=expected):
        audit(draft, report, "pets", images=5)
    with pytest.raises(InputError, match="data set pets: 4 texts found, 20 expected"):
        audit(draft, report, "pets", images=4, texts=20)


@pytest.mark.parametrize("skip_bad", [False, True])
def test_a_wrong_count_names_what_is_wrong_and_is_never_skipped(tmp_path, skip_bad):
    draft, report = _draft(tmp_path), tmp_path / "problems.tsv"
    (tmp_path / "2.jpg").write_bytes(b"")
    draft.problems = [Problem("cats", "class without images")]
    expected = r"4 images found, 5 expected; .* 2 problems: cats: class without images; 2\.jpg: em"
    with pytest.raises(InputError, match=expected):
        audit(draft, report, "pets", skip_bad=skip_bad, images=5)
    assert _report(report) == [
        ("cats", "class without images", "refused"),
        ("2.jpg", "empty file", "refused"),
    ]


def test_ignored_files_are_listed_and_are_no_fault(tmp_path):
    draft = _draft(tmp_path)
    draft.notes = [Note("Thumbs.db", "not an image", "ignored")]
    assert len(audit(draft, tmp_path / "problems.tsv", "pets", images=4).images) == 4
    assert _report(tmp_path / "problems.tsv") == [("Thumbs.db", "not an image", "ignored")]


def _png(width, height):
    """A PNG that says it is of this size, without the pixels: what a small file can claim."""

    def chunk(kind, data):
        body = kind + data
        return len(data).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 0, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def _named_pipe(path):
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda path: path.mkdir(), "a folder, not a file"),
        (lambda path: path.symlink_to("nowhere"), "link to no file"),
        (lambda path: path.symlink_to(path), "cannot be read: Too many levels of symbolic links"),
        (_named_pipe, "not a regular file"),
        (lambda path: Image.new("L", (1, 100_000)).save(path, "PNG"), "1 × 100000 pixels: one si"),
        (lambda path: Image.new("L", (2010, 10)).save(path, "PNG"), "2010 × 10 pixels: one side"),
        (lambda path: path.write_bytes(_png(60_000, 60_000)), "cannot be decoded: Image size (36"),
        (lambda path: path.write_bytes(_png(40, 40)), "cannot be decoded: "),
        (lambda path: path.write_bytes(b"\xff\xd8\xff"), "cannot be decoded: cannot identify ima"),
    ],
)
def test_files_that_are_no_usable_image(tmp_path, make, problem):
    draft = _draft(tmp_path)
    (tmp_path / "1.jpg").unlink()
    make(tmp_path / "1.jpg")
    report = tmp_path / "problems.tsv"
    with pytest.raises(InputError, match=r"pets: 1 problems: 1\.jpg: "):
        audit(draft, report, "pets")
    clean = audit(draft, report, "pets", skip_bad=True)
    assert clean.images["image_id"].tolist() == ["i0", "i2", "i3"]
    ((item, found, action),) = _report(report)
    assert (item, action) == ("1.jpg", "skipped")
    assert found.startswith(problem)


def test_a_long_image_within_the_limit_is_used(tmp_path):
    draft = _draft(tmp_path)
    Image.new("L", (2000, 10)).save(tmp_path / "1.jpg", "PNG")
    assert len(audit(draft, tmp_path / "problems.tsv", "pets").images) == 4


def test_a_decoder_that_fails_in_its_own_way_is_a_problem_of_one_file(tmp_path, monkeypatch):
    draft = _draft(tmp_path)

    class Odd(Exception):
        pass

    opened = Image.open

    def fail(file, *more):
        if file.name.endswith("1.jpg"):
            raise Odd
        return opened(file, *more)

    monkeypatch.setattr(Image, "open", fail)
    problem = ("1.jpg", "cannot be decoded: Odd")
    _refused_and_skipped(draft, tmp_path, [problem], ["i0", "i2", "i3"])


@pytest.mark.parametrize("mode", ["I;16", "I", "F"])
def test_more_than_8_bits_per_channel_are_said_to_be_scaled(tmp_path, mode):
    draft = _draft(tmp_path)
    Image.new(mode, (9, 9)).save(tmp_path / "1.jpg", "TIFF")
    audit(draft, tmp_path / "problems.tsv", "pets")
    ((item, problem, action),) = _report(tmp_path / "problems.tsv")
    assert (item, action) == ("1.jpg", "scaled to 8 bit")
    assert problem.startswith(f"colour mode {mode}, values 0 to 0 of ")


def test_a_picture_whose_range_nothing_tells_is_a_problem(tmp_path):
    draft = _draft(tmp_path)
    Image.new("F", (9, 9), -1.5).save(tmp_path / "1.jpg", "TIFF")
    with pytest.raises(InputError, match=r"1\.jpg: colour mode F: its floats go from -1\.5 to"):
        audit(draft, tmp_path / "problems.tsv", "pets")
    clean = audit(draft, tmp_path / "problems.tsv", "pets", skip_bad=True)
    assert "i1" not in clean.images["image_id"].tolist()


def test_a_picture_lying_on_its_side_is_said_to_be_turned(tmp_path):
    draft = _draft(tmp_path)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (9, 9)).save(tmp_path / "1.jpg", exif=exif)
    audit(draft, tmp_path / "problems.tsv", "pets")
    assert _report(tmp_path / "problems.tsv") == [("1.jpg", "EXIF orientation 6", "turned upright")]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "caption is null"),
        ("", "caption is empty"),
        (" \t\n", "caption is empty"),
        ("\u200b\u00a0", "caption is empty"),
    ],
)
def test_a_caption_without_words(tmp_path, text, problem):
    draft = _draft(tmp_path)
    draft.texts.loc[1, "text"] = text
    problems = [("ci1", problem), ("i1", "image without caption")]
    clean = _refused_and_skipped(draft, tmp_path, problems, ["i0", "i2", "i3"])
    assert clean.texts["text"].tolist() == ["a dog"] * 3


@pytest.mark.parametrize("word", ["None", "NA", "nan", "null", "0", "."])
def test_words_that_others_take_for_nothing_are_captions(tmp_path, word):
    draft = _draft(tmp_path)
    draft.texts.loc[1, "text"] = word
    assert audit(draft, tmp_path / "problems.tsv", "pets").texts["text"][1] == word


def test_rows_with_a_fault_count_among_the_known_and_are_left_out(tmp_path):
    draft = _draft(tmp_path)
    draft.images[FAULT] = [None, "entry has no file_name", None, None]
    draft.texts[FAULT] = [None, None, None, "annotation has no image_id"]
    report = tmp_path / "problems.tsv"
    with pytest.raises(InputError, match="3 problems: i1: entry has no file_name; ci3: annotation"):
        audit(draft, report, "pets", images=4, texts=4)
    clean = audit(draft, report, "pets", images=4, texts=4, skip_bad=True)
    assert clean.images["image_id"].tolist() == ["i0", "i2"]
    assert clean.texts["text_id"].tolist() == ["ci0", "ci2"]
    assert FAULT not in {*clean.images, *clean.texts}


def test_what_images_look_like_is_in_the_result(tmp_path):
    report = tmp_path / "problems.tsv"
    before = audit(_draft(tmp_path), report, "pets").pixels
    assert len(before) == 64
    assert audit(_draft(tmp_path), report, "pets").pixels == before
    draft = _draft(tmp_path)
    save_image(tmp_path / "2.jpg", seed=77)
    assert audit(draft, report, "pets").pixels != before
    (tmp_path / "2.jpg").write_bytes(b"")
    assert audit(draft, report, "pets", skip_bad=True).pixels != before


def test_one_picture_in_several_files_is_said(tmp_path):
    """As where a site sent the same one for all that are gone: no caption can find its own."""
    draft = _draft(tmp_path)
    for name in ("2.jpg", "3.jpg"):
        (tmp_path / name).write_bytes((tmp_path / "1.jpg").read_bytes())
    clean = audit(draft, tmp_path / "problems.tsv", "pets")
    assert len(clean.images) == 4
    assert _report(tmp_path / "problems.tsv") == [
        ("2.jpg", "the same file as 1.jpg", "kept"),
        ("3.jpg", "the same file as 1.jpg", "kept"),
    ]


def test_what_git_lfs_left_in_the_place_of_a_picture_is_told(tmp_path):
    draft = _draft(tmp_path)
    (tmp_path / "1.jpg").write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:6\n")
    with pytest.raises(InputError, match=r"1 problems: 1\.jpg: is a git-lfs pointer, .*lfs pull"):
        audit(draft, tmp_path / "problems.tsv", "pets")


def test_what_was_left_out_is_counted_in_the_log(tmp_path, caplog):
    draft = _draft(tmp_path)
    draft.notes = [Note("Thumbs.db", "not an image", "ignored")] * 3
    (tmp_path / "0.jpg").unlink()
    audit(draft, tmp_path / "problems.tsv", "pets", skip_bad=True)
    assert "data set pets: skipped: 1, ignored: 3; listed in " in caplog.text


def test_one_file_under_two_ids_is_said(tmp_path):
    draft = _draft(tmp_path)
    draft.images["path"] = ["0.jpg", "1.jpg", "1.jpg", "3.jpg"]
    clean = audit(draft, tmp_path / "problems.tsv", "pets")
    assert len(clean.images) == 4
    assert _report(tmp_path / "problems.tsv") == [
        ("i2", "image of the same file as i1: 1.jpg", "kept")
    ]


def test_a_refusal_shows_each_kind_of_problem_and_no_item_without_end(tmp_path):
    draft = _draft(tmp_path)
    (tmp_path / "3.jpg").unlink()
    draft.problems += [Problem(f"{n}.jpg", "image without caption") for n in range(9)]
    draft.problems.append(Problem("x" * 5000, "image that the list lacks"))
    with pytest.raises(InputError) as caught:
        audit(draft, tmp_path / "problems.tsv", "pets")
    message = str(caught.value)
    assert "0.jpg: image without caption; xxx" in message
    assert "; 3.jpg: missing file; 1.jpg: image without caption" in message
    assert len(message) < 1000
    assert ("x" * 5000, "image that the list lacks", "refused") in _report(
        tmp_path / "problems.tsv"
    )


def test_a_value_without_end_is_shown_in_part():
    assert text_fault([{"from": "human", "value": "What is it? " * 999}]).startswith(
        "caption is [{'from': 'human', 'value': 'What is it? What"
    )
    assert len(text_fault(["word"] * 999)) < 120
