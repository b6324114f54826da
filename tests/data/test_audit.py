"""What an audit says of rows, captions and counts."""

import pandas as pd
import pytest
from helpers.audits import drafted, refused_and_skipped, reported

from modgap.data.audit import audit
from modgap.data.draft import (
    FAULT,
    Note,
    Problem,
    text_fault,
)
from modgap.errors import InputError


def test_a_sound_data_set_passes_with_an_empty_report(tmp_path):
    draft = drafted(tmp_path)
    clean = audit(draft, tmp_path / "problems.tsv", "pets")
    pd.testing.assert_frame_equal(clean.images, draft.images)
    pd.testing.assert_frame_equal(clean.texts, draft.texts)
    assert (tmp_path / "problems.tsv").read_text() == "item\tproblem\taction\n"


def test_a_caption_without_image(tmp_path):
    draft = drafted(tmp_path)
    draft.texts.loc[3, "image_id"] = "i9"
    draft.texts.loc[2, "image_id"] = "i3"
    problems = [
        ("ci3", "caption of i9, which is no image of the data set"),
        ("i2", "image without caption"),
    ]
    clean = refused_and_skipped(draft, tmp_path, problems, ["i0", "i1", "i3"])
    assert clean.texts["text_id"].tolist() == ["ci0", "ci1", "ci2"]


def test_images_need_no_caption_where_there_are_none(tmp_path):
    draft = drafted(tmp_path, captions=False)
    assert len(audit(draft, tmp_path / "problems.tsv", "pets").images) == 4


def test_repeated_ids(tmp_path):
    draft = drafted(tmp_path)
    draft.images.loc[3, "image_id"] = "i0"
    draft.texts.loc[3, ["text_id", "image_id"]] = ["ci1", "i0"]
    problems = [("i0", "image id used before"), ("ci1", "text id used before")]
    refused_and_skipped(draft, tmp_path, problems, ["i0", "i1", "i2"])


def test_a_label_that_is_no_class(tmp_path):
    draft = drafted(tmp_path, animal=["cat", "dog", "cow", "cat"])
    draft.classes = {"animal": ["cat", "dog"]}
    problem = ("i2", "animal 'cow' is not in the list of classes")
    refused_and_skipped(draft, tmp_path, [problem], ["i0", "i1", "i3"])


def test_what_the_adapter_saw_is_reported_too(tmp_path):
    draft = drafted(tmp_path)
    draft.problems = [Problem("n9/", "folder is\nnot in the\tlist")]
    problem = ("n9/", "folder is not in the list")
    refused_and_skipped(draft, tmp_path, [problem], ["i0", "i1", "i2", "i3"])


def test_many_problems_are_counted_and_the_first_shown(tmp_path):
    draft = drafted(tmp_path, n=8)
    for number in range(7):
        (tmp_path / f"{number}.jpg").unlink()
    with pytest.raises(InputError, match=r"7 problems: 0\.jpg: missing file; .*; and 2 more"):
        audit(draft, tmp_path / "problems.tsv", "pets")


def test_nothing_left(tmp_path):
    draft = drafted(tmp_path, n=1)
    (tmp_path / "0.jpg").unlink()
    with pytest.raises(InputError, match="no usable image is left"):
        audit(draft, tmp_path / "problems.tsv", "pets", skip_bad=True)


def test_captions_that_are_all_bad_leave_no_image(tmp_path):
    """A data set for retrieval that has images and not one text was passed on."""
    draft = drafted(tmp_path)
    draft.texts["text"] = None
    with pytest.raises(InputError, match="no usable image is left"):
        audit(draft, tmp_path / "problems.tsv", "pets", skip_bad=True)


def test_counts_are_compared_where_they_are_known(tmp_path):
    draft, report = drafted(tmp_path), tmp_path / "problems.tsv"
    audit(draft, report, "pets", images=4, texts=4)
    expected = "data set pets: 4 images found, 5 expected; .* Nothing else is wrong"
    with pytest.raises(InputError, match=expected):
        audit(draft, report, "pets", images=5)
    with pytest.raises(InputError, match="data set pets: 4 texts found, 20 expected"):
        audit(draft, report, "pets", images=4, texts=20)


@pytest.mark.parametrize("skip_bad", [False, True])
def test_a_wrong_count_names_what_is_wrong_and_is_never_skipped(tmp_path, skip_bad):
    draft, report = drafted(tmp_path), tmp_path / "problems.tsv"
    (tmp_path / "2.jpg").write_bytes(b"")
    draft.problems = [Problem("cats", "class without images")]
    expected = r"4 images found, 5 expected; .* 2 problems: cats: class without images; 2\.jpg: em"
    with pytest.raises(InputError, match=expected):
        audit(draft, report, "pets", skip_bad=skip_bad, images=5)
    assert reported(report) == [
        ("cats", "class without images", "refused"),
        ("2.jpg", "empty file", "refused"),
    ]


def test_ignored_files_are_listed_and_are_no_fault(tmp_path):
    draft = drafted(tmp_path)
    draft.notes = [Note("Thumbs.db", "not an image", "ignored")]
    assert len(audit(draft, tmp_path / "problems.tsv", "pets", images=4).images) == 4
    assert reported(tmp_path / "problems.tsv") == [("Thumbs.db", "not an image", "ignored")]


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
    draft = drafted(tmp_path)
    draft.texts.loc[1, "text"] = text
    problems = [("ci1", problem), ("i1", "image without caption")]
    clean = refused_and_skipped(draft, tmp_path, problems, ["i0", "i2", "i3"])
    assert clean.texts["text"].tolist() == ["a dog"] * 3


@pytest.mark.parametrize("word", ["None", "NA", "nan", "null", "0", "."])
def test_words_that_others_take_for_nothing_are_captions(tmp_path, word):
    draft = drafted(tmp_path)
    draft.texts.loc[1, "text"] = word
    assert audit(draft, tmp_path / "problems.tsv", "pets").texts["text"][1] == word


def test_rows_with_a_fault_count_among_the_known_and_are_left_out(tmp_path):
    draft = drafted(tmp_path)
    draft.images[FAULT] = [None, "entry has no file_name", None, None]
    draft.texts[FAULT] = [None, None, None, "annotation has no image_id"]
    report = tmp_path / "problems.tsv"
    with pytest.raises(InputError, match="3 problems: i1: entry has no file_name; ci3: annotation"):
        audit(draft, report, "pets", images=4, texts=4)
    clean = audit(draft, report, "pets", images=4, texts=4, skip_bad=True)
    assert clean.images["image_id"].tolist() == ["i0", "i2"]
    assert clean.texts["text_id"].tolist() == ["ci0", "ci2"]
    assert FAULT not in {*clean.images, *clean.texts}


def test_what_was_left_out_is_counted_in_the_log(tmp_path, caplog):
    draft = drafted(tmp_path)
    draft.notes = [Note("Thumbs.db", "not an image", "ignored")] * 3
    (tmp_path / "0.jpg").unlink()
    audit(draft, tmp_path / "problems.tsv", "pets", skip_bad=True)
    assert "data set pets: skipped: 1, ignored: 3; listed in " in caplog.text


def test_one_file_under_two_ids_is_said(tmp_path):
    draft = drafted(tmp_path)
    draft.images["path"] = ["0.jpg", "1.jpg", "1.jpg", "3.jpg"]
    clean = audit(draft, tmp_path / "problems.tsv", "pets")
    assert len(clean.images) == 4
    assert reported(tmp_path / "problems.tsv") == [
        ("i2", "image of the same file as i1: 1.jpg", "kept")
    ]


def test_a_refusal_shows_each_kind_of_problem_and_no_item_without_end(tmp_path):
    draft = drafted(tmp_path)
    (tmp_path / "3.jpg").unlink()
    draft.problems += [Problem(f"{n}.jpg", "image without caption") for n in range(9)]
    draft.problems.append(Problem("x" * 5000, "image that the list lacks"))
    with pytest.raises(InputError) as caught:
        audit(draft, tmp_path / "problems.tsv", "pets")
    message = str(caught.value)
    assert "0.jpg: image without caption; xxx" in message
    assert "; 3.jpg: missing file; 1.jpg: image without caption" in message
    assert len(message) < 1000
    assert ("x" * 5000, "image that the list lacks", "refused") in reported(
        tmp_path / "problems.tsv"
    )


def test_a_value_without_end_is_shown_in_part():
    assert text_fault([{"from": "human", "value": "What is it? " * 999}]).startswith(
        "caption is [{'from': 'human', 'value': 'What is it? What"
    )
    assert len(text_fault(["word"] * 999)) < 120
