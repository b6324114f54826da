"""Losses over processes against the same loss on all pairs in one."""

import typing

import numpy as np
import pytest
import torch
from helpers.loss_processes import ALIKE, PROCESSES, gradients, in_a_process, pairs

from modgap.study.shards import ShardSettings
from modgap.train.distributed.losses import SHARD_LOSSES
from modgap.train.distributed.trainer import Recorded
from modgap.train.losses.registry import build_loss


@pytest.fixture(scope="module")
def shares(tmp_path_factory):
    """What each process has computed."""
    folder = tmp_path_factory.mktemp("processes")
    torch.multiprocessing.spawn(in_a_process, (str(folder),), nprocs=PROCESSES)
    return [torch.load(folder / f"{rank}.pt", weights_only=False) for rank in range(PROCESSES)]


@pytest.mark.parametrize("name", ALIKE)
def test_the_mean_gradient_over_processes_is_that_of_one(shares, name):
    value, (images, texts, scale) = gradients(build_loss(name), *pairs())
    values, made = zip(*(share["results"][name] for share in shares), strict=True)
    assert np.mean(values) == pytest.approx(value, rel=1e-12)
    # A pair's gradient is with the process that has it; the mean over processes is taken later.
    for part, whole in enumerate((images, texts)):
        together = np.concatenate([each[part] for each in made]) / PROCESSES
        np.testing.assert_allclose(together, whole, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(np.mean([each[2] for each in made]), scale, rtol=1e-9)


def test_all_processes_swap_the_same_pairs(shares):
    first, second = (share["results"]["modality_swapping"][0] for share in shares)
    assert first == second
    # And go on with draws of their own.
    assert shares[0]["next"] != shares[1]["next"]


def test_the_study_offers_the_losses_that_shards_have():
    offered = typing.get_args(ShardSettings.model_fields["loss"].annotation)
    assert set(offered) == set(SHARD_LOSSES)


def test_a_step_has_the_temperature_and_bias_that_it_led_to():
    def loss(**outputs):
        return {"a": torch.tensor(1.0), "b": outputs["logit_scale"] / 4}

    recorded = Recorded(loss, processes=1)
    for scale, bias in ((4.0, -10.0), (8.0, -9.0)):
        recorded(logit_scale=torch.tensor(scale), logit_bias=torch.tensor(bias))
    assert recorded.rows({"temperature": 0.1, "logit_bias": -8.0}) == [
        {"loss": 2.0, "temperature": 0.125, "logit_bias": -9.0},
        {"loss": 3.0, "temperature": 0.1, "logit_bias": -8.0},
    ]
    recorded(logit_scale=torch.tensor(2.0), logit_bias=None)
    assert recorded.rows({"temperature": 0.25}) == [{"loss": 1.5, "temperature": 0.25}]
