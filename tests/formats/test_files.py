import errno
import hashlib
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from safetensors import SafetensorError

from modgap.errors import InputError
from modgap.formats.files import check_room, sha256, whole_file, write_text


def test_a_file_appears_only_when_the_block_succeeds(tmp_path):
    target = tmp_path / "made" / "numbers.csv"
    with whole_file(target) as partial:
        partial.write_text("1")
        assert not target.exists()
        assert partial.suffix == ".csv"
    assert target.read_text() == "1"
    assert list(target.parent.iterdir()) == [target]


def test_a_failure_leaves_the_old_file_and_no_half_one(tmp_path):
    target = tmp_path / "numbers.csv"
    write_text(target, "old")

    def fail():
        with whole_file(target) as partial:
            partial.write_text("half")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        fail()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_full_disk_is_named_and_leaves_what_was_there(tmp_path):
    target = tmp_path / "numbers.csv"
    write_text(target, "old")

    def fill():
        with whole_file(target) as partial:
            partial.write_text("half")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(InputError, match=r"numbers\.csv: no space left on the disk"):
        fill()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_sha256_is_that_of_the_bytes(tmp_path):
    write_text(tmp_path / "a", "ä")
    assert sha256(tmp_path / "a") == hashlib.sha256("ä".encode()).hexdigest()


def _fails(path):
    raise SafetensorError("I/O error: No space left on device (os error 28)")


def _fails_again(path):
    try:
        path.write_bytes(b"x" * 10_000)
    finally:
        raise RuntimeError("cannot be closed")


WRITERS = {
    "failing again while it closes": _fails_again,
    "plain": lambda path: path.write_bytes(b"x" * 10_000),
    "numpy": lambda path: np.save(path, np.zeros(10_000)),
    "parquet": lambda path: pq.write_table(pa.table({"a": np.arange(100_000)}), path),
    "safetensors": _fails,  # it writes beside the file, so its words stand for it
}


@pytest.mark.parametrize("writer", list(WRITERS))
def test_a_full_disk_is_known_by_whatever_a_library_raises(tmp_path, writer):
    """/dev/full is a disk without room; each library says so in its own words."""
    target = tmp_path / "made.npy"

    def fill():
        with whole_file(target) as partial:
            partial.symlink_to("/dev/full")
            WRITERS[writer](partial)

    with pytest.raises(InputError, match=r"made\.npy: no space left on the disk \("):
        fill()
    assert not list(tmp_path.iterdir())


def test_room_is_looked_for_before_the_work(tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)._replace(free=2**20)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    target = tmp_path / "new" / "file"
    check_room(target, 2**20)
    assert target.parent.is_dir()
    refusal = r"file: no space left on the disk \(2\.0 MiB are needed, 1\.0 MiB are free\)"
    with pytest.raises(InputError, match=refusal):
        check_room(target, 2 * 2**20)
    with pytest.raises(InputError, match=refusal), whole_file(target, size=2 * 2**20):
        pytest.fail("the work began")
