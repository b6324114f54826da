import json
from collections import Counter
from pathlib import Path

import pytest
from helpers.tiny_layouts import save_coco, save_image

from modgap.data.audit import audit
from modgap.data.coco import coco_captions
from modgap.errors import InputError

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "coco"


def test_five_captions_per_image_in_the_order_of_the_file(tmp_path):
    draft = coco_captions(save_coco(tmp_path), "val2017")
    assert draft.images["image_id"].tolist() == ["98", "99", "100"]
    assert draft.images["path"][0] == "val2017/000000000098.jpg"
    assert (tmp_path / draft.images["path"][2]).is_file()
    assert Counter(draft.texts["image_id"]) == {"98": 5, "99": 5, "100": 5}
    own = draft.texts[draft.texts["image_id"] == "100"]
    assert own["text_id"].tolist() == ["1000", "1001", "1002", "1003", "1004"]
    assert own["text"].tolist()[0] == "a photo of a caption 0 of 100."
    assert set(draft.texts["kind"]) == {"caption"}
    assert not draft.problems
    assert [(note.item, note.remark) for note in draft.notes] == [
        ("1005", "caption beyond the first 5 of image 100")
    ]


def test_an_unlisted_image_and_a_caption_of_none_are_kept_in_sight(tmp_path):
    folder = save_coco(tmp_path)
    (folder / "val2017" / "000000000007.jpg").write_bytes(b"x")
    path = folder / "annotations" / "captions_val2017.json"
    data = json.loads(path.read_text())
    data["annotations"].append({"image_id": 5, "id": 1, "caption": "Nobody."})
    path.write_text(json.dumps(data))
    draft = coco_captions(folder, "val2017")
    assert [problem.item for problem in draft.problems] == ["val2017/000000000007.jpg"]
    assert draft.texts.iloc[-1][["text_id", "image_id"]].tolist() == ["1", "5"]


def test_missing_or_foreign_annotations(tmp_path):
    with pytest.raises(InputError, match=r"captions_val2017\.json: no such file; unpack"):
        coco_captions(tmp_path, "val2017")
    (tmp_path / "captions_val2017.json").write_text('{"images": []}')
    with pytest.raises(InputError, match=r"not a COCO caption file; expected JSON with lists"):
        coco_captions(tmp_path, "val2017")
    (tmp_path / "captions_val2017.json").write_text('{"images": [], "annotations": []}')
    with pytest.raises(InputError, match=r"captions_val2017\.json: no annotation in it"):
        coco_captions(tmp_path, "val2017")


@pytest.mark.skipif(not SHARED.is_dir(), reason="no ../shared/data/coco beside the checkout")
def test_the_real_annotations_have_the_known_counts(tmp_path):
    # The pictures are not beside the checkout, nor looked at here.
    (tmp_path / "val2017").mkdir()
    name = "captions_val2017.json"
    (tmp_path / name).symlink_to(SHARED / name)
    draft = coco_captions(tmp_path, "val2017")
    assert (len(draft.images), len(draft.texts)) == (5000, 25000)
    assert draft.texts["text_id"].is_unique
    assert set(Counter(draft.texts["image_id"])) == set(draft.images["image_id"])
    assert draft.texts["text"].str.match(r"a photo of [^A-Z\s]").all()
    assert "a photo of a black Honda motorcycle parked in front of a garage." in set(
        draft.texts["text"]
    )


def _tiny(folder, images, annotations, **save):
    """An annotation file of these entries; pictures 1.jpg to 3.jpg lie beside it."""
    for number in (1, 2, 3):
        save_image(folder / "val2017" / f"{number}.jpg", seed=number)
    (folder / "captions_val2017.json").write_text(
        json.dumps({"images": images, "annotations": annotations}, **save)
    )
    return folder


IMAGES = [{"id": number, "file_name": f"{number}.jpg"} for number in (1, 2, 3)]
NOTES = [{"id": 10 * n, "image_id": n, "caption": f"A dog {n}"} for n in (1, 2, 3)]
BAD_NOTES = {
    "null": ({"caption": None}, ("20", "caption is null")),
    "empty": ({"caption": ""}, ("20", "caption is empty")),
    "blank": ({"caption": " \n\u200b"}, ("20", "caption is empty")),
    "number": ({"caption": 42}, ("20", "caption is 42, expected words")),
    "nan": ({"caption": float("nan")}, ("20", "caption is nan, expected words")),
    "list": ({"caption": ["a"]}, ("20", "caption is ['a'], expected words")),
    "half a letter": ({"caption": "a \ud83d"}, ("20", "caption holds half a character: a \\ud83d")),
    "no image": ({"image_id": None}, ("20", "annotation has no image_id")),
    "unknown image": ({"image_id": 9}, ("20", "caption of 9, which is no image of the data set")),
    "no id": ({"id": None}, ("annotation 1", "annotation has no id")),
    "id of another": ({"id": 10}, ("10", "text id used before")),
}


@pytest.mark.parametrize("kind", list(BAD_NOTES))
def test_one_bad_annotation_is_one_problem(tmp_path, kind):
    change, problem = BAD_NOTES[kind]
    notes = [NOTES[0], NOTES[1] | change, NOTES[2]]
    draft = coco_captions(_tiny(tmp_path, IMAGES, notes), "val2017")
    report = tmp_path / "problems.tsv"
    expected = [(*problem, "skipped"), ("2", "image without caption", "skipped")]
    # As many texts as the file lists, the bad one included.
    clean = audit(draft, report, "pets", skip_bad=True, images=3, texts=3)
    found = [tuple(line.split("\t")) for line in report.read_text().splitlines()[1:]]
    assert found == expected
    assert clean.texts["text"].tolist() == ["a photo of a dog 1", "a photo of a dog 3"]
    with pytest.raises(InputError, match="2 problems"):
        audit(draft, report, "pets")


def test_what_cannot_be_used_is_none_of_the_first_five(tmp_path):
    ids = [1, 2, 2, 3, 4, 5, 6, 7]
    texts = ["A1", "A2", "A2 again", None, "A4", " ", "A6", "A7"]
    notes = [
        {"id": n, "image_id": 1, "caption": text} for n, text in zip(ids, texts, strict=True)
    ] + [{"id": 8, "image_id": 1, "caption": "A8"}]
    draft = coco_captions(_tiny(tmp_path, IMAGES[:1], notes), "val2017")
    clean = audit(draft, tmp_path / "report.tsv", "pets", skip_bad=True)
    assert clean.texts["text_id"].tolist() == ["1", "2", "4", "6", "7"]
    report = [line.split("\t") for line in (tmp_path / "report.tsv").read_text().splitlines()[1:]]
    assert ["2", "text id used before", "skipped"] in report
    assert ["8", "caption beyond the first 5 of image 1", "ignored"] in report


@pytest.mark.parametrize("entry", [None, "dog", 7, [], {}])
def test_entries_that_are_no_records(tmp_path, entry):
    folder = _tiny(tmp_path, [*IMAGES, entry], [*NOTES, entry])
    draft = coco_captions(folder, "val2017")
    clean = audit(draft, tmp_path / "report.tsv", "pets", skip_bad=True, images=4, texts=4)
    assert (len(clean.images), len(clean.texts)) == (3, 3)
    assert (tmp_path / "report.tsv").read_text().splitlines()[1:] == [
        "image entry 3\tentry has no id\tskipped",
        "annotation 3\tannotation has no image_id\tskipped",
    ]


@pytest.mark.parametrize("name", [None, "", 5, "\ud83d.jpg", "a\0b.jpg"])
def test_an_image_without_a_file_name_that_can_be(tmp_path, name):
    images = [*IMAGES[:2], {"id": 3, "file_name": name}]
    draft = coco_captions(_tiny(tmp_path, images, NOTES), "val2017")
    clean = audit(draft, tmp_path / "report.tsv", "pets", skip_bad=True)
    assert clean.images["image_id"].tolist() == ["1", "2"]
    assert clean.texts["text_id"].tolist() == ["10", "20"]
    assert (
        "val2017/3.jpg\timage that captions_val2017.json does not list"
        in (tmp_path / "report.tsv").read_text()
    )


def test_ids_of_other_types_are_the_same_ids(tmp_path):
    images = [{"id": value, "file_name": f"{int(value)}.jpg"} for value in (2.0, "1", 3)]
    notes = [
        {"id": "x", "image_id": "3", "caption": "A cat"},
        {"id": 5, "image_id": 1.0, "caption": "None"},
        {"id": 6.0, "image_id": 2, "caption": "NA"},
    ]
    draft = coco_captions(_tiny(tmp_path, images, notes), "val2017")
    clean = audit(draft, tmp_path / "report.tsv", "pets")
    assert clean.images["image_id"].tolist() == ["1", "2", "3"]
    assert clean.texts["text_id"].tolist() == ["5", "6", "x"]
    assert clean.texts["text"].tolist() == [f"a photo of {w}" for w in ("none", "nA", "a cat")]


def test_file_names_of_another_system(tmp_path):
    names = ["val2017\\1.JPG", "./2.jpg", "val2017/3.jpg"]
    images = [image | {"file_name": name} for image, name in zip(IMAGES, names, strict=True)]
    draft = coco_captions(_tiny(tmp_path, images, NOTES), "val2017")
    assert draft.images["path"].tolist() == ["val2017/1.jpg", "val2017/2.jpg", "val2017/3.jpg"]
    assert draft.problems == []


def test_what_else_the_folder_holds(tmp_path):
    folder = _tiny(tmp_path, IMAGES, NOTES)
    save_image(folder / "val2017" / "4.PNG")
    for name in ("._1.jpg", "Thumbs.db"):
        (folder / "val2017" / name).write_bytes(b"x")
    draft = coco_captions(folder, "val2017")
    assert [problem.item for problem in draft.problems] == ["val2017/4.PNG"]
    assert [note.item for note in draft.notes] == ["val2017/._1.jpg", "val2017/Thumbs.db"]


def test_a_split_that_is_not_there(tmp_path):
    folder = _tiny(tmp_path, IMAGES, NOTES)
    (folder / "val2017").rename(folder / "val2014")
    with pytest.raises(InputError, match=r"no such folder; expected the images .* 'val2014'"):
        coco_captions(folder, "val2017")


def test_truncated_annotations(tmp_path):
    path = _tiny(tmp_path, IMAGES, NOTES) / "captions_val2017.json"
    path.write_text(path.read_text()[:-40])
    with pytest.raises(InputError, match=r"captions_val2017\.json: ends too soon in line 1"):
        coco_captions(tmp_path, "val2017")


def test_the_images_of_a_split_may_lie_within_those_of_all(tmp_path):
    folder = save_coco(tmp_path)
    (folder / "images").mkdir()
    (folder / "val2017").rename(folder / "images" / "val2017")
    draft = coco_captions(folder, "val2017")
    assert draft.images["path"][0] == "images/val2017/000000000098.jpg"
    assert all((folder / path).is_file() for path in draft.images["path"])
    assert not draft.problems
    (folder / "val2017").mkdir()
    assert coco_captions(folder, "val2017").images["path"][0] == "val2017/000000000098.jpg"


def test_annotations_of_another_name_are_named(tmp_path):
    folder = save_coco(tmp_path)
    path = folder / "annotations" / "captions_val2017.json"
    path.rename(path.with_name("val.json"))
    with pytest.raises(InputError, match=r"or call the one .* so: annotations/val\.json$"):
        coco_captions(folder, "val2017")
    for number in range(9):
        (path.parent / f"{number}.json").write_text("{}")
    with pytest.raises(InputError, match=r"so: annotations/0\.json, .*/4\.json, …$"):
        coco_captions(folder, "val2017")
