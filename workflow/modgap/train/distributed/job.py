"""A training on shards from its settings to its model folder."""

import hashlib
import json
import logging
import math
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
    load_model,
    place_of,
    read_weights,
    tokenizer_files,
    write_model,
)
from modgap.formats.preprocessing import read_model_config
from modgap.formats.tables import write_frame
from modgap.runtime.provenance import provenance
from modgap.train.distributed.pairs import Faults
from modgap.train.distributed.settings import LOSSES, ShardTraining
from modgap.train.distributed.shards import Shards, read_shards

_log = logging.getLogger(__name__)


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
        Folder of the model to start from, whose weights alone are taken.
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
    folder, start = Path(folder), place_of(start).absolute()
    found = read_shards(Path(shards))
    _check(found, recipe, shards)
    config = read_model_config(start)
    _, facts = read_weights(start)
    work = folder.absolute() / "checkpoint"
    training = ShardTraining(str(start), str(work), found.paths, found.pairs, dict(recipe))
    _prepare(training, facts["weights_sha256"])
    _run(training, recipe["processes"])
    skipped = _report(training, found, problems)
    model = load_model(start)
    model.load_state_dict(read_checkpoint(training.checkpoint))
    for path in tokenizer_files(start):
        shutil.copyfile(path, folder / path.name)
    record = {
        "training": {
            **recipe,
            "from": facts["model"],
            "from_sha256": facts["weights_sha256"],
            "shards": len(found.paths),
            "items": found.pairs,
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
    """Loss and temperature of each step, counted from 1, from the files of the epochs."""
    rows = [
        {"epoch": epoch, **row}
        for epoch in range(epochs)
        for row in json.loads((folder / f"{epoch:06d}.json").read_text(encoding="utf-8"))
    ]
    history = pd.DataFrame(rows)
    history.insert(0, "step", range(1, len(history) + 1))
    # Nothing is measured on the way.
    return history.assign(l2m=math.nan, rmg=math.nan, entropy=math.nan)


def _check(found: Shards, recipe: Mapping, shards: str | os.PathLike) -> None:
    batch = recipe["batch_size"] * recipe["processes"]
    if found.pairs < batch:
        raise InputError(
            f"{shards}: {found.pairs} pairs do not fill one batch of {batch} (batch_size times "
            "processes); lower batch_size"
        )
    readers = max(1, recipe["workers"]) * recipe["processes"]
    if len(found.paths) < readers:
        raise InputError(
            f"{shards}: {len(found.paths)} shards with pairs for {readers} readers (workers times "
            "processes), each of which needs one of its own; lower workers"
        )
    if recipe["loss"] not in LOSSES:
        raise InputError(
            f"loss {recipe['loss']!r} does not work over several processes; take "
            f"{' or '.join(LOSSES)}"
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
        _, failure = error.get_first_failure()
        raise InputError(
            f"open_clip's trainer failed: {' '.join(failure.message.split())}. What it wrote "
            f"before is in {training.work}; the next start goes on after the last whole epoch"
        ) from error


def _report(training: ShardTraining, found: Shards, path: str | os.PathLike) -> int:
    """List what could not be used; returns how many items that are."""
    listed: dict[str, Problem] = {}
    for problem in (*found.problems, *Faults(training.faults).read()):
        listed.setdefault(problem.item, problem)
    lines = [f"{each.item}\t{each.problem}\tskipped" for each in listed.values()]
    write_text(path, "\n".join(["item\tproblem\taction", *lines]) + "\n")
    if listed:
        _log.warning("%d items of the shards skipped; listed in %s", len(listed), path)
    return len(listed)
