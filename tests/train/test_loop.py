import math
import re

import numpy as np
import pytest
import torch
from open_clip_train.scheduler import cosine_lr

from modgap.errors import InputError
from modgap.mad.batches import TrainingData, epoch_batches
from modgap.mad.captions import CaptionSpec
from modgap.mad.colours import colourise
from modgap.mad.pools import filtered_pool
from modgap.train.job import make_probe
from modgap.train.loop import (
    Recipe,
    build_model,
    make_optimizer,
    schedule,
    train,
    train_step,
)
from modgap.train.towers import Towers

CPU = torch.device("cpu")
TOWERS = Towers(embed_dim=8, image_tower="test_resnet", text_width=32, text_layers=1)
RECIPE = {
    "captions": CaptionSpec("digit", 1),
    "seed": 0,
    "epochs": 3,
    "batch_size": 32,
    "learning_rate": 0.003,
    "weight_decay": 0.1,
    "warmup_steps": 2,
    "initial_temperature": 0.07,
    "learnable_temperature": True,
    "official_colours": False,
    "probe_every": 4,
    "precision": "fp32",
    "text_rest": 0.0,
}


def items(count=128, seed=0):
    """Bars whose height is the digit: something a tower can learn."""
    rng = np.random.default_rng(seed)
    labels = np.stack([rng.integers(n, size=count) for n in (10, 3, 2, 2, 2, 7)], axis=1)
    pixels = np.zeros((count, 28, 28), dtype=np.uint8)
    for image, label in zip(pixels, labels[:, 0], strict=True):
        image[1 : 4 + 2 * label, 10:20] = 255
    return TrainingData(pixels, labels)


def run(data=None, **changed):
    torch.manual_seed(99)  # another global state must not matter
    recipe = Recipe(**RECIPE | changed)
    test = items(40, seed=1)
    test = TrainingData(colourise(test.pixels, test.labels[:, 5], official=False), test.labels)
    model = build_model(TOWERS.model_config(), recipe)
    probe = make_probe(test, recipe.captions, CPU)
    history = train(model, data or items(), probe, recipe, CPU)
    return model, history


@pytest.fixture(scope="module")
def trained():
    return run()


def test_the_history_has_a_row_per_step_and_probes_where_it_says(trained):
    _, history = trained
    assert history["step"].tolist() == list(range(13))
    assert history["epoch"].tolist() == [0] + [0] * 4 + [1] * 4 + [2] * 4
    assert history.index[history["rmg"].notna()].tolist() == [0, 4, 8, 12]
    assert history["temperature"].notna().all()
    assert history["temperature"][0] == pytest.approx(0.07)
    assert np.isnan(history["loss"][0])


def test_the_loss_falls(trained):
    loss = trained[1]["loss"]
    assert loss[10:].mean() < 0.9 * loss[1:4].mean()


def test_an_untrained_model_has_a_large_gap(trained):
    assert trained[1]["rmg"][0] > 0.6


def test_a_seed_gives_the_same_bits_and_another_seed_does_not(trained):
    again, history = run()
    other, _ = run(seed=1)
    same = again.state_dict()
    for name, weight in trained[0].state_dict().items():
        assert torch.equal(weight, same[name]), name
    assert history.equals(trained[1])
    assert not torch.equal(again.text_projection, other.text_projection)


def test_a_frozen_temperature_stays_where_it_started():
    model, history = run(learnable_temperature=False, initial_temperature=0.1, epochs=1)
    assert history["temperature"].tolist() == pytest.approx([0.1] * 5)
    assert model.logit_scale.exp().item() == pytest.approx(10)


@pytest.mark.parametrize(("filtered", "left"), [(0.0, 128), (0.5, 96), (1.0, 64)])
def test_a_filter_leaves_the_number_of_steps_as_it_was(filtered, left):
    data = filtered_pool(items(), 0.5, filtered, seed=0)
    assert len(data.pairs) == left
    _, history = run(data)
    per_epoch = left // 32
    assert history["step"].tolist() == list(range(13))
    assert history["epoch"][1:].tolist() == [step // per_epoch for step in range(12)]
    assert np.isfinite(history["rmg"][12])


def test_a_last_epoch_is_cut_at_the_last_step():
    data = filtered_pool(items(160), 0.5, 0.75, seed=0)
    _, history = run(data, epochs=1)
    # 100 of 160 items are left: 3 steps an epoch for the 5 steps of the whole pool.
    assert history["epoch"].tolist() == [0, 0, 0, 0, 1, 1]


def test_a_pool_without_mismatches_trains_the_same_bits(trained):
    model, history = run(filtered_pool(items(), 0, 1, seed=0))
    assert history.equals(trained[1])
    assert torch.equal(model.text_projection, trained[0].text_projection)


def test_another_caption_for_some_items_trains_other_bits(trained):
    _, history = run(filtered_pool(items(), 0.1, 0, seed=0))
    assert not history.equals(trained[1])


class Watch:
    """In place of a probe: keeps the weights of every step."""

    def __init__(self):
        self.weights = []

    def measure(self, model):
        self.weights.append({n: w.detach().clone() for n, w in model.named_parameters()})
        return {"temperature": 1.0}

    temperature = measure


def of_text_tower(name):
    tower = ("token_embedding", "positional_embedding", "transformer", "ln_final")
    return name.split(".")[0] in (*tower, "text_projection")


def test_the_learning_rates_are_a_cosine_and_0_for_the_text_tower_at_rest():
    recipe = Recipe(**RECIPE | {"text_rest": 0.5})
    model = build_model(TOWERS.model_config(), recipe)
    optimizer = make_optimizer(model, recipe)
    assign = schedule(optimizer, recipe, 6)
    # Two steps of warm-up, then half a cosine over four.
    peaks = [0.5, 1, 1, (1 + math.sqrt(0.5)) / 2, 0.5, (1 - math.sqrt(0.5)) / 2]
    for step, peak in enumerate(peaks):
        assign(step)
        rate = {p: group["lr"] for group in optimizer.param_groups for p in group["params"]}
        for name, weights in model.named_parameters():
            rests = of_text_tower(name) and step < 3
            assert rate[weights] == pytest.approx(0 if rests else peak * 0.003), (step, name)


def test_the_text_tower_keeps_its_bits_while_it_rests_and_learns_afterwards():
    recipe = Recipe(**RECIPE | {"text_rest": 0.25})
    model, watch = build_model(TOWERS.model_config(), recipe), Watch()
    train(model, items(), watch, recipe, CPU)
    assert len(watch.weights) == 13
    for name, start in watch.weights[0].items():
        same = [torch.equal(start, weights[name]) for weights in watch.weights[1:]]
        if of_text_tower(name):
            assert same == [True] * 3 + [False] * 9, name
        else:
            # In the first step timm's zero-initialised gains let no gradient through to some.
            assert not any(same[1:]), name


def test_without_a_rest_training_is_plain_adamw_bit_for_bit(trained):
    model = build_model(TOWERS.model_config(), Recipe(**RECIPE))
    model.to(memory_format=torch.channels_last)
    groups = [
        {"params": [w for w in model.parameters() if w.ndim >= 2], "weight_decay": 0.1},
        {"params": [w for w in model.parameters() if w.ndim < 2], "weight_decay": 0},
    ]
    optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.98), eps=1e-6)
    cosine = cosine_lr(optimizer, 0.003, 2, 12)
    rng = np.random.default_rng(0)
    losses = []
    for _ in range(3):
        for images, tokens in epoch_batches(items(), CaptionSpec("digit", 1), 32, rng, False, CPU):
            cosine(len(losses))
            losses.append(train_step(model, optimizer, images, tokens, "fp32"))
    assert trained[1]["loss"][1:].tolist() == losses
    for name, weights in trained[0].named_parameters():
        assert torch.equal(weights, dict(model.named_parameters())[name]), name


def test_gains_biases_and_the_logit_scale_do_not_decay():
    recipe = Recipe(**RECIPE)
    model = build_model(TOWERS.model_config(), recipe)
    groups = make_optimizer(model, recipe).param_groups
    decay = {p: group["weight_decay"] for group in groups for p in group["params"]}
    assert len(decay) == sum(len(group["params"]) for group in groups)
    for name, weights in model.named_parameters():
        assert decay[weights] == (0.1 if weights.ndim >= 2 else 0), name


@pytest.mark.parametrize("share", [1, -0.1, 1.5, float("nan")])
def test_a_rest_that_is_no_share_of_the_steps_is_refused_by_key(share):
    with pytest.raises(InputError, match=rf"model.text_rest: {share}; .* and less than 1"):
        Recipe(**RECIPE | {"text_rest": share})


def test_no_epoch_at_all_is_refused():
    with pytest.raises(InputError, match=r"model.epochs: 0; expected at least 1"):
        Recipe(**RECIPE | {"epochs": 0})


def test_too_few_items_for_a_batch_are_refused():
    with pytest.raises(InputError, match="128 items do not fill one batch of 256"):
        run(batch_size=256)


def test_a_loss_that_is_not_finite_stops_the_run():
    with pytest.raises(FloatingPointError, match="lower the learning rate"):
        run(learning_rate=1e30, warmup_steps=1)


@pytest.mark.parametrize(
    ("tower", "message"),
    [
        ("test_resnett", "timm has no network 'test_resnett'; did you mean 'test_resnet'?"),
        ("test_convnext", "test_convnext cannot take images of 28 x 28 pixels"),
    ],
)
def test_a_tower_that_does_not_fit_is_refused_by_key(tower, message):
    towers = Towers(embed_dim=8, image_tower=tower, text_width=32, text_layers=1)
    with pytest.raises(InputError, match=re.escape(f"model.image_tower: {message}")):
        build_model(towers.model_config(), Recipe(**RECIPE))
