import numpy as np
import pytest
import torch

from modgap.embed.batches import encode_all
from modgap.errors import InputError

CPU = torch.device("cpu")
ITEMS = np.arange(23, dtype=np.float32)[:, None] * [[1.0, 2.0]]


def _run(encode, batch_size, items=ITEMS):
    return encode_all(encode, lambda i, j: items[i:j], len(items), batch_size, CPU, "items")


@pytest.mark.parametrize("batch_size", [1, 4, 23, 100])
def test_every_item_lands_in_its_own_row(batch_size):
    vectors, used = _run(lambda batch: 3 * batch, batch_size)
    np.testing.assert_array_equal(vectors, 3 * ITEMS)
    assert vectors.dtype == np.float32
    assert used == batch_size


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        MemoryError(),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes"),
    ],
)
def test_a_full_memory_halves_the_batch_and_remembers(error, caplog):
    sizes = []

    def encode(batch):
        sizes.append(len(batch))
        if len(batch) > 5:
            raise error
        return batch

    vectors, used = _run(encode, 16)
    np.testing.assert_array_equal(vectors, ITEMS)
    assert used == 4
    assert sizes == [16, 8, 4, 4, 4, 4, 4, 3]
    assert "out of memory on cpu, batch size now 8" in caplog.text


def test_a_full_memory_later_on_keeps_what_is_done():
    seen = []

    def encode(batch):
        if len(batch) == 7:
            raise MemoryError
        seen.append(len(batch))
        return batch

    vectors, used = _run(encode, 8)
    np.testing.assert_array_equal(vectors, ITEMS)
    assert (seen, used) == ([8, 8, 4, 3], 4)


def test_one_item_that_does_not_fit():
    def encode(batch):
        raise MemoryError

    with pytest.raises(InputError, match="a single item does not fit into the memory of cpu"):
        _run(encode, 2)


def test_other_errors_pass_through():
    def encode(batch):
        raise RuntimeError("shape mismatch")

    with pytest.raises(RuntimeError, match="shape mismatch"):
        _run(encode, 2)
