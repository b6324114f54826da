import numpy as np
import pytest
from helpers import naive_metrics
from helpers.tiny_embeddings import tiny_pair

from modgap.formats.embeddings import Embeddings
from modgap.measure.bias import bias_values
from modgap.measure.bootstrap import bootstrap, gap_part, separation_draws
from modgap.measure.inputs import inputs_of
from modgap.measure.table import measure_pair
from modgap.metrics.pairs import pair_cosines
from modgap.metrics.rows import as_unit

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("per_image", [1, 3])
def test_weights_of_one_give_the_values_themselves(per_image):
    inputs = inputs_of(*tiny_pair(per_image=per_image))
    ones = np.ones((1, 40), np.float32)
    cosines = pair_cosines(inputs.images, inputs.texts, inputs.pairs)
    found = gap_part(inputs, cosines)(ones)
    expected = naive_metrics.rmg(inputs.images, inputs.texts, inputs.pairs)
    assert found["rmg", "both"][0] == pytest.approx(expected, abs=1e-6)
    values, parts, n = bias_values(inputs, as_unit(inputs.images, "images"))
    assert n == 40
    resampled = {key: drawn[0] for part in parts for key, drawn in part(ones).items()}
    assert resampled == pytest.approx(values, abs=1e-6)


def test_a_resample_leaves_out_pairs_of_an_item_with_its_copy():
    inputs = inputs_of(*tiny_pair(15, per_image=2))
    weights = RNG.multinomial(15, np.full(15, 1 / 15)).astype(np.float32)
    drawn = np.repeat(np.arange(15), weights.astype(int))
    x, y = inputs.images, inputs.texts
    copies = {"image": (x, drawn), "text": (y, np.concatenate([2 * drawn, 2 * drawn + 1]))}
    intra = []
    for cloud, rows in copies.values():
        values = [
            (1 - cloud[a] @ cloud[b]) / 2
            for i, a in enumerate(rows)
            for j, b in enumerate(rows)
            if i != j and a != b
        ]
        intra.append(np.mean(values))
    between = np.mean([(1 - x[i] @ y[2 * i + c]) / 2 for i in drawn for c in (0, 1)])
    found = gap_part(inputs, pair_cosines(x, y, inputs.pairs))(weights[None])
    expected = between / (between + np.mean(intra))
    assert found["rmg", "both"][0] == pytest.approx(expected, abs=1e-6)


def test_separations_of_a_resample_are_those_of_its_pairs():
    vectors = naive_metrics.unit(RNG.normal(size=(12, 4))).astype(np.float32)
    codes = RNG.integers(3, size=12)
    weights = RNG.multinomial(12, np.full(12, 1 / 12)).astype(np.float32)
    drawn = np.repeat(np.arange(12), weights.astype(int))
    same, different = [], []
    for i, a in enumerate(drawn):
        for b in drawn[i + 1 :]:
            if a != b:
                (same if codes[a] == codes[b] else different).append(vectors[a] @ vectors[b])
    expected = np.mean(same) - np.mean(different)
    own = (weights.astype(float) ** 2).sum(keepdims=True)
    assert separation_draws(vectors, codes)(weights[None], own)[0] == pytest.approx(
        expected, abs=1e-6
    )


def test_undefined_resamples_are_left_out_or_leave_no_interval(caplog):
    def part(share):
        def values(weights):
            drawn = np.arange(len(weights), dtype=float)
            drawn[: int(share * len(drawn))] = np.nan
            return {(f"{share}", "both"): drawn}

        return values

    settings = {"resamples": 1000, "seed": 0, "confidence": 0.9}
    bounds = bootstrap(4, [part(0.0), part(0.04), part(0.5)], **settings)
    assert bounds["0.0", "both"] == pytest.approx((49.95, 949.05))
    assert bounds["0.04", "both"] == pytest.approx((40 + 47.95, 40 + 911.05))
    assert ("0.5", "both") not in bounds
    assert "no interval for 0.5 both: among 4 images too many resamples" in caplog.text


def test_a_resample_of_one_item_has_no_gap():
    inputs = inputs_of(*tiny_pair(6, prompts=False))
    cosines = pair_cosines(inputs.images, inputs.texts, inputs.pairs)
    weights = np.array([[6, 0, 0, 0, 0, 0]], np.float32)
    with np.errstate(all="ignore"):
        drawn = gap_part(inputs, cosines)(weights)
    assert not np.isfinite(drawn["rmg", "both"])
    assert not np.isfinite(drawn["cosine_non_pairs", "both"])
    assert drawn["cosine_pairs", "both"] == pytest.approx(cosines[:1])


def test_clouds_of_one_point_have_no_rmg_in_any_resample():
    images, texts = tiny_pair(12, prompts=False)
    point = np.array([0.3, -0.5, 0.2], np.float32)
    clouds = [
        Embeddings(cloud.table, np.tile(point, (len(cloud), 1)), {}) for cloud in (images, texts)
    ]
    found = measure_pair(*clouds, seed=0, resamples=200).set_index("metric")
    assert found.loc["rmg", ["value", "low", "high"]].isna().all()
    apart = Embeddings(texts.table, -clouds[1].vectors, {})
    found = measure_pair(clouds[0], apart, seed=0, resamples=200).set_index("metric")
    assert found.loc["rmg", ["value", "low", "high"]].tolist() == pytest.approx([1, 1, 1])
    assert found.loc["rmg", "high"] <= 1
