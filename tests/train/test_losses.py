import math

import numpy as np
import pytest
import torch

from modgap.errors import InputError
from modgap.train.losses import LOSSES, Loss, build_loss


def features(n=7, d=5):
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((2, n, d))
    rows /= np.linalg.norm(rows, axis=2, keepdims=True)
    return rows


def value(name, images, texts, scale, bias=None, **settings):
    arrays = [torch.tensor(array) for array in (images, texts, np.float64(scale))]
    bias = None if bias is None else torch.tensor(bias)
    parts = build_loss(name, **settings)(*arrays, bias, output_dict=True, items=torch.arange(7))
    return sum(parts.values()).item()


def test_clip_is_the_mean_cross_entropy_both_ways():
    images, texts = features()
    expected = 0
    for logits in (12 * images @ texts.T, 12 * texts @ images.T):
        for row in range(7):
            others = sum(math.exp(x) for x in logits[row])
            expected += -math.log(math.exp(logits[row, row]) / others) / 14
    assert value("clip", images, texts, 12) == pytest.approx(expected, rel=1e-12)


def test_sigmoid_is_the_sum_over_all_pairs_per_image():
    images, texts = features()
    expected = 0
    for i in range(7):
        for j in range(7):
            z = 1 if i == j else -1
            logit = 12 * images[i] @ texts[j] - 3
            expected += math.log(1 + math.exp(-z * logit)) / 7
    assert value("sigmoid", images, texts, 12, -3.0) == pytest.approx(expected, rel=1e-12)


def test_a_loss_says_where_the_bias_starts():
    assert build_loss("clip").initial_bias is None
    assert build_loss("sigmoid").initial_bias == -10
    assert build_loss("sigmoid", initial_bias=-2).initial_bias == -2


def test_every_loss_answers_to_open_clips_own_call():
    images, texts = (torch.tensor(rows) for rows in features())
    for name in LOSSES:
        loss = build_loss(name)
        assert isinstance(loss, Loss)
        out = {"image_features": images, "text_features": texts, "logit_scale": torch.tensor(9.0)}
        if loss.initial_bias is not None:
            out["logit_bias"] = torch.tensor(loss.initial_bias)
        parts = loss(**out, output_dict=True)
        assert all(part.ndim == 0 for part in parts.values()), name


def test_an_unknown_loss_or_setting_is_refused_by_name():
    with pytest.raises(InputError, match=r"model.loss: 'sigmoids' is no loss; did you .*'sigmoid'"):
        build_loss("sigmoids")
    with pytest.raises(InputError, match=r"model.loss: clip cannot be built with .*margin"):
        build_loss("clip", margin=2)
