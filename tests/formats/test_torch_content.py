"""Embeddings as people keep them in dictionaries, records and pairs of torch.save."""

import numpy as np
import pytest
from helpers.vector_files import IDS, ROWS, N

from modgap.formats.vectors import read_vectors
from modgap.measure.files import measure_files

torch = pytest.importorskip("torch")
TENSOR = torch.tensor(ROWS)
KINDS = {
    "by name": lambda: dict(zip(IDS, TENSOR, strict=True)),
    "by name (1, d)": lambda: dict(zip(IDS, TENSOR[:, None], strict=True)),
    "records": lambda: [{"id": n, "embedding": x} for n, x in zip(IDS, TENSOR, strict=True)],
    "records (1, d)": lambda: [
        {"id": n, "embedding": x[None]} for n, x in zip(IDS, TENSOR, strict=True)
    ],
    "records by name": lambda: {
        n: {"image": x, "text": x, "caption": n} for n, x in zip(IDS, TENSOR, strict=True)
    },
    "names and rows": lambda: (IDS, TENSOR),
}


@pytest.mark.parametrize("kind", KINDS)
def test_items_keep_their_names(tmp_path, kind):
    torch.save(KINDS[kind](), tmp_path / "a.pt")
    cloud = read_vectors(tmp_path / "a.pt", "texts")
    np.testing.assert_array_equal(cloud.vectors, ROWS)
    assert cloud.table["id"].tolist() == IDS


def test_both_modalities_within_one_dictionary_are_joined_by_their_ids(tmp_path):
    order = torch.randperm(N, generator=torch.Generator().manual_seed(1))
    sides = {"image": (IDS, TENSOR), "text": ([IDS[row] for row in order], TENSOR[order])}
    content = {side: {"ids": ids, "features": rows} for side, (ids, rows) in sides.items()}
    torch.save(content, tmp_path / "a.pt")
    table = measure_files(tmp_path / "a.pt", tmp_path / "a.pt", resamples=2)
    assert table.set_index("metric").loc["l2m", "value"] == pytest.approx(0, abs=1e-6)
    assert (table.loc[table["metric"] == "recall@1", "value"] == 1).all()


def test_columns_of_whole_numbers_are_no_items(tmp_path):
    """A table of labels as tensors has vectors of one length, too."""
    from modgap.measure.label_files import read_label_columns

    labels = torch.arange(N) % 2
    torch.save({"labels": labels, "hue": labels, "ids": torch.arange(N)}, tmp_path / "a.pt")
    frame = read_label_columns(tmp_path / "a.pt", N)
    assert frame["object"].tolist() == labels.tolist()


BESIDE = {
    "settings": {"embed_dim": 5, "text_emb_dim": 5, "feature_layer": 3},
    "weights": {"token_embedding.weight": torch.ones(4, 5), "text_features.bias": torch.ones(5)},
    "numbers of captions": {name: row for row, name in enumerate(IDS)},
}


@pytest.mark.parametrize("kind", BESIDE)
@pytest.mark.parametrize("names", [("embeddings",), ("images", "texts")])
def test_what_is_within_a_name_beside_tensors_is_not_meant(tmp_path, kind, names):
    content = {name: TENSOR if name != "images" else -TENSOR for name in names}
    torch.save({**content, "config": BESIDE[kind]}, tmp_path / "a.pt")
    np.testing.assert_array_equal(read_vectors(tmp_path / "a.pt", "texts").vectors, ROWS)


def test_codes_by_name_of_the_item_are_read(tmp_path):
    codes = (TENSOR * 40).to(torch.int8)
    torch.save(dict(zip(IDS, codes, strict=True)), tmp_path / "a.pt")
    cloud = read_vectors(tmp_path / "a.pt", "texts")
    np.testing.assert_array_equal(cloud.vectors, codes.numpy())
    assert cloud.table["id"].tolist() == IDS


@pytest.mark.parametrize("size", [5, 6])
@pytest.mark.parametrize("kind", ["words", "numbers"])
def test_records_of_batches_keep_the_ids_of_all(tmp_path, size, kind):
    """As a loop over a loader collects what it was given; two of one size are no two clouds."""
    ids = IDS if kind == "words" else torch.arange(N) * 7
    starts = range(0, N, size)
    batches = [
        {"id": ids[start : start + size], "emb": TENSOR[start : start + size]} for start in starts
    ]
    torch.save(batches, tmp_path / "a.pt")
    cloud = read_vectors(tmp_path / "a.pt", "texts")
    np.testing.assert_array_equal(cloud.vectors, ROWS)
    assert cloud.table["id"].tolist() == (
        IDS if kind == "words" else [str(7 * n) for n in range(N)]
    )
