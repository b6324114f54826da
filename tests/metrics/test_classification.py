import math
import warnings

import numpy as np
import pytest
from helpers import naive_metrics
from scipy.stats import norm

from modgap import (
    InputError,
    changed_answers,
    linear_separability,
    logit_entropy,
    zero_shot_accuracy,
)
from modgap.metrics import checks
from modgap.metrics.separability import separability_hits


def test_zero_shot_is_that_of_sorting_every_row():
    rng = np.random.default_rng(0)
    prompts = rng.normal(size=(7, 5))
    labels = rng.integers(7, size=83)
    images = prompts[labels] + rng.normal(size=(83, 5))
    order = np.argsort(-naive_metrics.unit(images) @ naive_metrics.unit(prompts).T, axis=1)
    found = zero_shot_accuracy(images, prompts, labels, ks=(1, 3, 7), budget=400)
    for k in (1, 3, 7):
        hits = [label in row[:k] for label, row in zip(labels, order, strict=True)]
        assert found[k] == pytest.approx(np.mean(hits))
    assert 0 < found[1] < found[3] < found[7] == 1


def test_collapsed_prompts_classify_nothing():
    rng = np.random.default_rng(0)
    images, labels = rng.normal(size=(20, 4)), rng.integers(3, size=20)
    assert zero_shot_accuracy(images, np.ones((3, 4)), labels) == {1: 0}


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 1], r"labels: shape \(2,\).*each of 4 items"),
        ([0, 1, 2, 3], "labels: row 3 is class 3, expected 0 to 2"),
        ([0, -1, 2, 1], "labels: row 1 is class -1"),
        (["a", "b", "c", "a"], "labels: shape .* of <U1, expected the class row"),
    ],
)
def test_labels_that_are_no_class_rows_are_refused(labels, message):
    with pytest.raises(InputError, match=message):
        zero_shot_accuracy(np.eye(4)[:, :3] + 0.1, np.eye(3), labels)


def test_one_class_is_refused():
    with pytest.raises(InputError, match=r"prompts: 1 row\(s\)"):
        zero_shot_accuracy(np.eye(3), np.eye(3)[:1], [0, 0, 0])


@pytest.mark.parametrize(("noise", "d"), [(0.1, 2), (0.3, 5)])
def test_noise_changes_answers_as_often_as_it_crosses_the_border(noise, d):
    images, prompts = np.zeros((4000, d)), np.eye(d)[:2]
    images[:, :2] = np.cos(np.pi / 4 - 0.05), np.sin(np.pi / 4 - 0.05)  # 0.05 from the border
    expected = norm.cdf(-np.sin(0.05) / (noise / np.sqrt(d)))
    changed = changed_answers(7 * images, prompts, noise)
    assert changed.mean() == pytest.approx(expected, abs=4 * np.sqrt(0.25 / 40_000))
    assert set(np.round(10 * changed)) <= set(range(11))
    np.testing.assert_array_equal(changed, changed_answers(images, prompts, noise))
    assert (changed != changed_answers(images, prompts, noise, seed=1)).any()


@pytest.mark.parametrize("given", [{"noise": 0.0}, {"noise": np.nan}, {"draws": 0}])
def test_no_noise_and_no_draws_are_refused(given):
    with pytest.raises(InputError, match="expected noise above 0, at least one draw"):
        changed_answers(np.eye(3), np.eye(3), **given)


@pytest.mark.parametrize("scale", [0.1, 1.0, 20.0, 100.0, 1000.0])
def test_entropy_is_that_of_the_full_softmax(scale):
    rng = np.random.default_rng(1)
    images, texts = rng.normal(size=(19, 6)), rng.normal(size=(31, 6))
    expected = naive_metrics.entropy(images, texts, scale)
    for budget in (1, 1000, 2**27):
        assert logit_entropy(images, texts, scale, budget) == pytest.approx(expected, abs=2e-5)


def test_entropy_runs_from_nothing_to_that_of_the_uniform():
    assert logit_entropy(np.eye(4), np.eye(4), 1000.0) == pytest.approx(0, abs=1e-6)
    assert logit_entropy(np.eye(4), np.ones((9, 4)), 100.0) == pytest.approx(math.log(9), abs=1e-6)


@pytest.mark.parametrize("scale", [0.0, -1.0, math.nan, math.inf])
def test_a_logit_scale_is_positive(scale):
    with pytest.raises(InputError, match="logit_scale"):
        logit_entropy(np.eye(3), np.eye(3), scale)


def test_tensors_on_a_device_go_the_way_of_arrays(monkeypatch):
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(checks, "_tensor", lambda x: x.detach())  # keep CPU tensors as tensors
    rng = np.random.default_rng(2)
    images, prompts = rng.normal(size=(50, 5)), rng.normal(size=(4, 5))
    tensors, labels = (
        (torch.from_numpy(images), torch.from_numpy(prompts)),
        rng.integers(4, size=50),
    )
    expected = zero_shot_accuracy(images, prompts, labels)
    assert zero_shot_accuracy(*tensors, torch.from_numpy(labels)) == expected
    found = logit_entropy(*tensors, 10.0)
    assert found == pytest.approx(logit_entropy(images, prompts, 10.0), abs=1e-5)


def test_separability_is_that_of_another_solver():
    linear_model = pytest.importorskip("sklearn.linear_model")
    rng = np.random.default_rng(3)
    images, texts = rng.normal(size=(150, 4)) + np.eye(4)[0], rng.normal(size=(150, 4))
    hits, n = separability_hits(images, texts, seed=7)
    # The same split, drawn the same way; only the fit is another's.
    draw = np.random.default_rng(7)
    x, y = (naive_metrics.unit(cloud)[draw.permutation(150)] for cloud in (images, texts))
    model = linear_model.LogisticRegression(tol=1e-10, max_iter=1000)
    model.fit(np.concatenate([x[:120], y[:120]]), np.repeat([1, 0], 120))
    expected = model.predict(np.concatenate([x[120:], y[120:]])) == np.repeat([1, 0], 30)
    assert (hits, n) == (expected.sum(), 60)
    assert 0.5 < hits / n < 1


def test_separability_is_one_half_without_a_gap_and_one_with_clouds_apart():
    rng = np.random.default_rng(4)
    images, texts = rng.normal(size=(2000, 8)), rng.normal(size=(9000, 8))
    assert linear_separability(images, texts) == pytest.approx(0.5, abs=0.07)
    assert linear_separability(images + 5, texts - 5) == 1
    assert linear_separability(images, texts, seed=1) != linear_separability(images, texts, seed=2)


@pytest.mark.parametrize("dimensions", [2, 16])
def test_separability_of_clouds_of_one_point_is_one_half_without_a_warning(dimensions):
    point = np.tile(np.random.default_rng(0).normal(size=dimensions), (30, 1)).astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert linear_separability(point, point) == 0.5
        assert linear_separability(point, -point) == 1


def test_separability_needs_something_to_hold_out():
    with pytest.raises(InputError, match="images: 4 rows, texts: 9; expected at least 5"):
        linear_separability(np.eye(4), np.eye(9)[:, :4] + 1)
