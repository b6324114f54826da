import math
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers.tiny_training import CPU, bars, tiny_source
from open_clip import ClipLoss
from open_clip_train.scheduler import cosine_lr

from modgap.errors import InputError
from modgap.formats.batches import Batch
from modgap.mad.batches import epoch_batches
from modgap.mad.captions import CaptionSpec
from modgap.mad.tokens import TOKENIZER
from modgap.train.loop import train, train_step
from modgap.train.losses.registry import build_loss
from modgap.train.recipe import Recipe, make_optimizer, schedule
from modgap.train.start import build_model
from modgap.train.towers import Towers

TOWERS = Towers(embed_dim=8, image_tower="test_resnet", text_width=32, text_layers=1)
CONFIG = TOWERS.model_config(28, TOKENIZER)
RECIPE = {
    "seed": 0,
    "epochs": 3,
    "batch_size": 32,
    "learning_rate": 0.003,
    "weight_decay": 0.1,
    "warmup_steps": 2,
    "initial_temperature": 0.07,
    "learnable_temperature": True,
    "probe_every": 4,
    "precision": "fp32",
    "text_rest": 0.0,
}


def run(source=None, loss="clip", **changed):
    torch.manual_seed(99)  # another global state must not matter
    recipe = Recipe(**RECIPE | changed)
    loss = build_loss(loss)
    model = build_model(TOWERS.model_config(28, TOKENIZER, loss.initial_bias), recipe)
    history = train(model, source or tiny_source(), loss, recipe, CPU)
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
    source = tiny_source(mismatched=0.5, filtered=filtered)
    assert source.items_left == left
    _, history = run(source)
    per_epoch = left // 32
    assert history["step"].tolist() == list(range(13))
    assert history["epoch"][1:].tolist() == [step // per_epoch for step in range(12)]
    assert np.isfinite(history["rmg"][12])


def test_a_last_epoch_is_cut_at_the_last_step():
    _, history = run(tiny_source(160, mismatched=0.5, filtered=0.75), epochs=1)
    # 100 of 160 items are left: 3 steps an epoch for the 5 steps of the whole pool.
    assert history["epoch"].tolist() == [0, 0, 0, 0, 1, 1]


def test_a_pool_without_mismatches_trains_the_same_bits(trained):
    model, history = run(tiny_source(filtered=1))
    assert history.equals(trained[1])
    assert torch.equal(model.text_projection, trained[0].text_projection)


def test_another_caption_for_some_items_trains_other_bits(trained):
    _, history = run(tiny_source(mismatched=0.1))
    assert not history.equals(trained[1])


class Watch:
    """In place of a probe: keeps the weights of every step."""

    def __init__(self):
        self.weights = []

    def measure(self, model):
        self.weights.append({n: w.detach().clone() for n, w in model.named_parameters()})
        return {}


def of_text_tower(name):
    tower = ("token_embedding", "positional_embedding", "transformer", "ln_final")
    return name.split(".")[0] in (*tower, "text_projection")


def test_the_learning_rates_are_a_cosine_and_0_for_the_text_tower_at_rest():
    recipe = Recipe(**RECIPE | {"text_rest": 0.5})
    model = build_model(CONFIG, recipe)
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
    recipe = Recipe(**RECIPE | {"text_rest": 0.25, "probe_every": 1})
    model, watch = build_model(CONFIG, recipe), Watch()
    train(model, replace(tiny_source(), probe=watch), build_loss("clip"), recipe, CPU)
    assert len(watch.weights) == 13
    for name, start in watch.weights[0].items():
        same = [torch.equal(start, weights[name]) for weights in watch.weights[1:]]
        if of_text_tower(name):
            assert same == [True] * 3 + [False] * 9, name
        else:
            # In the first step timm's zero-initialised gains let no gradient through to some.
            assert not any(same[1:]), name


def test_without_a_rest_training_is_plain_adamw_bit_for_bit(trained):
    model = build_model(CONFIG, Recipe(**RECIPE))
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
        for batch in epoch_batches(bars(), CaptionSpec("digit", 1), 32, rng, False, CPU):
            cosine(len(losses))
            optimizer.zero_grad()
            images, texts = (
                model.encode_image(batch.images, True),
                model.encode_text(batch.tokens, True),
            )
            loss = ClipLoss()(images, texts, model.logit_scale.exp())
            loss.backward()
            optimizer.step()
            with torch.no_grad():
                model.logit_scale.clamp_(0, math.log(100))
            losses.append(loss.item())
    assert trained[1]["loss"][1:].tolist() == losses
    for name, weights in trained[0].named_parameters():
        assert torch.equal(weights, dict(model.named_parameters())[name]), name


def test_gains_biases_and_the_logit_scale_do_not_decay():
    recipe = Recipe(**RECIPE)
    model = build_model(CONFIG, recipe)
    groups = make_optimizer(model, recipe).param_groups
    decay = {p: group["weight_decay"] for group in groups for p in group["params"]}
    assert len(decay) == sum(len(group["params"]) for group in groups)
    for name, weights in model.named_parameters():
        assert decay[weights] == (0.1 if weights.ndim >= 2 else 0), name


@pytest.mark.parametrize("share", [1, -0.1, 1.5, float("nan")])
def test_a_rest_that_is_no_share_of_the_steps_is_refused_by_key(share):
    with pytest.raises(InputError, match=rf"model.text_rest: {share}; .* and less than 1"):
        Recipe(**RECIPE | {"text_rest": share})


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("epochs", 0, "model.epochs: 0; expected more than 0"),
        ("text_learning_rate", 0, "text_learning_rate: 0; expected a share"),
        ("optimizer", "sgd", "training.optimizer: 'sgd'; expected one of adamw, muon"),
        ("scale_learning_rate", -1, "scale_learning_rate: -1; expected a share"),
    ],
)
def test_a_setting_out_of_range_is_refused_by_key(key, value, message):
    with pytest.raises(InputError, match=re.escape(message)):
        Recipe(**RECIPE | {key: value})


def test_part_of_an_epoch_is_rounded_to_steps_and_is_at_least_one():
    assert Recipe(**RECIPE | {"epochs": 2.6}).steps(100) == round(3 * 2.6)
    assert Recipe(**RECIPE | {"epochs": 0.01}).steps(100) == 1


def test_too_few_items_for_a_batch_are_refused():
    with pytest.raises(InputError, match="128 items do not fill one batch of 256"):
        tiny_source(batch_size=256)


def test_a_source_without_batches_is_refused_instead_of_waited_for():
    with pytest.raises(InputError, match="the source of batches yields none"):
        run(replace(tiny_source(), epoch=lambda rng: iter(())))


def test_each_part_has_its_own_rate():
    recipe = Recipe(**RECIPE | {"text_learning_rate": 0.1, "scale_learning_rate": 10})
    model = build_model(TOWERS.model_config(28, TOKENIZER, -10.0), recipe)
    optimizer = make_optimizer(model, recipe)
    schedule(optimizer, recipe, 12)(1)  # the last step of the warm-up
    rate = {p: group["lr"] for group in optimizer.param_groups for p in group["params"]}
    for name, weights in model.named_parameters():
        factor = 0.1 if of_text_tower(name) else 10 if name.startswith("logit_") else 1
        assert rate[weights] == pytest.approx(factor * 0.003), name


def test_muon_moves_the_image_towers_matrices_at_their_own_rate():
    recipe = Recipe(**RECIPE | {"optimizer": "muon", "matrix_learning_rate": 4})
    model = build_model(CONFIG, recipe)
    optimizer = make_optimizer(model, recipe)
    schedule(optimizer, recipe, 12)(1)
    group_of = {p: group for group in optimizer.param_groups for p in group["params"]}
    for name, weights in model.named_parameters():
        matrix = name.startswith("visual.") and weights.ndim >= 2
        assert group_of[weights]["orthogonal"] == matrix, name
        assert group_of[weights]["lr"] == pytest.approx(0.012 if matrix else 0.003), name


def test_muon_learns_and_repeats_its_bits():
    (first, history), (second, again) = (run(optimizer="muon") for _ in range(2))
    assert history["loss"][10:].mean() < 0.9 * history["loss"][1:4].mean()
    assert history.equals(again)
    assert torch.equal(first.text_projection, second.text_projection)


def test_the_sigmoid_loss_learns_with_a_bias_that_the_history_follows():
    model, history = run(loss="sigmoid", initial_temperature=0.1)
    assert history["logit_bias"][0] == -10
    assert history["logit_bias"].iloc[-1] == model.logit_bias.item() != -10
    assert history["loss"].iloc[-1] < history["loss"][1]


def test_the_loss_is_given_the_numbers_of_the_items():
    seen = []

    class Spy(build_loss("clip").__class__):
        def forward(self, *args, items=None, **named):
            seen.extend(items.tolist())
            return super().forward(*args, **named)

    recipe = Recipe(**RECIPE | {"epochs": 1})
    train(build_model(CONFIG, recipe), tiny_source(), Spy(), recipe, CPU)
    assert sorted(seen) == list(range(128))


def test_a_loss_of_several_parts_is_minimised_as_their_sum():
    class Halves(build_loss("clip").__class__):
        def forward(self, *args, **named):
            (value,) = super().forward(*args, **named).values()
            return {"first": value / 2, "second": value / 2}

    recipe = Recipe(**RECIPE)
    batch = next(tiny_source().epoch(np.random.default_rng(0)))
    assert isinstance(batch, Batch)
    values = []
    for loss in (build_loss("clip"), Halves()):
        model = build_model(CONFIG, recipe)
        optimizer = make_optimizer(model, recipe)
        values.append([train_step(model, optimizer, loss, batch, "fp32") for _ in range(3)])
    assert values[0] == values[1]


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
        build_model(towers.model_config(28, TOKENIZER), Recipe(**RECIPE))


def test_a_scheduled_temperature_goes_in_equal_steps_from_the_first_to_the_last():
    _, history = run(initial_temperature=0.05, final_temperature=0.2, learnable_temperature=False)
    steps = history["step"].max()
    expected = np.linspace(0.05, 0.2, steps)
    assert history["temperature"].to_numpy()[1:] == pytest.approx(expected, rel=1e-5)
    with pytest.raises(InputError, match=r"final_temperature: 0.2, but the temperature is learnt"):
        Recipe(**RECIPE | {"final_temperature": 0.2})
