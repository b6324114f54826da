import numpy as np
import pytest

from modgap.errors import InputError
from modgap.simulate.depth import ACTIVATIONS, BIASES, layers, relu_recursion, simulate


def drawn_in_full(seed, activation, bias, width, inputs, depth):
    """Mean cosine of different inputs after each layer of one network with all weights drawn."""
    rng = np.random.default_rng(seed)
    h, means = rng.normal(size=(inputs, width)), []
    for _ in range(depth):
        units = 2 * width if activation == "maxout" else width
        b = {
            "normal": rng.normal(size=units) / width**0.5,
            "default": rng.uniform(-1, 1, units) / width**0.5,
            "none": np.zeros(units),
        }[bias]
        h = h @ rng.normal(size=(width, units)) / width**0.5 + b
        if activation == "maxout":
            h = np.maximum(h[:, :width], h[:, width:])
        elif activation == "leaky_relu":
            h = np.where(h > 0, h, 0.01 * h)
        else:
            h = {"tanh": np.tanh, "relu": lambda x: x * (x > 0), "linear": lambda x: x}[activation](
                h
            )
        unit = h / np.linalg.norm(h, axis=1, keepdims=True)
        cosines = (unit @ unit.T)[np.triu_indices(inputs, 1)]
        means.append(cosines.mean())
    return means


@pytest.mark.parametrize(
    ("activation", "bias"),
    [("relu", "normal"), ("tanh", "normal"), ("maxout", "none"), ("linear", "default")],
)
def test_the_networks_are_those_of_fully_drawn_weights_in_law(activation, bias):
    width, inputs, depth, networks = 24, 5, 4, 400
    full = np.array(
        [drawn_in_full(s, activation, bias, width, inputs, depth) for s in range(networks)]
    )
    ours = simulate(1, [activation], [bias], width, inputs, depth, networks)
    ours = ours[ours["depth"] > 0]
    error = np.sqrt((full.var(axis=0, ddof=1) + ours["sd"].to_numpy() ** 2) / networks)
    assert (np.abs(full.mean(axis=0) - ours["mean_cosine"]) < 4 * error).all()
    np.testing.assert_allclose(full.std(axis=0, ddof=1), ours["sd"], rtol=0.25)


def test_the_recursion_has_the_known_values():
    normal, default, none = (relu_recursion(bias) for bias in ("normal", "default", "none"))
    assert normal[1:7].round(4).tolist() == [0.3193, 0.4959, 0.6089, 0.6880, 0.7480, 0.7973]
    assert normal[[10, 15]].round(4).tolist() == [0.9502, 0.9980]
    assert none[[10, 15]].round(3).tolist() == [0.872, 0.923]
    assert default[[10, 15]].round(3).tolist() == [0.917, 0.995]
    assert none[1] == pytest.approx(1 / np.pi, abs=1e-12)


@pytest.mark.parametrize("bias", BIASES)
def test_the_mean_of_the_networks_follows_the_recursion(bias):
    found = simulate(0, ["relu"], [bias])
    assert (found["mean_cosine"] - found["expected"]).abs().max() < 0.005
    assert found["mean_cosine"].iloc[1] == pytest.approx(found["expected"].iloc[1], abs=0.002)


def test_without_bias_linear_and_tanh_keep_inputs_apart_and_sigmoid_does_not():
    found = simulate(0, ["linear", "tanh", "sigmoid"], ["none"], depth=3, repeats=60)
    last = found[found["depth"] == 3].set_index("activation")["mean_cosine"]
    assert abs(last["linear"]) < 0.01
    assert abs(last["tanh"]) < 0.01
    assert last["sigmoid"] > 0.99


def test_the_same_seed_gives_the_same_table():
    settings = {"activations": ["gelu"], "biases": ["normal"], "depth": 2, "repeats": 3}
    assert simulate(3, **settings).equals(simulate(3, **settings))
    assert not simulate(3, **settings).equals(simulate(4, **settings))


def test_every_activation_and_bias_is_there():
    found = simulate(0, depth=1, repeats=2, width=8, inputs=3)
    assert set(found["activation"]) == set(ACTIVATIONS)
    assert set(found["bias"]) == set(BIASES)
    assert len(found) == len(ACTIVATIONS) * len(BIASES) * 2
    assert found["expected"].notna().equals(found["activation"] == "relu")


def test_inner_products_stay_positive_definite_when_outputs_agree():
    rng = np.random.default_rng(0)
    *_, last = layers(rng, "sigmoid", "normal", 512, 16, 25, 2)
    assert np.isfinite(last).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"activations": ["relus"]}, "did you mean 'relu'"),
        ({"biases": ["no"]}, "biases: 'no' is not known"),
        ({"inputs": 600}, "inputs 600"),
        ({"repeats": 1}, "at least 2 repeats"),
        ({"depth": 0}, "depth 0"),
    ],
)
def test_bad_settings_are_refused(settings, message):
    with pytest.raises(InputError, match=message):
        simulate(0, **settings)
