import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from modgap.downloads.archives import open_archive, unpack
from modgap.errors import InputError


def zipped(path: Path, members: dict[str, bytes], mode: int = 0) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            member = zipfile.ZipInfo(name)
            member.external_attr = mode << 16
            archive.writestr(member, content)
    return path


def tarred(path: Path, *members: tuple[str, bytes | None, dict]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content, settings in members:
            member = tarfile.TarInfo(name)
            member.size = len(content or b"")
            for key, value in settings.items():
                setattr(member, key, value)
            archive.addfile(member, None if content is None else io.BytesIO(content))
    return path


def outside(tmp_path: Path) -> set[str]:
    return {path.name for path in tmp_path.iterdir()} - {"a", "there"}


@pytest.mark.parametrize("evil", ["../evil", "/evil", "x/../../evil", "..\\evil"])
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_member_that_points_outside_leaves_nothing_at_all(tmp_path, kind, evil):
    members = {"x/good": b"good", evil: b"evil"}
    path = tmp_path / "a"
    if kind == "zip":
        zipped(path, members)
    else:
        tarred(path, *((name, content, {}) for name, content in members.items()))
    with pytest.raises(InputError, match=r"points outside; nothing of it is\s+unpacked"):
        unpack({path: tmp_path / "there"}, ["x/*"], "data")
    assert not list((tmp_path / "there").rglob("*"))
    assert outside(tmp_path) == set()


LINKS = {
    "symbolic link": {"type": tarfile.SYMTYPE, "linkname": "/etc/hostname"},
    "link inside": {"type": tarfile.SYMTYPE, "linkname": "good"},
    "hard link": {"type": tarfile.LNKTYPE, "linkname": "../../etc/hostname"},
    "device": {"type": tarfile.CHRTYPE, "devmajor": 1, "devminor": 5},
    "block device": {"type": tarfile.BLKTYPE, "devmajor": 8, "devminor": 0},
    "pipe": {"type": tarfile.FIFOTYPE},
}


@pytest.mark.parametrize("kind", list(LINKS))
def test_links_devices_and_pipes_of_a_tar_are_no_files(tmp_path, kind):
    path = tarred(tmp_path / "a", ("x/good", b"good", {}), ("x/odd", None, LINKS[kind]))
    with pytest.raises(InputError, match="'x/odd' is no plain file"):
        unpack({path: tmp_path / "there"}, ["x/*"], "data")
    assert not list((tmp_path / "there").rglob("odd"))
    # Where nobody asks for it, it does no harm and is not made.
    unpack({path: tmp_path / "there"}, ["x/good"], "data")
    assert {p.name for p in (tmp_path / "there").rglob("*")} == {"x", "good"}


@pytest.mark.parametrize("mode", [0o120777, 0o020666, 0o010666])
def test_links_devices_and_pipes_of_a_zip_are_no_files(tmp_path, mode):
    path = zipped(tmp_path / "a", {"x/odd": b"/etc/hostname"}, mode)
    with pytest.raises(InputError, match="'x/odd' is no plain file"):
        unpack({path: tmp_path / "there"}, ["x/*"], "data")


def test_a_link_is_no_way_outside_for_the_members_after_it(tmp_path):
    (tmp_path / "target").mkdir()
    link = {"type": tarfile.SYMTYPE, "linkname": str(tmp_path / "target")}
    path = tarred(tmp_path / "a", ("x", None, link), ("x/evil", b"evil", {}))
    unpack({path: tmp_path / "there"}, ["x/evil"], "data")
    assert not list((tmp_path / "target").iterdir())
    assert (tmp_path / "there" / "x" / "evil").read_bytes() == b"evil"


def test_files_come_without_the_rights_that_their_maker_gave_them(tmp_path):
    path = tarred(tmp_path / "a", ("x/good", b"good", {"mode": 0o6777, "uid": 0}))
    unpack({path: tmp_path / "there"}, ["x/*"], "data")
    assert (tmp_path / "there/x/good").stat().st_mode & 0o7022 == 0


def bomb(path: Path, kind: str) -> Path:
    """A small archive that says it holds 10 TB."""
    if kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("x/bomb", b"0" * 1000)
            archive.infolist()[0].file_size = 10**13
        return path
    member = tarfile.TarInfo("x/bomb")
    member.size = 10**13
    header = member.tobuf(tarfile.GNU_FORMAT)
    path.write_bytes(gzip.compress(header + bytes(10_240)))
    return path


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path, kind):
    path = bomb(tmp_path / "a", kind)
    with pytest.raises(InputError, match=r"data: a of .* bytes unpacks to more than 1,073,741,824"):
        unpack({path: tmp_path / "there"}, ["x/*"], "data")
    with pytest.raises(InputError, match="unpacks to more than"), open_archive(path, "data"):
        pass
    assert not list((tmp_path / "there").rglob("*"))


def test_many_small_members_are_a_bomb_too(tmp_path, monkeypatch):
    monkeypatch.setattr("modgap.formats.packed._HARMLESS", 10_000)
    path = tmp_path / "a"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"x/{number}", bytes(1_000_000))
    with pytest.raises(InputError, match="unpacks to more than"):
        unpack({path: tmp_path / "there"}, ["x/*"], "data")


def test_what_squeezes_well_is_no_bomb(tmp_path, monkeypatch):
    monkeypatch.setattr("modgap.formats.packed._HARMLESS", 10_000)
    path = tmp_path / "a"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x/notes.json", b"".join(b'{"id": %d}, ' % n for n in range(20_000)))
    unpack({path: tmp_path / "there"}, ["x/*"], "data")
    assert (tmp_path / "there/x/notes.json").stat().st_size > 200_000


def test_a_zip_with_a_password_is_named(tmp_path):
    path = zipped(tmp_path / "a", {"x/secret": b"secret"})
    data = bytearray(path.read_bytes())
    for signature, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(signature) + place] |= 1
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"data: .*cannot be unpacked \(.*password"):
        unpack({path: tmp_path / "there"}, ["x/*"], "data")
