"""The files of a model folder: what they are called, which are read, where they lie."""

import json
import os
import re
from pathlib import Path

from modgap.errors import InputError
from modgap.formats.preprocessing import read_model_config

CONFIG, WEIGHTS, RECORD = "open_clip_config.json", "open_clip_model.safetensors", "modgap.json"
# What to do about the damaged folder of a model that has a record here.
AGAIN = "train or download the model again: a study does so once its folder is deleted"
# Where a folder keeps the configuration of a text tower that transformers builds.
TEXT_TOWER = "text_tower"
PICKLE = "open_clip_pytorch_model.bin"
# In the order in which open_clip looks for them (open_clip.factory._find_checkpoint_in_dir).
_WEIGHTS_FILES = (
    WEIGHTS,
    "open_clip_pytorch_model.safetensors",
    PICKLE,
    "open_clip_pytorch_model.pth",
)
_WEIGHT_SUFFIXES = {".safetensors", ".bin", ".pt", ".pth", ".ckpt"}
_SHARD = re.compile(r".*-\d+-of-\d+\.\w+")
_NOT_TOKENIZER = {CONFIG, RECORD}
_TOKENIZER_SUFFIXES = {".json", ".txt", ".model"}


def place_of(folder: str | os.PathLike) -> Path:
    """Where the files of a model folder lie: there, or in the folder that its modgap.json names.

    The latter is a model of the user's own, of which nothing was copied.
    """
    try:
        record = json.loads((Path(folder) / RECORD).read_text(encoding="utf-8"))
        return Path(record.get("folder") or folder)
    except (OSError, ValueError, AttributeError, TypeError):
        return Path(folder)  # whoever needs the record says what is wrong with it


def weights_file(folder: str | os.PathLike) -> Path:
    """The file of weights in a folder that open_clip takes; `InputError` if there is none."""
    folder = Path(folder)
    for path in (folder / name for name in _WEIGHTS_FILES):
        if path.is_file():
            return path
        _check_link(path)  # open_clip would take it for the file
    raise InputError(
        f"{folder / WEIGHTS}: no such file, so {folder.name} has no weights; {_hint(folder)}"
    )


def tokenizer_files(folder: str | os.PathLike) -> list[Path]:
    """The files of a model folder that a tokenizer of its own is made of, sorted."""
    return sorted(
        path
        for path in place_of(folder).iterdir()
        if path.suffix in _TOKENIZER_SUFFIXES and path.name not in _NOT_TOKENIZER
    )


def settings_files(folder: str | os.PathLike) -> dict[str, Path]:
    """The files besides the weights that decide what a model gives, by their names in its folder.

    They are the configuration and, where the model has its own, the files of the tokenizer and the
    configuration of the text tower.
    """
    place = place_of(folder)
    text = read_model_config(place)["model_cfg"].get("text_cfg") or {}
    paths = [place / CONFIG]
    if text.get("hf_tokenizer_name"):
        paths += tokenizer_files(place)
    if text.get("hf_model_name"):
        paths.append(place / text["hf_model_name"] / "config.json")
    named = {path.relative_to(place).as_posix(): path for path in paths if path.is_file()}
    return dict(sorted(named.items()))


def _check_link(path: Path) -> None:
    if path.is_symlink() and not path.exists():
        raise InputError(
            f"{path}: is a link to no file ({path.readlink()}); copy what it links to as well "
            "(cp -rL), or download it again"
        )


def _hint(folder: Path) -> str:
    others = sorted(p for p in folder.glob("*") if p.suffix.lower() in _WEIGHT_SUFFIXES)
    if not others:
        return AGAIN if (folder / RECORD).is_file() else "train or download the model again"
    first = others[0]
    _check_link(first)
    if first.name.startswith("adapter_model."):
        return (
            f"{first.name} holds adapters alone: put them into the weights (in peft "
            f"model.merge_and_unload()) and save the state_dict as {PICKLE}"
        )
    name = WEIGHTS if first.suffix.lower() == ".safetensors" else PICKLE
    if _SHARD.fullmatch(first.name):
        return f"merge its shards ({first.name} and the others) into one file and call it {name}"
    return f"rename {first.name} to {name}, if these are its weights as open_clip saves them"
