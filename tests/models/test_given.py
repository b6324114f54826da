import hashlib

import pytest

from modgap.errors import InputError
from modgap.models.given import check_given


def test_a_file_put_in_the_place_of_the_declared_one_is_refused(tmp_path):
    """A row's checksum was compared with downloads alone."""
    path = tmp_path / "images.npy"
    path.write_bytes(b"embeddings")
    check_given(path, "")
    check_given(path, hashlib.sha256(b"embeddings").hexdigest())
    path.write_bytes(b"others")
    with pytest.raises(InputError, match=r"images\.npy: SHA-256 is \w+, models\.tsv says"):
        check_given(path, hashlib.sha256(b"embeddings").hexdigest())


def test_a_folder_has_no_checksum(tmp_path):
    with pytest.raises(InputError, match=r"is a folder, .* leave the cell sha256 empty"):
        check_given(tmp_path, "a" * 64)
