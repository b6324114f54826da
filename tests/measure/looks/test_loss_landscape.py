import numpy as np
import pytest
from helpers.public_features import embeddings, needs_features, paired
from helpers.tiny_embeddings import tiny_pair

from modgap.errors import InputError
from modgap.measure.looks.loss_landscape import look


def naive_loss(x, y, temperature):
    """Mean over rows of −log softmax of the diagonal."""
    logits = x @ y.T / temperature
    return np.mean([np.log(np.exp(row).sum()) - row[i] for i, row in enumerate(logits)])


@pytest.fixture(scope="module")
def pair():
    rng = np.random.default_rng(0)
    base = rng.normal(size=(110, 6))
    return base + 0.4 * rng.normal(size=(110, 6)) + 0.7, base - 0.7


@pytest.mark.parametrize("shift", [-5, 0, 0.75])
def test_a_shift_against_the_definition(pair, shift):
    x, y = (cloud / np.linalg.norm(cloud, axis=1, keepdims=True) for cloud in pair)
    step = x.mean(0) - y.mean(0)
    g = step / np.linalg.norm(step)
    x, y = x - shift / 2 * g, y + shift / 2 * g
    x, y = (cloud / np.linalg.norm(cloud, axis=1, keepdims=True) for cloud in (x, y))
    table = look(*paired(*pair), seed=0)
    rows = table[(table["shift"] == shift) & np.isclose(table["temperature"], 1 / 20)]
    rows = rows.set_index("sides")
    batches = [slice(0, 50), slice(50, 100)]
    one = np.mean([naive_loss(x[b], y[b], 1 / 20) for b in batches])
    back = np.mean([naive_loss(y[b], x[b], 1 / 20) for b in batches])
    assert rows.loc["one", "loss"] == pytest.approx(one, abs=1e-5)
    assert rows.loc["both", "loss"] == pytest.approx((one + back) / 2, abs=1e-5)
    gap = x.mean(0) - y.mean(0)
    assert rows.loc["one", "gap"] == pytest.approx(np.linalg.norm(gap) * np.sign(gap @ g), abs=1e-5)


def test_each_curve_has_one_minimum(pair):
    table = look(*paired(*pair), seed=0)
    assert len(table) == 6 * 2 * 41
    curves = table.groupby(["temperature", "sides"])
    assert curves["minimum"].sum().eq(1).all()
    assert (curves["loss"].transform("min") == table["loss"])[table["minimum"]].all()
    assert table["n"].unique().tolist() == [100]


def test_pairs_that_fill_no_batch_are_said(pair, caplog):
    with caplog.at_level("INFO"):
        look(*paired(*pair), seed=0)
    assert "the last 10 pairs fill no batch" in caplog.text


@needs_features
def test_the_known_numbers_of_real_clip():
    table = look(*embeddings("features_clip"), seed=0)
    table["inverse"] = (1 / table["temperature"]).round().astype(int)
    default = table[table["shift"] == 0].set_index(["inverse", "sides"])["loss"].round(3)
    known = {100: (0.523, 0.566), 50: (0.649, 0.670), 30: (1.081, 1.089), 20: (1.643, 1.644)}
    for inverse, losses in known.items():
        assert (default[inverse, "one"], default[inverse, "both"]) == losses
    least = table[table["minimum"]].set_index(["inverse", "sides"])["gap"]
    known = {100: 0.851, 50: 0.632, 30: 0.632, 20: 0.383, 10: 0.115, 1: 0.115}
    for inverse, gap in known.items():
        for sides in ("one", "both"):
            assert least[inverse, sides] == pytest.approx(gap, abs=6e-4)


@pytest.mark.parametrize(
    ("clouds", "message"),
    [
        ((np.eye(40), np.roll(np.eye(40), 1, axis=0)), "40 pairs, expected a batch of 50"),
        ((np.ones((60, 3)), np.ones((60, 3))), "no direction to shift along"),
    ],
)
def test_what_cannot_be_shifted_is_refused(clouds, message):
    with pytest.raises(InputError, match=message):
        look(*paired(*clouds), seed=0)


def test_a_data_set_without_captions_is_refused():
    with pytest.raises(InputError, match="no captions"):
        look(*tiny_pair(captions=False), seed=0)
