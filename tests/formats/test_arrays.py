import numpy as np
import pytest

from modgap.errors import InputError
from modgap.formats.arrays import read_array, write_array


def test_what_is_written_is_read_back(tmp_path):
    array = np.arange(6, dtype=np.uint8).reshape(2, 3)
    write_array(tmp_path / "a.npy", array)
    np.testing.assert_array_equal(read_array(tmp_path / "a.npy"), array)


def test_a_missing_short_or_foreign_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"absent.npy: not a readable .npy array"):
        read_array(tmp_path / "absent.npy")
    write_array(tmp_path / "short.npy", np.zeros(100))
    (tmp_path / "short.npy").write_bytes((tmp_path / "short.npy").read_bytes()[:-8])
    with pytest.raises(InputError, match=r"short\.npy"):
        read_array(tmp_path / "short.npy")
    (tmp_path / "pickled.npy").write_bytes(b"not an array")
    with pytest.raises(InputError, match=r"pickled.npy"):
        read_array(tmp_path / "pickled.npy")
