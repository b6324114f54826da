"""Whole trainings under torchrun on processors; each start of Python and torch takes seconds."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import open_clip
import pandas as pd
import pytest
import torch
from helpers.tiny_models import save_tiny_clip
from helpers.tiny_shards import jpeg, pairs, save_shards, write_shard
from PIL import Image
from safetensors.torch import load_file

from modgap.errors import InputError
from modgap.formats.files import sha256
from modgap.formats.model_folder import WEIGHTS, load_model, read_weights
from modgap.metrics.gap import l2m, rmg
from modgap.train.distributed.job import read_checkpoint, train_on_shards
from modgap.train.distributed.settings import ShardTraining, trainer_arguments

RECIPE = {
    "from": "start", "captions": "half", "loss": "clip", "loss_settings": {},
    "learnable_temperature": True, "seed": 3, "epochs": 8, "batch_size": 16,
    "learning_rate": 1e-3, "weight_decay": 0.2,
    "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "warmup_steps": 1, "precision": "fp32",
    "workers": 0, "smallest_crop": 1.0, "processes": 1, "probe_pairs": 0,
}  # fmt: skip
PACKAGE = Path(__file__).parents[3] / "workflow"
JOB = """
import json, sys
from modgap.metrics.gap import l2m, rmg
from modgap.train.distributed.job import train_on_shards
folder, shards, start, recipe = sys.argv[1:]
train_on_shards(folder, "m", shards, start, json.loads(recipe), problems=folder + "/problems.tsv")
"""


def started(folder, place, python=str(PACKAGE), **settings):
    command = [sys.executable, "-c", JOB, str(folder), str(place / "shards"), str(place / "start")]
    environment = os.environ | {"PYTHONPATH": python, "OMP_NUM_THREADS": "1"}
    recipe = json.dumps(RECIPE | settings)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen([*command, recipe], env=environment, **pipes)


def ended(process):
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output[-3000:]
    return output


def history(folder):
    return pd.read_parquet(folder / "history.parquet")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A model to start from, and shards whose pairs all fit one batch: one step is an epoch."""
    place = tmp_path_factory.mktemp("distributed")
    save_tiny_clip(place / "start")
    save_shards(place / "shards", 2, 8)
    return place


@pytest.fixture(scope="module", autouse=True)
def _as_it_was():
    """What torchrun changes in the process that starts it."""
    handlers = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        patch.setenv("PYTHONPATH", str(PACKAGE))
        yield
    for each, handler in handlers.items():
        signal.signal(each, handler)


def trained(folder, place, **settings):
    paths = folder, "m", place / "shards", place / "start"
    train_on_shards(*paths, RECIPE | settings, problems=folder / "problems.tsv")
    return folder


@pytest.fixture(scope="module")
def one(place):
    """An undisturbed training in one process."""
    return trained(place / "one", place)


TWO = {"processes": 2, "batch_size": 8}


@pytest.fixture(scope="module")
def two(place):
    """The same in two processes."""
    return trained(place / "two", place, **TWO)


def test_two_processes_have_the_loss_of_one(two, one):
    ours, theirs = history(two), history(one)
    assert ours["step"].tolist() == [*range(9)]
    for column in ("loss", "temperature"):
        expected = pytest.approx(theirs[column].to_numpy(), abs=1e-4, nan_ok=True)
        assert ours[column].to_numpy() == expected
    assert ours["loss"].iloc[-1] < ours["loss"].iloc[1] - 0.5


def test_the_model_folder_is_one_of_the_house(place, one):
    assert not (one / "checkpoint").exists()
    weights, facts = read_weights(one)
    first, start = read_weights(place / "start")
    assert facts["training"]["from_sha256"] == start["weights_sha256"]
    assert (facts["training"]["items"], facts["training"]["skipped"]) == (16, 0)
    assert any(not torch.equal(weights[name], first[name]) for name in weights)
    last = history(one).iloc[-1]
    assert 1 / facts["logit_scale"] == pytest.approx(last["temperature"], rel=1e-5)
    assert list(history(one)) == [
        *("model", "step", "epoch", "loss", "temperature"),
        *("l2m", "rmg", "recall", "entropy", "left_out"),
    ]
    model, _, _ = open_clip.create_model_and_transforms(f"local-dir:{one}")
    assert torch.equal(model.state_dict()["visual.proj"], weights["visual.proj"])
    load_model(one)


# Run in each Python of a job: kills torchrun when the trainer writes the history of epoch 3.
KILL = """
import os, signal, sys, time

def kill(event, arguments):
    if event == "open" and "/.000003." in str(arguments[0]) and "RANK" in os.environ:
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(60)

sys.addaudithook(kill)
"""


def test_two_killed_processes_go_on_as_if_nothing_had_happened(place, two, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(KILL)
    folder = place / "killed"
    process = started(folder, place, python=f"{tmp_path}:{PACKAGE}", **TWO)
    process.communicate(timeout=300)
    assert process.returncode == -signal.SIGKILL
    # The trainer's processes ended with their parent.
    epochs = folder / "checkpoint" / "epochs"
    time.sleep(1)
    done = ["000000.json", "000001.json", "000002.json", "start.json"]
    assert sorted(path.name for path in epochs.glob("[!.]*")) == done
    output = ended(started(folder, place, **TWO))
    assert "resuming checkpoint" in output
    again = history(folder)
    np.testing.assert_array_equal(again["loss"], history(two)["loss"])
    assert read_weights(folder)[1]["weights_sha256"] == read_weights(two)[1]["weights_sha256"]


@torch.no_grad()
def embedded(folder, files):
    """Pairs as plain open_clip embeds them with the model of a folder."""
    model, _, preprocess = open_clip.create_model_and_transforms(f"local-dir:{folder}")
    tokenizer = open_clip.get_tokenizer(f"local-dir:{folder}")
    names = [name[:-4] for name in files if name.endswith(".txt") and name != "torn.txt"]
    pictures = [Image.open(io.BytesIO(files[f"{name}.jpg"])) for name in names]
    images = torch.stack([preprocess(picture) for picture in pictures])
    texts = tokenizer([files[f"{name}.txt"].decode() for name in names])
    model.eval()
    pair = model.encode_image(images, normalize=True), model.encode_text(texts, normalize=True)
    return tuple(each.numpy() for each in pair)


def own_folder(start: Path, folder: Path) -> None:
    """Record a model as one in a folder of the user's own, its weights pickled as trainers do."""
    own = folder.parent / "own"
    shutil.copytree(start, own)
    (own / "modgap.json").unlink()
    torch.save(load_file(own / WEIGHTS), own / "open_clip_pytorch_model.bin")
    (own / WEIGHTS).unlink()
    folder.mkdir()
    record = {"model": "theirs", "weights_sha256": sha256(own / "open_clip_pytorch_model.bin")}
    facts = read_weights(start)[1] | record | {"folder": str(own)}
    (folder / "modgap.json").write_text(json.dumps(facts))


def test_what_cannot_be_used_is_listed_and_the_temperature_can_be_frozen(place, tmp_path, caplog):
    own_folder(place / "start", tmp_path / "start")
    broken = pairs(0, 3) | {
        "cut.jpg": jpeg(1)[:200], "cut.txt": b"a cut picture",
        "silent.jpg": jpeg(2), "blank.jpg": jpeg(3), "blank.txt": b" ",
        "evil.jpg": jpeg(4), "evil.txt": b"a pickle", "evil.pkl": b"cos\nsystem\n(S'false'\ntR.",
    }  # fmt: skip
    write_shard(tmp_path / "shards" / "0.tar", broken)
    held_out = pairs(50, 4) | {"torn.jpg": jpeg(9)[:150], "torn.txt": b"a torn picture"}
    write_shard(tmp_path / "shards" / "1.tar", held_out)
    folder = tmp_path / "out"
    settings = {"epochs": 2, "batch_size": 2, "learnable_temperature": False, "captions": "full"}
    settings["probe_pairs"] = 20
    trained(folder, tmp_path, **settings)
    assert "4 items of the shards skipped" in caplog.text
    listed = pd.read_csv(folder / "problems.tsv", sep="\t").set_index("item")
    assert set(listed["action"]) == {"skipped"}
    assert listed["problem"]["0.tar/silent"] == "image without caption"
    assert listed["problem"]["0.tar/blank"] == "caption without a word"
    assert "cannot be decoded: " in listed["problem"]["0.tar/cut"]
    assert listed["problem"]["1.tar/torn"].startswith("not decoded: ")
    facts = read_weights(folder)[1]["training"]
    assert facts["from"] == "theirs"
    # Five pairs by their names, of one shard; the other is held out.
    assert (facts["skipped"], facts["items"], facts["shards"]) == (4, 6, 1)
    steps = history(folder)
    assert steps["temperature"].round(6).nunique() == 1
    # Measured before training and after each epoch.
    assert steps["rmg"].notna().tolist() == [True, False, False, True, False, False, True]
    assert steps["rmg"].between(0, 1).sum() == 3
    assert (steps["entropy"].dropna() <= np.log(4) + 1e-6).all()
    images, texts = embedded(folder, held_out)
    last = steps.iloc[-1]
    assert last["rmg"] == pytest.approx(rmg(images, texts), abs=1e-5)
    assert last["l2m"] == pytest.approx(l2m(images, texts), abs=1e-5)


def test_what_cannot_work_is_said_before_anything_starts(place, tmp_path):
    def train(**settings):
        trained(tmp_path / "out", place, **settings)

    with pytest.raises(InputError, match="16 pairs do not fill one batch of 34"):
        train(batch_size=17, processes=2)
    with pytest.raises(InputError, match="2 shards with pairs for 4 readers"):
        train(batch_size=2, processes=2, workers=2)
    with pytest.raises(InputError, match="8 pairs do not fill one batch of 16"):
        train(probe_pairs=5)
    with pytest.raises(InputError, match="'sigmoid' needs a logit bias, which start has not"):
        train(loss="sigmoid")
    with pytest.raises(InputError, match=r"loss 'mixed' is none of those that .*: clip, sigmoid"):
        train(loss="mixed")
    assert not (tmp_path / "out").exists()


def test_a_checkpoint_is_read_without_running_anything(tmp_path):
    path = tmp_path / "epoch_1.pt"
    torch.save({"state_dict": {"module.a": torch.ones(2), "b": torch.zeros(1)}}, path)
    assert list(read_checkpoint(path)) == ["a", "b"]

    class Evil:
        def __reduce__(self):
            return print, ("run",)

    torch.save({"state_dict": Evil()}, path)
    with pytest.raises(InputError, match="no checkpoint of open_clip's trainer"):
        read_checkpoint(path)


def test_the_papers_settings_reach_the_trainer():
    from open_clip_train.params import parse_args

    recipe = RECIPE | {"epochs": 30, "batch_size": 110, "warmup_steps": 10_000, "precision": "amp"}
    training = ShardTraining("/start", "/work", ("/a.tar",), 9_263_104, "", recipe)
    args = parse_args(trainer_arguments(training, "cuda"))
    assert (args.epochs, args.batch_size, args.warmup, args.precision) == (30, 110, 10_000, "amp")
    assert (args.lr, args.wd, args.beta1, args.beta2, args.eps) == (1e-3, 0.2, 0.9, 0.999, 1e-8)
    assert args.local_loss
    assert args.gather_with_grad
    assert args.train_num_samples == 9_263_104
    assert args.model == "local-dir:/start"
    assert args.aug_cfg == {"scale": (1.0, 1.0)}


def test_shards_without_enough_sound_pairs_end_the_training_with_the_reason(place, tmp_path):
    """The images are damaged inside, which no name in a shard tells."""
    (tmp_path / "start").symlink_to(place / "start")
    bad = {f"{n}.jpg": b"no picture" for n in range(4)} | {f"{n}.txt": b"words" for n in range(4)}
    write_shard(tmp_path / "shards" / "0.tar", dict(sorted(bad.items())))
    with pytest.raises(
        InputError, match=r"trainer failed: .*process 0: its share .* hold 2 sound pairs"
    ):
        trained(tmp_path / "out", tmp_path, batch_size=2)
