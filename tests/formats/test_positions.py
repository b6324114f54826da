import pytest
import torch
from helpers.tiny_models import save_tiny_clip
from safetensors import safe_open

from modgap.embed.encoder import load_encoder
from modgap.errors import InputError
from modgap.formats.positions import check_positions
from modgap.formats.preprocessing import read_model_config

WEIGHTS = "open_clip_model.safetensors"


@pytest.mark.parametrize(("patch", "patches"), [([7, 7], 16), ([14, 7], 8), (14, 4)])
def test_a_patch_of_two_sides_is_one_of_open_clips(tmp_path, patch, patches):
    folder = save_tiny_clip(tmp_path / "m", patch_size=patch, layers=1)
    with safe_open(folder / WEIGHTS, "pt") as file:
        assert len(file.get_tensor("visual.positional_embedding")) == patches + 1
    check_positions(folder / WEIGHTS, read_model_config(folder)["model_cfg"])
    height, width = load_encoder(folder, torch.device("cpu")).model.visual.grid_size
    assert height * width == patches


def test_positions_of_another_patch_are_refused(tmp_path):
    folder = save_tiny_clip(tmp_path / "m", layers=1)
    model = read_model_config(folder)["model_cfg"]
    model["vision_cfg"]["patch_size"] = [14, 7]
    with pytest.raises(InputError, match=r"17 positions, .* patch_size \[14, 7\] .* 8 patches"):
        check_positions(folder / WEIGHTS, model)
