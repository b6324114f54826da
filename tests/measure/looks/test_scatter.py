import numpy as np
import pytest
from helpers import naive_metrics
from helpers.tiny_embeddings import metadata, tiny_pair

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings
from modgap.measure.looks import largest_differences, largest_means


def clouds(pair):
    images, texts = pair
    captions = texts.vectors[(texts.table["kind"] == "caption").to_numpy()]
    return naive_metrics.unit(images.vectors), naive_metrics.unit(captions)


def with_vectors(pair, images, captions):
    """The pair with other vectors; `captions` in the order of the images."""
    first, second = pair
    vectors = second.vectors[:, : captions.shape[1]].copy()
    vectors[(second.table["kind"] == "caption").to_numpy()] = captions
    return (
        Embeddings(first.table, images.astype(np.float32), metadata()),
        Embeddings(second.table, vectors, metadata()),
    )


@pytest.mark.parametrize("module", [largest_means, largest_differences])
def test_the_scatter_shows_every_item_in_two_dimensions(module):
    pair = tiny_pair()
    x, y = clouds(pair)
    frame = module.look(*pair, seed=0)
    assert list(frame.columns[:3]) == ["model", "dataset", "modality"]
    first, second = frame[["dimension_x", "dimension_y"]].iloc[0]
    assert first != second
    images, texts = frame[frame["modality"] == "image"], frame[frame["modality"] == "text"]
    np.testing.assert_allclose(images[["x", "y"]], x[:, [first, second]], atol=1e-6)
    np.testing.assert_allclose(texts[["x", "y"]], y[:, [first, second]], atol=1e-6)


def test_each_look_takes_its_own_dimensions():
    # Unit: (.05, 0, .05, 0, 1, 0) and (−.40, 0, .67, 0, .62, 0); differences .45, −.62 and .37.
    images = np.tile([0.1, 0, 0.1, 0, 2.0, 0], (40, 1))
    captions = np.tile([-0.9, 0, 1.5, 0, 1.4, 0], (40, 1))
    pair = with_vectors(tiny_pair(), images, captions)
    means = largest_means.look(*pair, seed=0).iloc[0]
    assert means[["dimension_x", "dimension_y"]].tolist() == [4, 2]
    differences = largest_differences.look(*pair, seed=0).iloc[0]
    assert differences[["dimension_x", "dimension_y"]].tolist() == [2, 0]


def test_the_next_dimension_of_texts_is_taken_where_both_have_the_same_largest_mean():
    images, captions = (
        np.tile(row, (40, 1)) for row in ([3.0, 0, 1, 0, 0, 0], [3.0, 0, 0, 2, 0, 1])
    )
    row = largest_means.look(*with_vectors(tiny_pair(), images, captions), seed=0).iloc[0]
    assert row[["dimension_x", "dimension_y"]].tolist() == [0, 3]


@pytest.mark.parametrize("module", [largest_means, largest_differences])
def test_one_dimension_is_refused(module):
    one, other = np.ones((40, 1)), -np.ones((40, 1))
    with pytest.raises(InputError, match="one dimension; a scatter plot needs two"):
        module.look(*with_vectors(tiny_pair(), one, other), seed=0)
