import os
import unicodedata

import pytest
from helpers.tiny_layouts import save_image

from modgap.data.folders import (
    FileNames,
    files_below,
    fingerprint,
    list_images,
    need_folder,
    subfolders,
)
from modgap.errors import InputError

NFC, NFD = "Café.jpg", unicodedata.normalize("NFD", "Café.jpg")


def touch(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def test_images_are_told_from_what_file_managers_leave(tmp_path):
    images = ["10.JPG", "9.jpeg", "a b.Png", "c.webp", "deep/er/d.JPEG", "é.tif"]
    touch(tmp_path, *images, "Thumbs.db", ".DS_Store", "._9.jpeg", "notes.txt", "noend")
    touch(tmp_path, "__MACOSX/._9.jpeg", ".cache/x.jpg", "deep/readme.md")
    touch(
        tmp_path,
        "lost+found/0.jpg",
        "$RECYCLE.BIN/1.jpg",
        "deep/#recycle/2.jpg",
        "deep/@Recycle/3.jpg",
    )
    touch(tmp_path, "deep/@eaDir/d.JPEG/SYNOPHOTO_THUMB_M.jpg")
    listing = list_images(tmp_path)
    assert listing.images == tuple(images)
    assert dict(listing.others) == {
        "Thumbs.db": "not an image",
        ".DS_Store": "hidden",
        "._9.jpeg": "hidden",
        "notes.txt": "not an image",
        "noend": "not an image",
        "__MACOSX": "hidden",
        ".cache": "hidden",
        "deep/@eaDir": "hidden",
        "$RECYCLE.BIN": "hidden",
        "lost+found": "hidden",
        "deep/#recycle": "hidden",
        "deep/@Recycle": "hidden",
        "deep/readme.md": "not an image",
    }
    assert listing.faults == ()


def test_a_picture_of_a_kind_that_is_not_read_is_one(tmp_path):
    """The audit names it; as "not an image" half of a class of photographs could be left out."""
    pictures = ["1.HEIC", "2.svg", "3.dng", "4.jxl", "5.tga", "6.NRW", "7.jpf", "8.MPO"]
    touch(tmp_path, *pictures)
    assert list_images(tmp_path).images == tuple(pictures)


def test_the_order_is_that_of_the_parts_of_a_path(tmp_path):
    # As text "a b/1.jpg" comes before "a/1.jpg"; folder by folder it comes after.
    touch(tmp_path, "a/1.jpg", "a b/1.jpg", "a/2.jpg")
    assert list_images(tmp_path).images == ("a/1.jpg", "a/2.jpg", "a b/1.jpg")


def test_links_are_followed_and_a_circle_is_not(tmp_path):
    touch(tmp_path / "elsewhere", "1.jpg")
    place = tmp_path / "place"
    place.mkdir()
    (place / "linked").symlink_to(tmp_path / "elsewhere")
    (place / "broken.jpg").symlink_to(tmp_path / "nowhere.jpg")
    (place / "circle").symlink_to(place)
    (place / "folder.jpg").mkdir()
    listing = list_images(place)
    # A broken link and a folder named like an image are for the audit to name, not to lose.
    assert listing.images == ("broken.jpg", "folder.jpg", "linked/1.jpg")
    assert listing.others == (("circle", "link to a folder that holds it"),)


def test_files_below_a_folder_are_those_behind_links_too_and_each_once(tmp_path):
    """pathlib's rglob left out what lay behind a link to a folder."""
    touch(tmp_path / "elsewhere", "1.tar", "deep/2.tar")
    (tmp_path / "elsewhere" / "circle").symlink_to(tmp_path / "elsewhere")
    place = tmp_path / "place"
    touch(place, "a/0.tar", ".hidden/3.tar", "x")
    (place / "linked").symlink_to(tmp_path / "elsewhere")
    (place / "latest").symlink_to(place / "a")
    (place / "gone.tar").symlink_to("nowhere")
    found = {path.relative_to(place).as_posix() for path in files_below(place)}
    linked = {"linked/1.tar", "linked/deep/2.tar"}
    assert found == {"a/0.tar", ".hidden/3.tar", "x", "gone.tar"} | linked
    assert list(files_below(tmp_path / "nowhere")) == []


def test_folders_are_left_alone_on_demand(tmp_path):
    touch(tmp_path, "1.jpg", "in/2.jpg")
    assert list_images(tmp_path, nested=False).images == ("1.jpg",)
    assert list_images(tmp_path / "none").images == ()


def test_a_name_that_is_no_utf8_is_named(tmp_path):
    try:
        touch(tmp_path, os.fsdecode(b"caf\xe9.jpg"))
    except OSError:
        pytest.skip("this file system has UTF-8 names alone")
    assert list_images(tmp_path).faults == (("caf\\udce9.jpg", "its name is no UTF-8; rename it"),)


def test_a_folder_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    touch(tmp_path, "shut/1.jpg", "2.jpg")
    scan = os.scandir

    def guarded(path):
        if str(path).endswith("shut"):
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", guarded)
    listing = list_images(tmp_path)
    assert listing.images == ("2.jpg",)
    assert listing.faults == (("shut", "folder cannot be read: Permission denied"),)
    with pytest.raises(InputError, match="shut: folder cannot be read"):
        list(files_below(tmp_path))
    (tmp_path / "shut").rename(tmp_path / ".shut")
    assert list(files_below(tmp_path)) == [tmp_path / "2.jpg"]


@pytest.mark.parametrize(
    ("listed", "own"),
    [
        ("a.jpg", "a.jpg"),
        ("./a.jpg", "a.jpg"),
        ("a.JPG", "a.jpg"),
        (NFC, NFD),
        ("sub\\b c.png", "sub/b c.png"),
        ("test/a.jpg", "a.jpg"),
        ("TEST\\a.jpg", None),
        ("A.jpg", None),
        ("b c.png", None),
        ("", None),
        # As an address has it.
        ("sub/b%20c.png", "sub/b c.png"),
        ("test/sub%2Fb%20c", "sub/b c.png"),
        ("sub/b%2520c.png", None),
        # Without the suffix.
        ("a", "a.jpg"),
        ("test/a", "a.jpg"),
        ("sub", None),
    ],
)
def test_names_as_lists_spell_them(listed, own):
    files = FileNames(["a.jpg", NFD, "sub/b c.png"], "test")
    assert files.lookup(listed) == own


def test_a_name_that_fits_two_files_fits_none_but_the_exact_one():
    files = FileNames([NFC, NFD, "a.jpg", "a.JPG"])
    assert files.lookup(NFD) == NFD
    assert files.lookup("a.JPG") == "a.JPG"
    assert files.lookup("a.Jpg") is None
    assert files.lookup("a") is None
    assert FileNames(["St. Bernard"]).lookup("St") is None
    escaped = FileNames(["a%20b.jpg", "a b.jpg", "c%20d.JPG", "c%20d.jpg", "c d.jpg"])
    assert escaped.lookup("a%20b.jpg") == "a%20b.jpg"
    assert escaped.lookup("c%20d.Jpg") is None


CHANGES = {
    "added": lambda place: save_image(place / "n2" / "new.jpg"),
    "removed": lambda place: (place / "n1" / "1.jpg").unlink(),
    "renamed": lambda place: (place / "n1" / "1.jpg").rename(place / "n1" / "one.jpg"),
    "another size": lambda place: save_image(place / "n1" / "0.jpg", size=(50, 30)),
    "moved to another class": lambda place: (place / "n1" / "1.jpg").rename(place / "n2" / "1.jpg"),
    "older, of the same size": lambda place: os.utime(place / "n1" / "0.jpg", (5, 5)),
    "emptied": lambda place: (place / "n1" / "1.jpg").write_bytes(b""),
    "link broken": lambda place: (
        (place / "n1" / "1.jpg").unlink() or ((place / "n1" / "1.jpg").symlink_to("nowhere"))
    ),
}


@pytest.mark.parametrize("change", list(CHANGES))
def test_a_fingerprint_changes_with_the_images(tmp_path, change):
    for n in (0, 1):
        save_image(tmp_path / "n1" / f"{n}.jpg", seed=n)
        save_image(tmp_path / "n2" / f"{n}9.jpg", seed=n)
    before = fingerprint(tmp_path)
    assert fingerprint(tmp_path) == before
    CHANGES[change](tmp_path)
    assert fingerprint(tmp_path) != before


def test_a_fingerprint_is_that_of_the_images_wherever_they_lie(tmp_path):
    for place in ("one", "other/place"):
        save_image(tmp_path / place / "a.jpg", seed=0)
        os.utime(tmp_path / place / "a.jpg", (1000, 1000))
    one = fingerprint(tmp_path / "one")
    assert one == fingerprint(tmp_path / "other" / "place")
    touch(tmp_path / "one", "Thumbs.db", "._a.jpg")
    assert fingerprint(tmp_path / "one") == one
    touch(tmp_path / "one", "a")  # a list may say that it is an image
    assert fingerprint(tmp_path / "one") != one
    assert len(one) == 16
    assert set(one) <= set("0123456789abcdef")


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("val", "did you mean 'validation'"),
        ("Training", "did you mean 'train'"),
        ("tset", "did you mean 'test'"),
        ("dev", "the folders there are: test, train, validation"),
    ],
)
def test_a_folder_that_is_not_there_is_told_from_its_neighbours(tmp_path, asked, hint):
    for name in ("train", "validation", "test", ".git"):
        (tmp_path / name).mkdir()
    assert subfolders(tmp_path) == ["test", "train", "validation"]
    with pytest.raises(InputError, match=f"{asked}: no such folder; expected images; {hint}"):
        need_folder(tmp_path, asked, "images")
    assert need_folder(tmp_path, "test", "images") == tmp_path / "test"
