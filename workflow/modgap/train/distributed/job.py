"""A training on shards from its settings to its model folder."""

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import torch
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
from torch.distributed.run import main as torchrun

import modgap
from modgap.data.draft import Problem
from modgap.errors import InputError
from modgap.formats.files import write_text
from modgap.formats.model_folder import (
    TEXT_TOWER,
    load_model,
    place_of,
    read_record,
    tokenizer_files,
    write_model,
)
from modgap.formats.preprocessing import read_model_config
from modgap.formats.tables import write_frame
from modgap.runtime.provenance import provenance
from modgap.train.distributed.losses import SHARD_LOSSES
from modgap.train.distributed.pairs import Faults
from modgap.train.distributed.settings import ShardTraining
from modgap.train.distributed.shards import Shards, read_shards

_log = logging.getLogger(__name__)
_HISTORY = ("loss", "temperature", "logit_bias", "l2m", "rmg", "recall", "entropy", "left_out")


def train_on_shards(
    folder: str | os.PathLike,
    name: str,
    shards: str | os.PathLike,
    start: str | os.PathLike,
    recipe: Mapping,
    *,
    problems: str | os.PathLike,
) -> None:
    """Train a model on shards with open_clip's trainer; write its folder and history.

    A job that was killed goes on after the last whole epoch, with the shuffles and the captions
    that it would have had.

    Parameters
    ----------
    folder
        The model folder to write; until then it holds the checkpoint.
    name
        The model's name.
    shards
        Folder of the shards.
    start
        Folder of the model to start from, whose weights alone are taken; its modgap.json may point
        to a folder of the user's own.
    recipe
        The model's settings: `modgap.study.shards.ShardSettings` by name.
    problems
        Where what could not be used is listed: item, problem, action.

    Raises
    ------
    InputError
        For what `read_shards` refuses, fewer pairs than a batch or fewer shards than read at a
        time, a loss that does not work over processes, fewer GPUs than processes, and if the
        trainer fails.
    """
    folder, facts = Path(folder), read_record(start)
    start = place_of(start).absolute()
    readable = read_shards(Path(shards))
    config = read_model_config(start)
    work = folder.absolute() / "checkpoint"
    training = _training(readable, recipe, start, work)
    _check(training, shards, facts)
    _prepare(training, facts["weights_sha256"])
    _run(training, recipe["processes"])
    skipped = _report(training, readable, problems)
    model = load_model(start)
    model.load_state_dict(read_checkpoint(training.checkpoint))
    for path in tokenizer_files(start):
        shutil.copyfile(path, folder / path.name)
    if (start / TEXT_TOWER).is_dir():
        shutil.copytree(start / TEXT_TOWER, folder / TEXT_TOWER, dirs_exist_ok=True)
    record = {
        "training": {
            **recipe,
            # As of other models: empty where weights were random.
            "from": facts["model"] if recipe["from"] else "",
            "from_sha256": facts["weights_sha256"],
            "initial_temperature": 1 / facts["logit_scale"],
            "text_width": config["model_cfg"]["text_cfg"].get("width"),
            "shards": len(training.shards),
            "items": training.pairs,
            "items_left": training.pairs,
            "mismatched": 0.0,
            "filtered": 0.0,
            "skipped": skipped,
        },
        **provenance(),
    }
    write_model(folder, name, model, config, None, record)
    history = read_history(training.epochs, recipe["epochs"])
    history.insert(0, "model", name)
    write_frame(folder / "history.parquet", history, {"model": name, **provenance()})
    shutil.rmtree(work)


def read_checkpoint(path: str | os.PathLike) -> dict[str, torch.Tensor]:
    """The weights of a checkpoint of open_clip_train by name; nothing in the file is run."""
    try:
        weights = torch.load(path, map_location="cpu", weights_only=True)["state_dict"]
    except Exception as error:  # damage shows in many ways
        raise InputError(f"{path}: no checkpoint of open_clip's trainer ({error})") from error
    return {name.removeprefix("module."): value for name, value in weights.items()}


def read_history(folder: Path, epochs: int) -> pd.DataFrame:
    """One row per step, as `modgap.train.history.Probe` has it, from the files of the epochs.

    Step 0 is the model before training; the measures of the held-out pairs are at the last step of
    each epoch.
    """
    parts = [(0, "start"), *((epoch, f"{epoch:06d}") for epoch in range(epochs))]
    rows = [
        {"epoch": epoch, **row}
        for epoch, name in parts
        for row in json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    ]
    # Where nothing is held out the measures are columns without values; a bias not all models have.
    columns = [key for key in _HISTORY if key != "logit_bias" or key in rows[0]]
    history = pd.DataFrame(rows).reindex(columns=["epoch", *columns])
    history.insert(0, "step", range(len(history)))
    return history.astype(dict.fromkeys(columns, float))


def _training(readable: Shards, recipe: Mapping, start: Path, work: Path) -> ShardTraining:
    """What to train; the last of several shards is held out if there is something to measure."""
    paths = tuple(readable.counts)
    probe = paths[-1] if recipe["probe_pairs"] and len(paths) > 1 else ""
    paths = tuple(path for path in paths if path != probe)
    pairs = sum(readable.counts[path] for path in paths)
    return ShardTraining(str(start), str(work), paths, pairs, probe, dict(recipe))


def _check(training: ShardTraining, shards: str | os.PathLike, facts: Mapping) -> None:
    recipe = training.recipe
    batch = recipe["batch_size"] * recipe["processes"]
    if recipe["probe_pairs"] and not training.probe:
        raise InputError(
            f"{shards}: one shard alone, so that none can be held out to measure the model on; "
            "divide it, or set probe_pairs to 0"
        )
    if training.pairs < batch:
        raise InputError(
            f"{shards}: {training.pairs} pairs do not fill one batch of {batch} (batch_size times "
            "processes); lower batch_size"
        )
    readers = max(1, recipe["workers"]) * recipe["processes"]
    if len(training.shards) < readers:
        raise InputError(
            f"{shards}: {len(training.shards)} shards with pairs for {readers} readers (workers "
            "times processes), each of which needs one of its own; lower workers"
        )
    if recipe["loss"] not in SHARD_LOSSES:
        raise InputError(
            f"loss {recipe['loss']!r} is none of those that training on shards has: "
            f"{', '.join(SHARD_LOSSES)}"
        )
    if recipe["loss"] == "sigmoid" and "logit_bias" not in facts:
        raise InputError(
            f"loss 'sigmoid' needs a logit bias, which {facts['model']} has not; start from a "
            "model with one, such as SigLIP's"
        )
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if 0 < gpus < recipe["processes"]:
        raise InputError(
            f"{recipe['processes']} processes for {gpus} GPUs; set processes to {gpus}, or let the "
            "job see more"
        )


def _prepare(training: ShardTraining, weights: str) -> None:
    """Make the working folder; one of another training is emptied, and that is said."""
    work = Path(training.work)
    made_for = {
        "recipe": dict(training.recipe),
        "start": weights,
        "pairs": training.pairs,
        "probe": training.probe,
        "shards": hashlib.sha256("\0".join(training.shards).encode()).hexdigest(),
    }
    record = work / "made_for.json"
    text = json.dumps(made_for, indent=1) + "\n"
    if work.is_dir() and not (record.is_file() and record.read_text(encoding="utf-8") == text):
        _log.warning("%s: of other settings or data; training starts anew", work)
        shutil.rmtree(work)
    if training.checkpoint.is_file():
        _log.info("%s: going on after the last whole epoch", training.checkpoint)
    training.faults.mkdir(parents=True, exist_ok=True)
    write_text(record, text)
    training.write(work / "training.json")


def _run(training: ShardTraining, processes: int) -> None:
    # The processes are new Pythons: they must find this very package.
    paths = [str(Path(modgap.__file__).parents[1]), *os.environ.get("PYTHONPATH", "").split(":")]
    os.environ["PYTHONPATH"] = ":".join(dict.fromkeys(filter(None, paths)))
    module = ("-m", "modgap.train.distributed.trainer", f"{training.work}/training.json")
    try:
        torchrun(["--standalone", "--nproc-per-node", str(processes), *module])
    except ChildFailedError as error:
        message = error.get_first_failure()[1].message
        # What the process wrote down before it ended, with its trace, or torchrun's own words.
        reason = message["message"] if isinstance(message, dict) else message
        raise InputError(
            f"open_clip's trainer failed: {' '.join(reason.split())}. What it wrote "
            f"before is in {training.work}; the next start goes on after the last whole epoch"
        ) from error


def _report(training: ShardTraining, readable: Shards, path: str | os.PathLike) -> int:
    """List what could not be used; returns how many items that are."""
    listed: dict[str, Problem] = {}
    for problem in (*readable.problems, *Faults(training.faults).read()):
        listed.setdefault(problem.item, problem)
    lines = [f"{each.item}\t{each.problem}\tskipped" for each in listed.values()]
    write_text(path, "\n".join(["item\tproblem\taction", *lines]) + "\n")
    if listed:
        _log.warning("%d items of the shards skipped; listed in %s", len(listed), path)
    return len(listed)
