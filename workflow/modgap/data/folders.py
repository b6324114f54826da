"""What a folder of images holds, and how the names in a list are found in it.

Snakemake asks for fingerprints of folders at every start, so nothing here needs more than the
standard library.
"""

import hashlib
import os
import posixpath
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from modgap.errors import InputError, nearest

# The last two lines are of kinds that cannot be decoded: a picture that is lost must be named.
IMAGE_SUFFIXES = frozenset(
    (
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"),
        *(".ppm", ".pgm", ".pbm", ".pnm", ".jp2", ".j2k", ".jpx", ".avif", ".apng", ".dib", ".tga"),
        *(".jpf", ".jpc", ".j2c", ".mpo", ".jif"),
        *(".heic", ".heif", ".jxl", ".svg", ".psd", ".exr", ".hdr"),
        *(".dng", ".cr2", ".cr3", ".nef", ".nrw", ".arw", ".orf", ".rw2", ".raf", ".pef", ".srw"),
    )
)
# Folders of files that are named like images, which systems make beside these: of attributes where
# macOS unpacks them, of previews on a network drive of Synology, of what was deleted on drives of
# Windows, Synology and QNAP, of what was saved from damaged ones. Capitals do not count.
_LEFT_BY_SYSTEMS = ("__macosx", "@eadir", "$recycle.bin", "#recycle", "@recycle", "lost+found")
_HIDDEN = "hidden"


@dataclass(frozen=True)
class Listing:
    """The files below a folder as paths relative to it, with "/" between, in order of their parts.

    `images`: whatever is named like one, be it damaged, a broken link or a folder; `others`: files
    and hidden folders that are no part of a data set, each with what it is; `faults`: folders and
    names that cannot be read, each with the reason.
    """

    images: tuple[str, ...]
    others: tuple[tuple[str, str], ...] = ()
    faults: tuple[tuple[str, str], ...] = ()


def list_images(place: str | os.PathLike, *, nested: bool = True) -> Listing:
    """List the images in a folder and, if `nested`, in the folders within it; links are followed.

    A name with a dot in front is hidden: what a file manager leaves behind ("._dog.jpg",
    ".DS_Store"), and no image. A folder that is not there is empty.
    """
    images: list[str] = []
    others: list[tuple[str, str]] = []
    faults: list[tuple[str, str]] = []

    def read(folder: Path, inside: str, above: tuple[str, ...]) -> None:
        try:
            entries = list(os.scandir(folder))
        except OSError as error:
            faults.append((inside or folder.name, f"folder cannot be read: {error.strerror}"))
            return
        for entry in entries:
            name = f"{inside}/{entry.name}" if inside else entry.name
            if not (name.isascii() or _is_utf8(name)):
                faults.append((printable(name), "its name is no UTF-8; rename it"))
            elif is_hidden(entry.name):
                others.append((name, _HIDDEN))
            elif is_image_name(entry.name):
                images.append(name)
            elif not entry.is_dir():
                others.append((name, "not an image"))
            elif nested:
                real = os.path.realpath(entry.path)
                if real in above:
                    others.append((name, "link to a folder that holds it"))
                else:
                    read(Path(entry.path), name, (*above, real))

    if Path(place).is_dir():
        read(Path(place), "", (os.path.realpath(place),))
    order = _in_parts
    return Listing(
        tuple(sorted(images, key=order)),
        tuple(sorted(others, key=lambda pair: order(pair[0]))),
        tuple(sorted(faults, key=lambda pair: order(pair[0]))),
    )


def files_below(place: str | os.PathLike) -> Iterator[Path]:
    """Every file in a folder and in those within it, hidden ones too, in no order.

    Links are followed, but for those to a folder that is read anyway. A folder that is not there is
    empty; `InputError` for one that cannot be read and is not hidden.
    """
    root = os.path.realpath(place)

    def read(folder: Path, above: tuple[str, ...]) -> Iterator[Path]:
        try:
            entries = list(os.scandir(folder))
        except OSError as error:
            if is_hidden(folder.name):
                return
            raise InputError(f"{folder}: folder cannot be read ({error.strerror})") from error
        for entry in entries:
            if not entry.is_dir():
                yield Path(entry.path)
                continue
            real = os.path.realpath(entry.path)
            if not (entry.is_symlink() and (real in above or _is_below(real, root))):
                yield from read(Path(entry.path), (*above, real))

    return read(Path(place), (root,)) if Path(place).is_dir() else iter(())


def _is_below(path: str, folder: str) -> bool:
    return f"{path}/".startswith(f"{folder}/")


def fingerprint(place: str | os.PathLike, beside: tuple[str, ...] = ()) -> str:
    """Return 16 hexadecimal digits that change when an image below a folder does.

    They stand for the name, size and time of change of every image, so one that is added, removed,
    renamed, replaced or edited changes them; so do files without a suffix, which a list may name,
    and those whose names end as in `beside`. Others, and where the folder lies, do not count.
    50,000 images take a fraction of a second on a local disk. A folder that is not there has the
    fingerprint of an empty one.
    """
    digest = hashlib.sha256()
    listing = list_images(place)
    others = (name for name, what in listing.others if what != _HIDDEN)
    counted = (x for x in others if x.endswith(beside) or not posixpath.splitext(x)[1])
    for name in (*listing.images, *counted):
        try:
            status = os.stat(f"{place}/{name}")  # noqa: PTH116 (50,000 of them)
            state = f"{status.st_size} {status.st_mtime_ns}"
        except OSError as error:
            state = f"error {error.errno}"
        digest.update(f"{name}\0{state}\n".encode())
    return digest.hexdigest()[:16]


class FileNames:
    """Finds the files of a folder under the names that a list gives them.

    A list may have been written on another system than the one the folder was unpacked on: "\\"
    for "/", letters and their accents in one character or in two (NFC, NFD), the suffix in
    capitals, or not at all, the folder's own name in front; or as an address, with "%20" for a
    blank. A name that fits two files fits none.

    >>> FileNames(["Café/1.JPG"]).lookup("Cafe\u0301\\\\1.jpg")
    'Café/1.JPG'
    """

    def __init__(self, names: Iterable[str], folder: str = ""):
        self._names = set(names)
        self._folder = folder
        self._spelt: dict[str, list[str]] = {}
        for name in self._names:
            spelling = _spelling(name)
            bare = posixpath.splitext(spelling)[0] if is_image_name(name) else spelling
            for spelt in {spelling, bare}:
                self._spelt.setdefault(spelt, []).append(name)

    def lookup(self, name: str) -> str | None:
        """The file's own name, or None if no file, or more than one, is meant."""
        if name in self._names:
            return name
        candidates = self._alike(name) or self._alike(unquote(name))
        return candidates[0] if len(candidates) == 1 else None

    def _alike(self, name: str) -> list[str]:
        spelling = _spelling(name)
        candidates = self._spelt.get(spelling, [])
        if not candidates and self._folder:
            inside = spelling.removeprefix(f"{_spelling(self._folder)}/")
            candidates = self._spelt.get(inside, [])
        return candidates


def path_before(names: Iterable[str], folder: str) -> str:
    """What a list puts before the names of all its images, if it ends in the name of their folder.

    Lists for training name images as seen from elsewhere; "" if not all of them do, or if nothing
    but the folder stands before.

    >>> path_before(["D:\\\\pets\\\\images\\\\a.jpg", "D:/pets/images/old/b.jpg"], "images")
    'D:/pets/images'
    """
    parents = [posixpath.dirname(_spelling(name)).split("/") for name in names]
    above, own, _ = f"{'/'.join(posixpath.commonprefix(parents))}/".rpartition(f"/{folder}/")
    return above + own.rstrip("/") if folder else ""


def need_folder(parent: str | os.PathLike, name: str, what: str) -> Path:
    """Return the folder `name` in `parent`; `InputError` with the nearest of those there are."""
    place = Path(parent) / name
    if place.is_dir():
        return place
    there = subfolders(parent)
    near = [other for other in there if _begins_alike(other, name)]
    hint = f"did you mean {near[0]!r}?" if near else nearest(name, there, "the folders there are")
    raise InputError(f"{place}: no such folder; expected {what}; {hint}")


def subfolders(parent: str | os.PathLike) -> list[str]:
    """Names of the folders in a folder but for hidden ones, in order."""
    try:
        entries = list(os.scandir(parent))
    except OSError as error:
        raise InputError(f"{parent}: folder cannot be read ({error.strerror})") from error
    return sorted(entry.name for entry in entries if entry.is_dir() and not is_hidden(entry.name))


def inside(place: str, name: str) -> str:
    """The path of a file of the folder `place`, itself if that is "".

    >>> inside("test", "a.jpg"), inside("", "a.jpg")
    ('test/a.jpg', 'a.jpg')
    """
    return f"{place}/{name}" if place else name


def is_image_name(name: str) -> bool:
    """Whether a file is named like an image.

    >>> is_image_name("n1/DOG.JPEG"), is_image_name("Thumbs.db")
    (True, False)
    """
    return posixpath.splitext(name)[1].lower() in IMAGE_SUFFIXES


def is_hidden(name: str) -> bool:
    """Whether a file manager hides a file or folder of this name, or a system left it."""
    return name.startswith(".") or name.lower() in _LEFT_BY_SYSTEMS


def printable(name: str) -> str:
    """A name with what is no text in it written as escapes."""
    return name.encode("utf-8", "backslashreplace").decode()


def _is_utf8(name: str) -> bool:
    return printable(name) == name


def _in_parts(name: str) -> list[str]:
    return name.split("/")


def _spelling(name: str) -> str:
    path = posixpath.normpath(unicodedata.normalize("NFC", name.strip()).replace("\\", "/"))
    stem, suffix = posixpath.splitext(path)
    return stem + suffix.lower()


def _begins_alike(one: str, other: str) -> bool:
    one, other = one.casefold(), other.casefold()
    return one.startswith(other) or other.startswith(one)
