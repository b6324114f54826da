import errno
import hashlib

import pytest

from modgap.errors import InputError
from modgap.formats.files import sha256, whole_file, write_text


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
