import numpy as np
import pytest
from helpers.tiny_embeddings import COLOURS, DIGITS, metadata, tiny_pair

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings
from modgap.measure.looks import ideal_words


def prompts_of(vectors):
    """Text embeddings of nothing but the six pair prompts, given as (colours, digits, d)."""
    _, texts = tiny_pair(captions=False)
    rows = texts.table[texts.table["kind"] != "caption"]
    pairs = (rows["kind"] == "pair").to_numpy()
    every = texts.vectors.copy()
    every[pairs] = vectors.reshape(6, -1)
    return Embeddings(rows, every, metadata())


def test_ideal_words_of_prompts_that_are_sums_are_the_prompts():
    # Unit prompts that are exactly u0 + colour + digit: angles on two circles.
    colour = np.array([[1.0, 0.0], [0.0, 1.0]])
    digit = np.array([[1.0, 0.0], [-0.5, 0.75**0.5], [-0.5, -(0.75**0.5)]])
    grid = np.zeros((2, 3, 6))
    grid[..., :2], grid[..., 2:4], grid[..., 4] = colour[:, None], digit[None], 0.7
    images, _ = tiny_pair()
    table = ideal_words.look(images, prompts_of(grid), seed=0).set_index("variant")
    assert list(table.index) == list(ideal_words.VARIANTS)
    for column in ("attribute_accuracy", "object_accuracy", "mean_cosine"):
        real, ideal = table.loc[["real_words", "ideal_words"], column]
        assert ideal == pytest.approx(real, abs=1e-6)


def test_images_that_are_their_prompts_moved_are_told_right_and_the_gap_vector_moves_them_back():
    images, texts = tiny_pair(noise=0.05, offset=0.0)
    moved = texts.vectors + 3 * np.eye(6, dtype=np.float32)[0]
    table = ideal_words.look(images, Embeddings(texts.table, moved, metadata()), seed=0)
    table = table.set_index("variant")
    assert table.loc["plus_gap", "mean_cosine"] > table.loc["ideal_words", "mean_cosine"] + 0.1
    still = ideal_words.look(images, texts, seed=0).set_index("variant").loc["real_words"]
    assert still["attribute_accuracy"] == still["object_accuracy"] == 1
    assert still["mean_cosine"] > 0.95


def test_a_missing_combination_is_refused():
    images, texts = tiny_pair()
    short = texts.select((texts.table["id"] != f"{COLOURS[0]}-{DIGITS[0]}").to_numpy())
    with pytest.raises(InputError, match="5 pair prompts of colour, expected one for each of 2"):
        ideal_words.look(images, short, seed=0)
    with pytest.raises(InputError, match="no pair prompts"):
        ideal_words.look(*tiny_pair(prompts=False), seed=0)
