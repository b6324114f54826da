import gzip

import numpy as np
import pytest

from modgap.errors import InputError
from modgap.mad.idx import read_idx

IMAGES = b"\0\0\x08\x03" + b"\0\0\0\x02" + b"\0\0\0\x03" + b"\0\0\0\x05" + bytes(range(30))


def test_values_stand_in_the_order_of_the_file():
    array = read_idx(IMAGES, "images")
    assert array.shape == (2, 3, 5)
    assert array.dtype == np.uint8
    assert array[0, 0].tolist() == [0, 1, 2, 3, 4]
    assert array[1, 2, 4] == 29


def test_gzipped_is_the_same():
    np.testing.assert_array_equal(
        read_idx(gzip.compress(IMAGES, mtime=0), "x"), read_idx(IMAGES, "x")
    )


def test_sizes_are_big_endian():
    array = read_idx(b"\0\0\x08\x01" + b"\0\0\x01\x02" + bytes(258), "labels")
    assert array.shape == (258,)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (IMAGES[:-1], "truncated: 45 bytes.*asks for 46"),
        (IMAGES + b"\0", "too long: 47 bytes"),
        (IMAGES[:9], "truncated within its header"),
        (b"", "no idx file"),
        (b"\0\0\x0d\x01" + bytes(8), "starts with 00 00 0d 01"),
        (b"<html>not found</html>", "no idx file"),
        (gzip.compress(IMAGES, mtime=0)[:-12], "damaged or truncated gzip"),
        (gzip.compress(IMAGES, mtime=0)[:5] + b"\xff" * 20, "damaged or truncated gzip"),
        # Sizes whose product overflows 64 bits must not pass for a small file.
        (b"\0\0\x08\x04" + b"\xff" * 16, "truncated: 20 bytes"),
    ],
)
def test_faults_name_the_file(data, message):
    with pytest.raises(InputError, match=f"^train-images: .*{message}|^train-images: {message}"):
        read_idx(data, "train-images")
