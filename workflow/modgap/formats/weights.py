"""A file of weights: its tensors by name, and in a line what is wrong with one without them."""

import re
from collections.abc import Collection, Mapping
from pathlib import Path

import torch
from safetensors import safe_open

from modgap.errors import InputError
from modgap.formats.pointers import check_fetched

# Before each name in a checkpoint of a training on several devices; open_clip drops it.
_DROPPED = "module."
# How the names of open_clip's models begin, and what others put before them.
_BEGINNINGS = ("visual.", "text.", "logit_scale", "token_embedding.")
_WRITERS = {"model.": " (as Lightning saves them)", "_orig_mod.": " (as torch.compile names them)"}
_TRANSFORMERS = ("text_model.", "vision_model.")
_ADAPTER = re.compile(r"(?:^|[._])lora_")
# Whole numbers of which scales that lie elsewhere make weights.
_QUANTISED = ("I8", "U8", torch.int8, torch.uint8)
_SHOWN = 3  # names or tensors of an error that lists all of them


def tensor_shapes(weights: Path) -> dict[str, tuple[int, ...]]:
    """The tensors of a safetensors file, or of a pickle of tensors alone: name → shape.

    Names are as open_clip takes them from the file. Raises `InputError` naming the file and what to
    do if it is no such file, or if the tensors lie or are called where open_clip does not look.
    """
    check_fetched(weights)
    if not weights.stat().st_size:
        raise InputError(f"{weights}: no content, an empty file; fetch it or save it again")
    try:
        shapes = _stored(weights) if weights.suffix == ".safetensors" else _pickled(weights)
    except InputError:
        raise
    except Exception as error:  # safetensors and torch raise their own
        raise _no_tensors(weights, error) from error
    _check_names(weights, shapes)
    prefix = _prefix(shapes)
    if prefix not in ("", _DROPPED):
        raise InputError(
            f"{weights}: the names of its tensors begin with {prefix!r}{_WRITERS.get(prefix, '')}; "
            f"save them without it: {{name.removeprefix({prefix!r}): tensor for name, tensor in "
            "state_dict.items()}"
        )
    return {name.removeprefix(prefix): shape for name, shape in shapes.items()}


def why_not_loaded(weights: Path, model_cfg: dict, error: Exception) -> str:
    """In a line why open_clip raised `error` for a file of weights under a configuration."""
    try:
        names = tensor_shapes(weights)
    except InputError as fault:
        return str(fault)
    if "logit_bias" in names and model_cfg.get("init_logit_bias") is None:
        return (
            f"{weights.name} has a logit_bias, but open_clip_config.json no init_logit_bias; "
            'add init_logit_bias to model_cfg, such as "init_logit_bias": -10'
        )
    return in_a_line(error)


def in_a_line(error: Exception) -> str:
    """What an error says, in a line that lists few of the tensors that do not fit."""
    lines = str(error).splitlines()
    sizes = [line for line in lines if "size mismatch for " in line]
    lines = [line for line in lines if line not in sizes[_SHOWN:]]
    if len(sizes) > _SHOWN:
        lines.append(f"and {len(sizes) - _SHOWN} more of another size")
    text = " ".join(" ".join(lines).split()) or type(error).__name__
    return re.sub(r'"[^"]*"(?:, "[^"]*")+', _few, text)


def _few(names: re.Match) -> str:
    parts = names[0].split(", ")
    more = len(parts) - _SHOWN
    return names[0] if more <= 0 else f"{', '.join(parts[:_SHOWN])} and {more} more"


def _check_names(weights: Path, names: Collection[str]) -> None:
    """Refuse adapters, which are a part of a model, and the names that transformers gives."""
    adapter = next(filter(_ADAPTER.search, names), None)
    if adapter:
        raise InputError(
            f"{weights}: holds LoRA adapters ({adapter}); put them into the weights first (in peft "
            "model.merge_and_unload()) and save the state_dict of what that gives"
        )
    if any(name.startswith(_TRANSFORMERS) for name in names):
        raise InputError(
            f"{weights}: its tensors are named as in transformers, not as in open_clip; take the "
            "open_clip weights of this model, or measure embeddings made with transformers"
        )


def _stored(weights: Path) -> dict[str, tuple[int, ...]]:
    with safe_open(weights, framework="pt") as file:
        slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
        _check_types(weights, {name: part.get_dtype() for name, part in slices.items()})
        return {name: tuple(part.get_shape()) for name, part in slices.items()}


def _pickled(weights: Path) -> dict[str, tuple[int, ...]]:
    state = torch.load(weights, map_location="meta", weights_only=True)
    if not isinstance(state, Mapping):
        raise InputError(
            f"{weights}: holds a {type(state).__name__}, expected tensors by name, as "
            "torch.save(model.state_dict(), path) writes them"
        )
    state = state.get("state_dict", state)
    shapes = _shapes(state)
    _check_types(weights, {name: state[name].dtype for name in shapes if name in state})
    within = [key for key, value in state.items() if isinstance(value, Mapping) and _shapes(value)]
    if within and not shapes:
        raise InputError(
            f"{weights}: its tensors lie under {' and '.join(map(repr, within))}, where open_clip "
            f"does not look; save them alone: torch.save(checkpoint[{within[0]!r}], "
            f"{weights.name!r})"
        )
    return shapes


def _check_types(weights: Path, types: Mapping[str, object]) -> None:
    """Refuse quantised weights: without their scales open_clip takes them for the weights."""
    quantised = next((name for name, kind in types.items() if kind in _QUANTISED), None)
    if quantised:
        raise InputError(
            f"{weights}: {quantised} is in 8-bit whole numbers, so the weights are quantised; save "
            "them as float32 or float16"
        )


def _shapes(state: Mapping) -> dict[str, tuple[int, ...]]:
    tensors = {name: value for name, value in state.items() if isinstance(value, torch.Tensor)}
    return {str(name): tuple(value.shape) for name, value in tensors.items()}


def _prefix(names: Collection[str]) -> str:
    """What stands before each of open_clip's names; "" if nothing does, or these are others."""
    if any(name.startswith(_BEGINNINGS) for name in names):
        return ""
    within = re.compile(rf"(.*?\.)(?:{'|'.join(map(re.escape, _BEGINNINGS))})")
    matches = filter(None, map(within.match, names))
    return next((match[1] for match in matches), "")


def _no_tensors(weights: Path, error: Exception) -> InputError:
    other = re.search(r"Unsupported global: GLOBAL (\S+)", str(error))
    # Behind its first sentence torch tells how to run what is in a file.
    reason = str(error).split(". ")[0] or type(error).__name__
    advice = "train or download the model again"
    if other:
        reason = f"it holds {other[1]}, which is never loaded"
        advice = "save its state_dict alone: torch.save(model.state_dict(), FILE)"
    if "TorchScript" in reason:
        reason = "it is a TorchScript archive, a program, which is never loaded"
        advice = (
            "save torch.jit.load(FILE).state_dict() alone, of OpenAI's models without "
            "input_resolution, context_length and vocab_size"
        )
    return InputError(
        f"{weights}: not a safetensors file, nor a file of tensors alone ({reason}); {advice}"
    )
