import json
from collections.abc import Callable
from pathlib import Path

import open_clip
import pytest
import torch
from helpers.tiny_models import save_tiny_clip, save_tiny_coca, save_tiny_siglip
from helpers.users_folders import WEIGHTS, edit
from safetensors.torch import load_file, save_file
from torchvision import transforms

from modgap.embed import encoder as models
from modgap.embed.encoder import check_model_folder, load_encoder
from modgap.errors import InputError
from modgap.formats.files import sha256

CPU = torch.device("cpu")


def save_changed(folder: Path, change: Callable[[dict], None]) -> None:
    """Weights of a changed configuration in the place of a folder's own."""
    edit(folder, change)
    model = open_clip.create_model(f"local-dir:{folder}", load_weights=False)
    weights = {name: value.contiguous() for name, value in model.state_dict().items()}
    save_file(weights, folder / WEIGHTS)
    record = json.loads((folder / "modgap.json").read_text())
    record["weights_sha256"] = sha256(folder / WEIGHTS)
    (folder / "modgap.json").write_text(json.dumps(record))


PIXELS = (torch.arange(3 * 28 * 28 * 3).view(3, 28, 28, 3) % 251).to(torch.uint8)


@pytest.mark.parametrize("save", [save_tiny_clip, save_tiny_siglip, save_tiny_coca])
def test_any_architecture_gives_one_vector_per_item(tmp_path, save):
    encoder = load_encoder(save(tmp_path / "m"), CPU)
    with torch.inference_mode():
        images = encoder.images(PIXELS)
    assert images.shape == (3, 16)
    # Not normalised, though CoCa does so unless told otherwise.
    assert (images.norm(dim=1) > 1.1).all()
    assert encoder.parameters == encoder.record["parameters"]
    assert float(encoder.model.logit_scale.exp()) == pytest.approx(encoder.record["logit_scale"])
    assert encoder.logit_bias == (-10 if save is save_tiny_siglip else None)


@pytest.mark.parametrize("in_cache", [1, 2 * 28 * 28 * 3, 2**20])
def test_images_are_normalised_each_by_itself_whatever_is_done_at_a_time(
    tmp_path, monkeypatch, in_cache
):
    monkeypatch.setattr(models, "_IN_CACHE", in_cache)
    colours = {"mean": [0.1, 0.5, 0.9], "std": [0.2, 0.3, 0.7]}
    encoder = load_encoder(save_tiny_clip(tmp_path / "m", preprocess=colours), CPU)
    steps = (transforms.ToTensor(), transforms.Normalize(**colours))
    expected = torch.stack([steps[1](steps[0](image.numpy())) for image in PIXELS])
    assert torch.equal(encoder.prepare(PIXELS), expected)
    # A smaller batch after a larger one uses part of the same room.
    encoder.images(PIXELS)
    assert torch.equal(encoder.prepare(PIXELS[:2], encoder._room(PIXELS[:2])), expected[:2])
    assert len(encoder.scratch[0]) == 3


@pytest.mark.parametrize("precision", ["bf16", "fp16", "amp"])
def test_lower_precision_stays_near_float32(tmp_path, precision):
    folder = save_tiny_clip(tmp_path / "m")
    with torch.inference_mode():
        exact = load_encoder(folder, CPU).images(PIXELS)
        lower = load_encoder(folder, CPU, precision).images(PIXELS)
    assert lower.dtype == torch.float32
    error = (lower - exact).norm() / exact.norm()
    assert 0 < error < 0.02


def scaled_layers(model: dict) -> None:
    model["vision_cfg"]["ls_init_value"] = model["text_cfg"]["ls_init_value"] = 0.1


def biased_projection(model: dict) -> None:
    """As SigLIP's text tower has it."""
    model["custom_text"] = True
    model["text_cfg"]["proj_bias"] = True


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
@pytest.mark.parametrize("change", [None, scaled_layers, biased_projection])
def test_what_open_clip_leaves_in_float32_is_refused_with_the_remedy(tmp_path, change, precision):
    """CoCa was; layer scale was a traceback of torch, a projection with bias a damaged folder."""
    folder = (save_tiny_clip if change else save_tiny_coca)(tmp_path / "m")
    if change:
        save_changed(folder, change)
    load_encoder(folder, CPU, "amp")
    message = rf"cannot run this model in {precision} \(.*\); set precision: amp or fp32$"
    with pytest.raises(InputError, match=message):
        load_encoder(folder, CPU, precision)


def test_no_weights(tmp_path):
    folder = save_tiny_clip(tmp_path / "m")
    (folder / "open_clip_model.safetensors").unlink()
    with pytest.raises(InputError, match=r"open_clip_model\.safetensors: no such file.*no weights"):
        load_encoder(folder, CPU)


def test_no_record(tmp_path):
    folder = save_tiny_clip(tmp_path / "m")
    (folder / "modgap.json").write_text("{}")
    with pytest.raises(InputError, match=r"modgap\.json: expected JSON with the keys model"):
        load_encoder(folder, CPU)
    (folder / "modgap.json").unlink()
    with pytest.raises(InputError, match=r"modgap\.json: no such file"):
        load_encoder(folder, CPU)


def test_changed_weights(tmp_path):
    folder = save_tiny_clip(tmp_path / "m")
    with (folder / "open_clip_model.safetensors").open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\x01")
    with pytest.raises(InputError, match=r"safetensors: SHA-256 is \w+, but .*modgap\.json says"):
        load_encoder(folder, CPU)


def _edit(folder, change):
    path = folder / "open_clip_config.json"
    config = json.loads(path.read_text())
    change(config["model_cfg"])
    path.write_text(json.dumps(config))


def test_weights_of_another_image_size(tmp_path):
    """open_clip alone would interpolate the positions and say nothing."""
    folder = save_tiny_clip(tmp_path / "m", image_size=28)
    _edit(folder, lambda model: model["vision_cfg"].update(image_size=56))
    with pytest.raises(InputError, match=r"17 positions, but image_size 56.*64 patches"):
        load_encoder(folder, CPU)


@pytest.mark.parametrize("save", [save_tiny_clip, save_tiny_siglip, save_tiny_coca])
def test_weights_of_another_context_length(tmp_path, save):
    """open_clip alone would interpolate these too."""
    folder = save(tmp_path / "m")
    check_model_folder(folder)
    _edit(folder, lambda model: model["text_cfg"].update(context_length=10))
    with pytest.raises(InputError, match=r"its text tower has \d+ positions, but context_length"):
        check_model_folder(folder)


def test_weights_of_another_architecture(tmp_path):
    folder = save_tiny_clip(tmp_path / "m")
    _edit(folder, lambda model: model["vision_cfg"].update(layers=3))
    with pytest.raises(InputError, match="open_clip cannot load this model"):
        load_encoder(folder, CPU)


def test_weights_that_are_no_safetensors(tmp_path):
    folder = save_tiny_clip(tmp_path / "m")
    weights = folder / "open_clip_model.safetensors"
    weights.write_bytes(b"not tensors")
    record = json.loads((folder / "modgap.json").read_text())
    record["weights_sha256"] = sha256(weights)
    (folder / "modgap.json").write_text(json.dumps(record))
    with pytest.raises(InputError, match="not a safetensors file"):
        load_encoder(folder, CPU)


def test_the_weights_are_those_of_the_file(tmp_path):
    folder = save_tiny_clip(tmp_path / "m", seed=3)
    weights = load_file(folder / "open_clip_model.safetensors")
    loaded = load_encoder(folder, CPU).model.state_dict()
    assert all(torch.equal(weights[name], loaded[name]) for name in weights)
    other = load_file(save_tiny_clip(tmp_path / "n", seed=4) / "open_clip_model.safetensors")
    assert not torch.equal(other["visual.proj"], weights["visual.proj"])
    save_file(weights, tmp_path / "again.safetensors")
    assert sha256(tmp_path / "again.safetensors") == sha256(folder / "open_clip_model.safetensors")
