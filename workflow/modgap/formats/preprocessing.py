"""What happens to an image before a model sees it, and the name by which models share it."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from modgap.errors import InputError
from modgap.formats.text import read_text

if TYPE_CHECKING:  # the sheet of models is read at every start, and has no use for it
    from PIL import Image

# open_clip's PreprocessCfg and CLIPVisionCfg: what a folder's configuration leaves out.
_DEFAULTS = {"interpolation": "bicubic", "resize_mode": "shortest", "fill_color": 0}
_DEFAULT_SIZE = 224
_TOWERS = ("vision_cfg", "text_cfg")
# What models of other libraries are called.
_FOREIGN = (".onnx", ".gguf", ".ggml", ".mlpackage", ".mlmodel", ".keras", ".h5", ".tflite")
_FOREIGN += (".msgpack", ".npz", ".distcp", ".engine")
_MODES = ("shortest", "longest", "squash")
_INTERPOLATIONS = ("bicubic", "bilinear", "random")
_KEY = re.compile(
    r"([1-9]\d*)(?:x([1-9]\d*))?-(bicubic|bilinear)-(shortest|longest|squash)(?:-fill(\d+))?"
)


@dataclass(frozen=True)
class Preprocessing:
    """Decoding and resizing, as far as models share it: everything before the normalisation.

    `resize_mode`: "shortest" (shortest edge to size, centre crop), "longest" (longest edge to
    size, padded with `fill_color`), "squash" (both edges to size, aspect ratio lost).
    """

    height: int
    width: int
    interpolation: str = "bicubic"
    resize_mode: str = "shortest"
    fill_color: int = 0

    @property
    def key(self) -> str:
        """Short name for file paths, such as "224-bicubic-shortest"."""
        size = f"{self.height}" if self.height == self.width else f"{self.height}x{self.width}"
        # The fill colour only shows where padding can happen; elsewhere it would split caches.
        fill = f"-fill{self.fill_color}" if self.resize_mode == "longest" else ""
        return f"{size}-{self.interpolation}-{self.resize_mode}{fill}"

    @classmethod
    def parse(cls, key: str) -> "Preprocessing":
        """The preprocessing that a key names; raises `InputError` if it names none."""
        match = _KEY.fullmatch(key)
        if match is None:
            raise InputError(
                f"preprocessing {key!r}: expected SIZE-INTERPOLATION-MODE such as "
                f"224-bicubic-shortest; interpolation bicubic or bilinear, mode one of {_MODES}"
            )
        height, width, interpolation, mode, fill = match.groups()
        parsed = cls(int(height), int(width or height), interpolation, mode, int(fill or 0))
        if parsed.key != key:
            raise InputError(f"preprocessing {key!r}: write it as {parsed.key}")
        return parsed

    @classmethod
    def of_model(cls, model_folder: str | Path) -> "Preprocessing":
        """The preprocessing of a model folder, read from its open_clip_config.json alone."""
        return cls.of_config(read_model_config(model_folder))

    @classmethod
    def of_config(cls, config: dict) -> "Preprocessing":
        """The preprocessing that the contents of an open_clip_config.json ask for.

        As in open_clip the size is the tower's, whatever preprocess_cfg says.
        """
        if "vision_cfg" not in config["model_cfg"]:
            raise InputError("an encoder of texts alone has no preprocessing of images")
        chosen = config.get("preprocess_cfg") or {}
        size = config["model_cfg"]["vision_cfg"].get("image_size", _DEFAULT_SIZE)
        height, width = size if isinstance(size, list) else (size, size)
        values = {
            name: default if chosen.get(name) is None else chosen[name]
            for name, default in _DEFAULTS.items()
        }
        # open_clip: "random" is for training; evaluation falls back to bicubic.
        if values["interpolation"] == "random":
            values["interpolation"] = "bicubic"
        return cls(height, width, **values)

    def resize(self) -> "Callable[[Image.Image], Image.Image]":
        """PIL image of any mode and size → RGB image of this size, with open_clip's own steps."""
        from open_clip.transform import image_transform

        steps = image_transform(
            (self.height, self.width),
            is_train=False,
            interpolation=self.interpolation,
            resize_mode=self.resize_mode,
            fill_color=self.fill_color,
        ).transforms[:-2]  # the last two: to tensor, normalise

        def run(image: "Image.Image") -> "Image.Image":
            for step in steps:
                image = step(image)
            return image

        return run


def read_model_config(model_folder: str | Path) -> dict:
    """The open_clip_config.json of a model folder; `InputError` if it is missing or no such file.

    The result has `model_cfg` with `vision_cfg`, `text_cfg`, or both (an encoder may have one
    tower).
    """
    path = Path(model_folder) / "open_clip_config.json"
    if not path.is_file():
        raise InputError(f"{path}: no such file. {_what_instead(path.parent)}")
    return parse_model_config(path, str(path))


def _what_instead(folder: Path) -> str:
    """What to do about a folder without open_clip_config.json, by what lies there."""
    for config in sorted(folder.glob("snapshots/*/open_clip_config.json")):
        return f"It is a cache of the hub: name the folder {config.parent}"
    if (folder / "config.json").is_file():
        return (
            "The folder is one of transformers (config.json), which open_clip cannot load; take "
            "the open_clip folder of this model, or measure embeddings made with transformers"
        )
    endings = {path.suffix.lower(): path.name for path in sorted(folder.glob("*"))}
    if foreign := [name for ending, name in endings.items() if ending in _FOREIGN]:
        return (
            f"The folder holds {foreign[0]}, which open_clip cannot load; embed the items by what "
            "can, and measure the embeddings (a row of kind embeddings)"
        )
    if checkpoints := [name for ending, name in endings.items() if ending in (".pt", ".pth")]:
        return (
            f"The folder holds {checkpoints[0]} and no word on its model: write one there, "
            '{"model_cfg": …, "preprocess_cfg": {}} with what open_clip.get_model_config(name) '
            "gives (of weights that were OpenAI's before, with quick_gelu true), and call the "
            "checkpoint open_clip_pytorch_model.bin"
        )
    return (
        "A model folder holds open_clip_config.json, open_clip_model.safetensors and modgap.json; "
        "build or download the model first"
    )


def parse_model_config(path: Path, where: str) -> dict:
    """An open_clip_config.json, checked as `read_model_config` says; errors call it `where`.

    Nothing in it may make a library fetch or run what is not in the model folder: that too is an
    `InputError`, as is what it says of images and switches where open_clip fails or takes it for
    something else.
    """
    text, config = read_text(path), None
    try:
        config = json.loads(text)
        model = config["model_cfg"]
        towers = [model[name] for name in _TOWERS if name in model]
        if not towers or not all(isinstance(part, dict) for part in (model, *towers)):
            raise TypeError("no tower")
    except (ValueError, KeyError, TypeError) as error:
        alone = isinstance(config, dict) and any(name in config for name in _TOWERS)
        hint = '; put all that is there under model_cfg: {"model_cfg": …}' if alone else ""
        raise InputError(
            f"{where}: not an open_clip configuration ({error!r}); expected JSON with "
            f"model_cfg.vision_cfg and model_cfg.text_cfg{hint}"
        ) from error
    _check_harmless(model, where)
    for part in (model, *towers):
        _check_switches(part, where)
    chosen = config.get("preprocess_cfg") or {}
    if not isinstance(chosen, dict):
        raise InputError(f"{where}: preprocess_cfg {chosen!r}; expected settings by name, as {{}}")
    if "vision_cfg" in model:
        _check_images(model["vision_cfg"], chosen, where)
    _check_texts(model.get("text_cfg", {}), where)
    return config


def has_two_towers(config: dict) -> bool:
    """Whether an open_clip configuration has an image tower and a text tower."""
    return all(name in config["model_cfg"] for name in _TOWERS)


def check_two_towers(config: dict, where: str) -> None:
    """Raise `InputError` unless a configuration has an image tower and a text tower."""
    if not has_two_towers(config):
        raise InputError(
            f"{where}: model_cfg has {' or '.join(_TOWERS)} but not both: an encoder of one kind "
            "only, which has no modality gap; name a model with an image tower and a text tower"
        )


def _check_switches(part: dict, where: str) -> None:
    """Refuse words for true and false: to open_clip each of them is true."""
    for name, value in part.items():
        quoted = isinstance(value, str) and value.lower() in ("true", "false")
        if quoted or (name == "quick_gelu" and type(value) is not bool):
            raise InputError(
                f"{where}: {name} {value!r}; expected true or false, without quotes around it"
            )


def _check_images(vision: dict, chosen: dict, where: str) -> None:
    _check_sides("image_size", vision.get("image_size", _DEFAULT_SIZE), where)
    if vision.get("patch_size") is not None:
        _check_sides("patch_size", vision["patch_size"], where)
    for name, words in (("interpolation", _INTERPOLATIONS), ("resize_mode", _MODES)):
        if chosen.get(name) not in (None, *words):
            raise InputError(
                f"{where}: {name} {chosen[name]!r}; expected one of {', '.join(words)}"
            )
    if type(chosen.get("fill_color") or 0) is not int:
        raise InputError(f"{where}: fill_color {chosen['fill_color']!r}; expected one whole number")
    for name in ("mean", "std"):
        if chosen.get(name) is not None and not _are_colours(chosen[name], name == "std"):
            raise InputError(
                f"{where}: {name} {chosen[name]!r}; expected three numbers, of red, green and "
                f"blue, as fractions of white: {'above 0' if name == 'std' else 'from 0'} to 1"
            )


def _check_texts(text: dict, where: str) -> None:
    length = text.get("context_length", 1)
    if type(length) is not int or length < 1:
        raise InputError(f"{where}: context_length {length!r}; expected a number of tokens")
    for name in ("hf_model_name", "hf_tokenizer_name"):
        if not isinstance(text.get(name) or "", str):
            raise InputError(f"{where}: {name} {text[name]!r}; expected a name, in quotes")


def _check_sides(name: str, size: object, where: str) -> None:
    sides = size if isinstance(size, list) else [size, size]
    if len(sides) != 2 or not all(type(side) is int and side > 0 for side in sides):
        raise InputError(
            f"{where}: {name} {size!r}; expected a number of pixels, or a list of height and width"
        )


def _are_colours(values: object, above_zero: bool) -> bool:
    """Whether three values, or one for all of them, are fractions of white."""
    values = values if isinstance(values, list) else [values] * 3
    numbers = [value for value in values if type(value) in (int, float) and 0 <= value <= 1]
    return len(values) == len(numbers) == 3 and not (above_zero and 0 in numbers)


def _check_harmless(model: dict, where: str) -> None:
    name = str(model.get("vision_cfg", {}).get("timm_model_name") or "")
    if ":" in name or "/" in name:
        raise InputError(
            f"{where}: timm_model_name {name!r} points outside the model folder; expected the "
            "plain name of a timm network"
        )
    settings = model.get("text_cfg", {}).get("tokenizer_kwargs", {})
    if not isinstance(settings, dict):
        raise InputError(
            f"{where}: tokenizer_kwargs {settings!r}; expected its settings by name, or leave it "
            "out"
        )
    if settings.get("trust_remote_code"):
        raise InputError(
            f"{where}: tokenizer_kwargs asks to run code that comes with the model "
            "(trust_remote_code), which is never done; use a tokenizer that transformers knows"
        )
