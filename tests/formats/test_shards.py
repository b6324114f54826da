import bz2
import gzip
import lzma
import tarfile

import open_clip_train.data
import pytest
from helpers.tiny_shards import jpeg, pairs, write_shard

from modgap.formats.shards import read_samples
from modgap.train.distributed.shards import read_shards

TWO_PAIRS = {"0.jpg": jpeg(0), "0.txt": b"first", "0.JPG": jpeg(1), "0.TXT": b"second"}
TWO_PICTURES = {"1.JPG": jpeg(2), "1.jpg": jpeg(3), "1.txt": b"third"}


def found(path):
    """Each sample as its key and what is in its files, and the faults."""
    faults = []

    def read(archive, key, files):
        return key, {suffix: archive.extractfile(entry).read() for suffix, entry in files.items()}

    return list(read_samples(path, read, faults)), faults


@pytest.mark.parametrize("files", [pairs(0, 3), TWO_PAIRS, TWO_PICTURES])
def test_samples_are_those_that_open_clip_trains_on(tmp_path, files):
    path = write_shard(tmp_path / "0.tar", files)
    theirs = open_clip_train.data.tarfile_to_samples_nothrow([{"url": str(path)}])
    expected = [
        (sample["__key__"], {name: data for name, data in sample.items() if name[0] != "_"})
        for sample in theirs
    ]
    assert found(path) == (expected, [])


def test_no_file_of_a_key_that_repeats_is_lost(tmp_path):
    write_shard(tmp_path / "0.tar", TWO_PAIRS | TWO_PICTURES)
    samples, _ = found(tmp_path / "0.tar")
    assert [files.get("txt") for _, files in samples] == [b"first", b"second", None, b"third"]
    shards = read_shards(tmp_path)
    assert shards.pairs == 3
    assert [(each.item, each.problem) for each in shards.problems] == [
        ("0.tar/1", "image without caption")
    ]


def test_tars_that_were_joined_are_named(tmp_path):
    parts = [write_shard(tmp_path / f"{n}.tar", pairs(10 * n, 3)).read_bytes() for n in (0, 1)]
    (tmp_path / "1.tar").write_bytes(b"".join(parts))
    samples, faults = found(tmp_path / "1.tar")
    assert [key for key, _ in samples] == ["00000000", "00000001", "00000002"]
    assert len(faults) == 1
    assert "more behind its end mark, as where tars were joined by cat" in faults[0]
    assert [each.item for each in read_shards(tmp_path).problems] == ["1.tar"]
    # Tapes are filled up, however far.
    (tmp_path / "0.tar").write_bytes(parts[0] + bytes(3 * 2**20))
    assert found(tmp_path / "0.tar")[1] == []


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_links_in_the_place_of_files_are_named(tmp_path, kind):
    path = write_shard(tmp_path / "0.tar", pairs(0, 2))
    with tarfile.open(path, "a") as archive:
        for suffix in ("jpg", "txt"):
            link = tarfile.TarInfo(f"00000002.{suffix}")
            link.type, link.linkname = kind, f"00000001.{suffix}"
            archive.addfile(link)
    samples, (fault,) = found(path)
    assert [key for key, _ in samples] == ["00000000", "00000001"]
    assert fault.startswith("2 links in the place of files, such as 00000002.jpg")
    assert [each.item for each in read_shards(tmp_path).problems] == ["0.tar"]


@pytest.mark.parametrize(("name", "pack"), [("gzip", gzip), ("bzip2", bz2), ("xz", lzma)])
def test_a_packed_shard_that_is_called_tar_is_named(tmp_path, name, pack):
    path = write_shard(tmp_path / "0.tar", pairs(0, 1))
    path.write_bytes(pack.compress(path.read_bytes()))
    expected = f"shard cannot be read to its end: packed by {name}; unpack it to a .tar"
    assert found(path) == ([], [expected])
