"""Arrays of NumPy that torch.save kept, and what else a file may have in their place."""

from collections import defaultdict

import numpy as np
import pytest
from helpers.vector_files import IDS, ROWS, N

from modgap.errors import InputError
from modgap.formats.vectors import read_vectors

torch = pytest.importorskip("torch")
TENSOR = torch.from_numpy(ROWS)


ARRAYS = {
    "one": lambda: ROWS.astype(">f8"),
    "by name": lambda: dict(zip(IDS, ROWS, strict=True)),
    "with ids": lambda: {"text_features": ROWS, "ids": np.array(IDS)},
    "records": lambda: [{"id": n, "embedding": x} for n, x in zip(IDS, ROWS, strict=True)],
}


@pytest.mark.parametrize("kind", ARRAYS)
def test_arrays_of_numpy_are_read_as_tensors_are(tmp_path, kind):
    """As features are kept that somebody called .numpy() on; they were refused."""
    torch.save(ARRAYS[kind](), tmp_path / "a.pt")
    cloud = read_vectors(tmp_path / "a.pt", "texts")
    np.testing.assert_array_equal(cloud.vectors, ROWS)
    if kind != "one":
        assert cloud.table["id"].tolist() == IDS


BESIDE = {
    "words": (np.array(IDS), IDS),
    "numbers": (np.arange(N, dtype=">u2") + 7, [str(n + 7) for n in range(N)]),
    "by columns": (np.asfortranarray(np.arange(2.0 * N).reshape(N, 2))[:, :1], None),
    "days": (np.array(["2020-01-01"] * N, dtype="M8[D]"), None),
    "one number": (np.float32(0.5), None),
}


@pytest.mark.parametrize("kind", BESIDE)
def test_arrays_beside_a_tensor_are_columns_or_not_read(tmp_path, kind):
    values, expected = BESIDE[kind]
    torch.save({"embeddings": TENSOR, "name": values}, tmp_path / "a.pt")
    cloud = read_vectors(tmp_path / "a.pt", "texts")
    np.testing.assert_array_equal(cloud.vectors, ROWS)
    if expected is not None:
        assert list(map(str, cloud.table["name"])) == expected


class Crafted:
    """What is pickled as a call, with a state or without."""

    def __init__(self, *call):
        self.call = call

    def __reduce__(self):
        return self.call


REBUILD = np.empty(0).__reduce__()[0]
OBJECT = Crafted(np.dtype, ("O",))
OBJECTS = {
    "memory of the file's own": Crafted(np.ndarray, ((N,), OBJECT, b"A" * 8 * N)),
    "a field": (3, "|", None, ("a",), {"a": (OBJECT, 0)}, 8, 1, 0),
    "a part": (3, "<", (OBJECT, (1,)), None, None, 8, 8, 0),
}


@pytest.mark.parametrize("kind", OBJECTS)
def test_objects_at_addresses_that_a_file_gives_are_never_made(tmp_path, kind):
    """NumPy itself makes them where it is told to, and Python ends or runs what lies there."""
    value = OBJECTS[kind]
    if isinstance(value, tuple):
        kept = Crafted(np.dtype, ("V8" if value[3] else "f8", False, True), value)
        state = (1, (N,), kept, False, b"A" * 8 * N)
        value = Crafted(REBUILD, (np.ndarray, (0,), b"b"), state)
    torch.save({"embeddings": TENSOR, "x": value}, tmp_path / "a.pt")
    with pytest.raises(InputError, match=r"a\.pt: no plain array .*expected numbers or words"):
        read_vectors(tmp_path / "a.pt", "texts")


def test_what_is_not_unpickled_is_named(tmp_path):
    torch.save(defaultdict(list, {"texts": [TENSOR]}), tmp_path / "a.pt")
    with pytest.raises(InputError, match=r"a\.pt: .*'collections\.defaultdict'.*ever unpickled"):
        read_vectors(tmp_path / "a.pt", "texts")
    torch.save(np.array(["a", None], dtype=object), tmp_path / "a.pt")
    with pytest.raises(InputError, match=r"a\.pt: no plain array of numbers"):
        read_vectors(tmp_path / "a.pt", "texts")
