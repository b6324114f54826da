"""What a history has of held-out pairs."""

import numpy as np
import pytest
import torch

from modgap.metrics.entropy import logit_entropy
from modgap.metrics.gap import l2m, rmg
from modgap.train.history import Probe, measure_pairs


class Told:
    """A model whose embeddings are its inputs: images as they are, the first token one-hot."""

    logit_scale = torch.tensor(0.0)
    logit_bias = None

    def eval(self):
        """As a model."""
        return self

    train = eval

    def encode_image(self, images, normalize):
        """The images."""
        return images

    def encode_text(self, tokens, normalize):
        """The first token of each text."""
        return torch.nn.functional.one_hot(tokens[:, 0], 3).float()


def test_recall_takes_equal_captions_as_one():
    # Four images whose captions are two: perfect only if an equal caption is as good as one's own.
    tokens = torch.tensor([[0, 1], [0, 1], [2, 1], [1, 1]])
    images = torch.eye(3)[[0, 0, 2, 2]]
    assert Probe(images, tokens).measure(Told())["recall"] == 0.75


@pytest.fixture
def pairs():
    """Seven unit pairs."""
    rng = np.random.default_rng(0)
    clouds = rng.normal(size=(2, 7, 4))
    return clouds / np.linalg.norm(clouds, axis=2, keepdims=True)


def test_pairs_without_direction_are_left_out_and_counted(pairs, caplog):
    images, texts = pairs.copy()
    images[2] = texts[5] = 0
    kept = [0, 1, 3, 4, 6]
    row = measure_pairs(images, texts, np.arange(7), 0.25)
    assert row["left_out"] == 2
    assert row["l2m"] == l2m(pairs[0, kept], pairs[1, kept])
    assert row["rmg"] == rmg(pairs[0, kept], pairs[1, kept])
    assert row["entropy"] == logit_entropy(pairs[0, kept], pairs[1, kept], 4.0)
    nearest = (pairs[0, kept] @ pairs[1, kept].T).argmax(axis=1)
    assert row["recall"] == np.mean(nearest == np.arange(5))
    assert "2 of 7 held-out pairs" in caplog.text


def test_of_fewer_than_two_pairs_only_their_number_is_known(pairs):
    images, texts = pairs.copy()
    images[1:] = 0
    assert measure_pairs(images, texts, np.arange(7), 1.0) == {"left_out": 6}
