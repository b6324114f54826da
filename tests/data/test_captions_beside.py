import json

import pytest
from helpers.tiny_layouts import save_image

from modgap.data.audit import audit
from modgap.data.caption_folder import caption_folder
from modgap.data.captions_beside import captions_beside
from modgap.errors import InputError


def _downloaded(folder):
    """Two folders as a downloader writes them: a failure, a lost image and a lost caption."""
    states = {
        "00000/000000000": "success",
        "00000/000000001": "failed_to_download",
        "00001/000010000": "success",
    }
    for number, (stem, status) in enumerate(states.items()):
        path = folder / f"{stem}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        failed = {"error_message": "HTTP Error 404: Not Found"} if "failed" in status else {}
        path.write_text(json.dumps({"status": status, "key": path.stem} | failed))
        path.with_suffix(".txt").write_text(f"caption {number}", encoding="utf-8")
        if status == "success":
            save_image(path.with_suffix(".jpg"), seed=number)
    (folder / "00000_stats.json").write_text('{"count": 2, "successes": 1}')
    (folder / "00000.parquet").write_bytes(b"PAR1")
    return folder


def _audited(folder, split="all"):
    draft = caption_folder(folder, split)
    clean = audit(draft, folder.parent / "report.tsv", "pets", skip_bad=True)
    lines = (folder.parent / "report.tsv").read_text().splitlines()[1:]
    pairs = list(zip(clean.texts["image_id"], clean.texts["text"], strict=True))
    return pairs, [tuple(line.split("\t")) for line in lines]


NOTED = [
    ("00000.parquet", "not an image", "ignored"),
    ("00000_stats.json", "not an image", "ignored"),
    (
        "00000/000000001.json",
        "no image: failed_to_download (HTTP Error 404: Not Found)",
        "ignored",
    ),
]
PAIRS = [("00000/000000000.jpg", "caption 0"), ("00001/000010000.jpg", "caption 2")]


def test_downloads_and_those_that_failed(tmp_path):
    folder = _downloaded(tmp_path / "data")
    assert _audited(folder) == (PAIRS, NOTED)
    audit(caption_folder(folder, "all"), tmp_path / "report.tsv", "pets", images=2, texts=2)


def test_what_was_lost_since_is_a_problem(tmp_path):
    folder = _downloaded(tmp_path / "data")
    (folder / "00001" / "000010000.jpg").unlink()
    save_image(folder / "00000" / "x.png")
    (folder / "00000" / "y.txt").write_text("a cat")
    (folder / "00000" / "README.txt").write_text("about")
    pairs, report = _audited(folder)
    assert pairs == PAIRS[:1]
    assert [line for line in report if line[2] == "skipped"] == [
        ("00000/x.png", "image without caption", "skipped"),
        ("00000/y.txt", "no image of this name", "skipped"),
        ("00001/000010000.json", "no image of this name", "skipped"),
    ]
    assert ("00000/README.txt", "not an image", "ignored") in report


def test_a_folder_for_each_split(tmp_path):
    _downloaded(tmp_path / "data" / "train")
    folder = tmp_path / "data"
    assert [image for image, _ in _audited(folder, "train")[0]] == [image for image, _ in PAIRS]
    assert len(_audited(folder)[0]) == 2
    with pytest.raises(InputError, match=r"test: no such folder; expected the images of this spl"):
        caption_folder(folder, "test")


def test_captions_as_files_have_them(tmp_path):
    folder = tmp_path / "data"
    texts = {"a": b"\xef\xbb\xbfa cat\r\n", "b": b"two\nlines\n", "c": b"caf\xe9", "d": b" \n"}
    for name, text in texts.items():
        save_image(folder / f"{name}.JPG")
        (folder / f"{name}.txt").write_bytes(text)
    pairs, report = _audited(folder)
    assert pairs == [("a.JPG", "a cat"), ("b.JPG", "two\nlines")]
    found = {(item, problem.split(";")[0], action) for item, problem, action in report}
    assert found == {
        ("c.txt", "line 1 is not UTF-8 text (byte 0xe9)", "skipped"),
        ("d.JPG#0", "caption is empty", "skipped"),
        ("d.JPG", "image without caption", "skipped"),
        ("b.txt", "caption of several lines", "taken as one caption"),
    }


def test_boxes_are_no_captions(tmp_path):
    texts = ["0 0.5 0.25 0.1 .2\n17 0.1 0.1 1 1\n", "0 1 2 3", "7"]
    folder = tmp_path / "data"
    for number, text in enumerate(texts):
        save_image(folder / f"{number}.png")
        (folder / f"{number}.txt").write_text(text)
    pairs, report = _audited(folder)
    assert [text for _, text in pairs] == texts[1:]
    assert ("0.txt", "holds the numbers of boxes, no caption", "skipped") in report


def test_images_without_such_files_have_none(tmp_path):
    save_image(tmp_path / "a.jpg")
    (tmp_path / "b.txt").write_text("a cat")
    assert captions_beside(tmp_path, "all") is None


def test_one_caption_beside_two_images_of_its_name(tmp_path):
    folder = tmp_path / "data"
    for name in ("dog.jpg", "dog.png", "cat.jpg"):
        save_image(folder / name, seed=len(name))
    for name in ("dog.txt", "cat.txt"):
        (folder / name).write_text(f"a {name[:3]}")
    pairs, report = _audited(folder)
    assert pairs == [("cat.jpg", "a cat")]
    fault = "beside 2 images of this name; leave the one that it describes"
    assert [row for row in report if row[1] == fault] == [("dog.txt", fault, "skipped")] * 2


def test_a_list_that_was_written_as_text_is_its_captions(tmp_path):
    """What a downloader leaves of a column with several captions of each address."""
    save_image(tmp_path / "data" / "a.jpg")
    (tmp_path / "data" / "a.txt").write_text('["a dog", "a pet"]')
    assert _audited(tmp_path / "data") == ([("a.jpg", "a dog"), ("a.jpg", "a pet")], [])
