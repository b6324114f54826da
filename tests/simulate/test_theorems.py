import numpy as np
import pytest

from modgap.errors import InputError
from modgap.simulate import theorem1, theorem2


def test_cosines_after_a_layer_are_those_of_drawn_weights():
    rng = np.random.default_rng(0)
    cosine, ratio, width, networks = 0.3, 2.0, 24, 4000
    u, v = ratio * np.array([1.0, 0.0]), np.array([cosine, np.sqrt(1 - cosine**2)])
    drawn = []
    for _ in range(networks):
        w, b = rng.normal(size=(width, 2)), rng.normal(size=width)
        x, y = np.maximum(w @ u + b, 0), np.maximum(w @ v + b, 0)
        drawn.append(x @ y / (np.linalg.norm(x) * np.linalg.norm(y)))
    ours = theorem1.cosines_after(rng, np.full(networks, cosine), ratio, width)
    assert np.mean(ours) == pytest.approx(np.mean(drawn), abs=0.008)
    assert np.std(ours) == pytest.approx(np.std(drawn), rel=0.06)


def test_wide_layers_bring_all_vectors_below_the_bound_closer():
    table = theorem1.simulate(0, widths=(8, 512), ratios=(1.0, 2.0), pairs=500)
    below = table[table["side"] == "below"]
    assert below.loc[below["width"] == 512, "share"].min() > 0.99
    assert below.loc[below["width"] == 8, "share"].max() < 0.99
    assert below.set_index("ratio")["bound"].to_dict() == {1.0: 1.0, 2.0: 0.8}
    # Above the bound the theorem promises nothing, and with equal lengths there is no above.
    assert table.loc[table["side"] == "above", "ratio"].unique().tolist() == [2.0]
    assert (table["low"] <= table["share"]).all()


def test_the_shares_and_failures_agree():
    table = theorem1.simulate(1, widths=(4,), ratios=(1.5,), pairs=200)
    np.testing.assert_allclose(table["failures_times_width"], 4 * (1 - table["share"]))


def test_the_variance_is_the_sum_of_its_parts_and_has_the_exact_share():
    table = theorem2.simulate(0, ["relu"], width=128, inputs=64, depths=(1, 3), repeats=40)
    np.testing.assert_allclose(table["variance"], table["within"] + table["between"])
    np.testing.assert_allclose(table["share"], table["exact"], atol=0.02)
    biased = table[table["bias"] != "none"]
    assert (biased["share"] > biased["beta"]).all()
    # U has length 1: without bias Var[h] is the variance of the weights, 1/width.
    plain = table.loc[table["bias"] == "none", "variance"]
    np.testing.assert_allclose(plain, 1, atol=0.05)


def test_beta_is_the_mean_cosine_of_the_layer_before():
    from modgap.simulate.depth import relu_recursion

    table = theorem2.simulate(0, ["relu"], ["none"], 256, 64, depths=(3,), repeats=10)
    cosine = relu_recursion("none")[2]
    expected = cosine + (1 - cosine) / 64
    assert table["beta"].item() == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theorem1.simulate(0, ratios=(0.5,)), "ratios"),
        (lambda: theorem2.simulate(0, ["reluu"]), "did you mean 'relu'"),
        (lambda: theorem2.simulate(0, depths=(0,)), "depths"),
    ],
)
def test_bad_settings_are_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()
