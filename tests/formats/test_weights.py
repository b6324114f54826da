import argparse
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers.tiny_models import save_tiny_clip
from safetensors.torch import load_file, save_file

from modgap.errors import InputError
from modgap.formats.model_folder import load_model
from modgap.formats.weights import in_a_line, tensor_shapes

STATE = {"logit_scale": torch.tensor(1.0), "visual.proj": torch.zeros(3, 2)}
SHAPES = {"logit_scale": (), "visual.proj": (3, 2)}


def prefixed(prefix: str) -> dict[str, torch.Tensor]:
    return {prefix + name: value for name, value in STATE.items()}


def saved(folder: Path, state: object) -> Path:
    torch.save(state, folder / "weights.bin")
    return folder / "weights.bin"


@pytest.mark.parametrize("prefix", ["", "module."])
def test_names_and_shapes_as_open_clip_takes_them(tmp_path, prefix):
    save_file(prefixed(prefix), tmp_path / "weights.safetensors")
    assert tensor_shapes(tmp_path / "weights.safetensors") == SHAPES
    assert tensor_shapes(saved(tmp_path, prefixed(prefix))) == SHAPES
    assert tensor_shapes(saved(tmp_path, {"epoch": 3, "state_dict": prefixed(prefix)})) == SHAPES


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"model": STATE, "epoch": 3}, r"lie under 'model'.*torch\.save\(checkpoint\['model'\]"),
        ({"model": STATE, "ema": STATE}, "lie under 'model' and 'ema', where"),
        ({"state_dict": prefixed("model.")}, r"begin with 'model\.' \(as Lightning saves them\)"),
        (prefixed("_orig_mod."), r"begin with '_orig_mod\.' \(as torch\.compile names them\)"),
        (prefixed("module._orig_mod."), r"begin with 'module\._orig_mod\.'; save them without it"),
        (prefixed("clip."), r"name\.removeprefix\('clip\.'\): tensor"),
        (STATE | {"args": argparse.Namespace()}, r"holds argparse\.Namespace.*save its state_dict"),
        (STATE | {"best": np.float64(0.3)}, r"holds numpy\.\S+\.scalar.*save its state_dict alone"),
        (torch.nn.Linear(1, 1), r"holds torch\.nn\.\S+\.Linear.*save its state_dict alone"),
        ([1], "holds a list, expected tensors by name"),
        (torch.zeros(2, 3), "holds a Tensor, expected tensors by name"),
        (
            {"base_model.model.visual.proj.lora_A.default.weight": torch.zeros(1)},
            r"holds LoRA adapters \(base_model\S+\); put them into .*merge_and_unload",
        ),
        ({"visual.lora_down.weight": torch.zeros(1)} | STATE, "holds LoRA adapters"),
        ({"text_model.a": torch.zeros(1)} | STATE, "named as in transformers, not as in open_clip"),
        (
            {"visual.proj": torch.zeros(3, 2, dtype=torch.int8)},
            r"visual\.proj is in 8-bit whole numbers, so the weights are quantised; save them",
        ),
    ],
)
def test_a_checkpoint_of_another_make_is_named_in_a_line(tmp_path, state, message):
    with pytest.raises(InputError, match=rf"weights\.bin: .*{message}") as error:
        tensor_shapes(saved(tmp_path, state))
    assert len(str(error.value)) - len(str(tmp_path)) < 250
    assert "\n" not in str(error.value)


class Scaled(torch.nn.Module):
    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return 2 * values


@pytest.mark.filterwarnings("ignore")  # torch's own, of what it is about to refuse or to give up
def test_a_torchscript_archive_is_called_that(tmp_path):
    """As OpenAI publishes its models."""
    torch.jit.script(Scaled()).save(str(tmp_path / "weights.bin"))
    with pytest.raises(
        InputError, match=r"is a TorchScript archive, .*save torch\.jit\.load\(FILE"
    ):
        tensor_shapes(tmp_path / "weights.bin")


def test_quantised_weights_are_named_in_safetensors_too(tmp_path):
    """open_clip copied -3 to 3 into the place of the weights."""
    quantised = STATE | {"visual.proj": torch.zeros(3, 2, dtype=torch.int8)}
    save_file(quantised, tmp_path / "weights.safetensors")
    with pytest.raises(InputError, match=r"visual\.proj is in 8-bit whole numbers"):
        tensor_shapes(tmp_path / "weights.safetensors")
    # The numbers of positions and of batches are no weights.
    counts = STATE | {"bn.num_batches_tracked": torch.tensor(3), "position_ids": torch.arange(4)}
    save_file(counts, tmp_path / "weights.safetensors")
    assert tensor_shapes(tmp_path / "weights.safetensors").keys() == counts.keys()


@pytest.mark.parametrize("name", ["weights.bin", "weights.safetensors"])
def test_a_pointer_of_git_lfs(tmp_path, name):
    (tmp_path / name).write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    with pytest.raises(InputError, match=rf"{name}: is a git-lfs pointer"):
        tensor_shapes(tmp_path / name)


@pytest.mark.parametrize("name", ["weights.bin", "weights.safetensors"])
def test_a_file_without_content(tmp_path, name):
    (tmp_path / name).touch()
    with pytest.raises(InputError, match=rf"{name}: no content, an empty file; fetch it or save"):
        tensor_shapes(tmp_path / name)


def test_few_of_many_names_are_shown():
    names = ", ".join(f'"a.{number}"' for number in range(400))
    sizes = [f"\tsize mismatch for b.{number}: copying" for number in range(5)]
    error = RuntimeError("\n".join([f"for CLIP:\n\tMissing key(s): {names}. ", *sizes]))
    assert in_a_line(error) == (
        'for CLIP: Missing key(s): "a.0", "a.1", "a.2" and 397 more. size mismatch for b.0: '
        "copying size mismatch for b.1: copying size mismatch for b.2: copying and 2 more of "
        "another size"
    )
    assert in_a_line(RuntimeError('keys "a", "b", "c"')) == 'keys "a", "b", "c"'
    assert in_a_line(KeyError()) == "KeyError"


def test_weights_of_another_network_are_told_in_few_names(tmp_path):
    folder = save_tiny_clip(tmp_path / "m", layers=1)
    path = folder / "open_clip_model.safetensors"
    foreign = {f"other.{number}": torch.zeros(1) for number in range(500)}
    save_file(foreign | {"logit_scale": torch.tensor(1.0)}, path)
    with pytest.raises(InputError, match=r'"other\.1", "other\.10" and 497 more') as error:
        load_model(folder)
    assert len(str(error.value)) < 600


def test_a_bias_that_the_configuration_does_not_have(tmp_path):
    folder = save_tiny_clip(tmp_path / "m", layers=1)
    path = folder / "open_clip_model.safetensors"
    save_file(load_file(path) | {"logit_bias": torch.tensor(-10.0)}, path)
    with pytest.raises(InputError, match=r"has a logit_bias, .*add init_logit_bias to model_cfg"):
        load_model(folder)
