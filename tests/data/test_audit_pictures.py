"""What an audit says of the files of pictures."""

import os
import zlib

import numpy as np
import pytest
from helpers.audits import drafted, refused_and_skipped, reported
from helpers.tiny_layouts import save_image
from PIL import Image

from modgap.data.audit import audit
from modgap.errors import InputError


def test_a_truncated_jpeg(tmp_path):
    draft = drafted(tmp_path)
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
    draft = drafted(tmp_path)
    (tmp_path / "0.jpg").write_text("<html>not found</html>")
    problem = (
        "0.jpg",
        "cannot be decoded: a web page, as a site sends it for a picture that is gone",
    )
    refused_and_skipped(draft, tmp_path, [problem], ["i1", "i2", "i3"])


def test_empty_and_missing_files(tmp_path):
    draft = drafted(tmp_path)
    (tmp_path / "2.jpg").write_bytes(b"")
    (tmp_path / "3.jpg").unlink()
    problems = [("2.jpg", "empty file"), ("3.jpg", "missing file")]
    refused_and_skipped(draft, tmp_path, problems, ["i0", "i1"])


@pytest.mark.parametrize(("mode", "suffix"), [("CMYK", ".jpg"), ("P", ".png"), ("RGBA", ".png")])
def test_other_colour_modes_are_used_and_reported(tmp_path, mode, suffix):
    draft = drafted(tmp_path)
    draft.images.loc[1, "path"] = f"1{suffix}"
    save_image(tmp_path / f"1{suffix}", mode=mode)
    with Image.open(tmp_path / f"1{suffix}") as image:
        assert image.mode == mode
    clean = audit(draft, tmp_path / "problems.tsv", "pets")
    assert len(clean.images) == 4
    expected = [(f"1{suffix}", f"colour mode {mode}", "converted to RGB")]
    assert reported(tmp_path / "problems.tsv") == expected


def test_gray_images_are_no_problem(tmp_path):
    draft = drafted(tmp_path)
    save_image(tmp_path / "1.jpg", mode="L")
    audit(draft, tmp_path / "problems.tsv", "pets")
    assert reported(tmp_path / "problems.tsv") == []


def test_a_file_named_like_an_array_is_a_picture_if_a_list_names_it(tmp_path):
    """Passed on it would stop the data set where its pixels are made, past skip_bad."""
    draft = drafted(tmp_path)
    np.save(tmp_path / "x.npy", np.zeros((2, 8, 8, 3), np.uint8))
    draft.images.loc[1, "path"] = "x.npy"
    clean = audit(draft, tmp_path / "problems.tsv", "pets", skip_bad=True)
    assert clean.images["image_id"].tolist() == ["i0", "i2", "i3"]
    ((item, problem, _),) = reported(tmp_path / "problems.tsv")
    assert (item, "cannot identify" in problem) == ("x.npy", True)


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
    draft = drafted(tmp_path)
    (tmp_path / "1.jpg").unlink()
    make(tmp_path / "1.jpg")
    report = tmp_path / "problems.tsv"
    with pytest.raises(InputError, match=r"pets: 1 problems: 1\.jpg: "):
        audit(draft, report, "pets")
    clean = audit(draft, report, "pets", skip_bad=True)
    assert clean.images["image_id"].tolist() == ["i0", "i2", "i3"]
    ((item, found, action),) = reported(report)
    assert (item, action) == ("1.jpg", "skipped")
    assert found.startswith(problem)


def test_a_long_image_within_the_limit_is_used(tmp_path):
    draft = drafted(tmp_path)
    Image.new("L", (2000, 10)).save(tmp_path / "1.jpg", "PNG")
    assert len(audit(draft, tmp_path / "problems.tsv", "pets").images) == 4


def test_a_decoder_that_fails_in_its_own_way_is_a_problem_of_one_file(tmp_path, monkeypatch):
    draft = drafted(tmp_path)

    class Odd(Exception):
        pass

    opened = Image.open

    def fail(file, *more):
        if file.name.endswith("1.jpg"):
            raise Odd
        return opened(file, *more)

    monkeypatch.setattr(Image, "open", fail)
    problem = ("1.jpg", "cannot be decoded: Odd")
    refused_and_skipped(draft, tmp_path, [problem], ["i0", "i2", "i3"])


@pytest.mark.parametrize("mode", ["I;16", "I", "F"])
def test_more_than_8_bits_per_channel_are_said_to_be_scaled(tmp_path, mode):
    draft = drafted(tmp_path)
    Image.new(mode, (9, 9)).save(tmp_path / "1.jpg", "TIFF")
    audit(draft, tmp_path / "problems.tsv", "pets")
    ((item, problem, action),) = reported(tmp_path / "problems.tsv")
    assert (item, action) == ("1.jpg", "scaled to 8 bit")
    assert problem.startswith(f"colour mode {mode}, values 0 to 0 of ")


def test_a_picture_whose_range_nothing_tells_is_a_problem(tmp_path):
    draft = drafted(tmp_path)
    Image.new("F", (9, 9), -1.5).save(tmp_path / "1.jpg", "TIFF")
    with pytest.raises(InputError, match=r"1\.jpg: colour mode F: its floats go from -1\.5 to"):
        audit(draft, tmp_path / "problems.tsv", "pets")
    clean = audit(draft, tmp_path / "problems.tsv", "pets", skip_bad=True)
    assert "i1" not in clean.images["image_id"].tolist()


def test_a_picture_lying_on_its_side_is_said_to_be_turned(tmp_path):
    draft = drafted(tmp_path)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (9, 9)).save(tmp_path / "1.jpg", exif=exif)
    audit(draft, tmp_path / "problems.tsv", "pets")
    assert reported(tmp_path / "problems.tsv") == [
        ("1.jpg", "EXIF orientation 6", "turned upright")
    ]


def test_what_images_look_like_is_in_the_result(tmp_path):
    report = tmp_path / "problems.tsv"
    before = audit(drafted(tmp_path), report, "pets").pixels
    assert len(before) == 64
    assert audit(drafted(tmp_path), report, "pets").pixels == before
    draft = drafted(tmp_path)
    save_image(tmp_path / "2.jpg", seed=77)
    assert audit(draft, report, "pets").pixels != before
    (tmp_path / "2.jpg").write_bytes(b"")
    assert audit(draft, report, "pets", skip_bad=True).pixels != before


def test_one_picture_in_several_files_is_said(tmp_path):
    """As where a site sent the same one for all that are gone: no caption can find its own."""
    draft = drafted(tmp_path)
    for name in ("2.jpg", "3.jpg"):
        (tmp_path / name).write_bytes((tmp_path / "1.jpg").read_bytes())
    clean = audit(draft, tmp_path / "problems.tsv", "pets")
    assert len(clean.images) == 4
    assert reported(tmp_path / "problems.tsv") == [
        ("2.jpg", "the same file as 1.jpg", "kept"),
        ("3.jpg", "the same file as 1.jpg", "kept"),
    ]


def test_what_git_lfs_left_in_the_place_of_a_picture_is_told(tmp_path):
    draft = drafted(tmp_path)
    (tmp_path / "1.jpg").write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:6\n")
    with pytest.raises(InputError, match=r"1 problems: 1\.jpg: is a git-lfs pointer, .*lfs pull"):
        audit(draft, tmp_path / "problems.tsv", "pets")
