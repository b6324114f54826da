import numpy as np
import pytest

from modgap.errors import InputError
from modgap.metrics.contrastive import contrastive_loss


def naive(logits, labels):
    losses = []
    for matrix in (logits, logits.T):
        rows = [np.log(np.exp(matrix[i]).sum()) - matrix[i, k] for i, k in enumerate(labels)]
        losses.append(np.mean(rows))
    return losses


@pytest.mark.parametrize("labels", [None, [2, 0, 1, 3, 4], [1, 1, 2, 3, 4]])
def test_both_directions_against_a_loop(labels):
    logits = np.random.default_rng(0).normal(size=(5, 5))
    loss = contrastive_loss(logits, labels)
    expected = naive(logits, range(5) if labels is None else labels)
    assert [loss.image_to_text, loss.text_to_image] == pytest.approx(expected)
    assert loss.symmetric == pytest.approx(np.mean(expected))


def test_each_batch_has_its_own_loss():
    logits = np.random.default_rng(1).normal(size=(3, 4, 4))
    together = contrastive_loss(logits)
    assert together.image_to_text.shape == (3,)
    apart = [contrastive_loss(batch).text_to_image for batch in logits]
    np.testing.assert_allclose(together.text_to_image, apart)


def test_very_low_temperatures_do_not_overflow():
    assert contrastive_loss(1e5 * np.eye(3)).symmetric == 0
    assert np.isfinite(contrastive_loss(-1e5 * np.eye(3)).symmetric)


@pytest.mark.parametrize(
    ("logits", "labels", "message"),
    [(np.ones((2, 3)), None, "shape"), (np.eye(3), [0, 1], "labels"), (np.eye(2), [0, 2], "0 to")],
)
def test_bad_input_is_refused(logits, labels, message):
    with pytest.raises(InputError, match=message):
        contrastive_loss(logits, labels)
