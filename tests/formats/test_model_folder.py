import json

import open_clip
import pytest
import torch
from open_clip.model import CLIP
from safetensors.torch import load_file

from modgap.errors import InputError
from modgap.formats.files import sha256
from modgap.formats.model_folder import WEIGHTS, read_weights, write_model, write_weights
from modgap.mad.tokens import TOKENIZER
from modgap.train.towers import Towers

TOWERS = Towers(embed_dim=12, image_tower="test_resnet", text_width=32, text_layers=2)


@pytest.fixture
def model():
    torch.manual_seed(3)
    return CLIP(**TOWERS.model_config(28, TOKENIZER)).eval()


def write(folder, model):
    config = {
        "model_cfg": TOWERS.model_config(28, TOKENIZER),
        "preprocess_cfg": Towers.preprocess_config(),
    }
    return write_model(folder, "tiny", model, config, TOKENIZER, {"training": {"epochs": 1}})


def test_open_clip_loads_the_folder_bit_for_bit(tmp_path, model):
    facts = write(tmp_path, model)
    loaded, _, preprocess = open_clip.create_model_and_transforms(f"local-dir:{tmp_path}")
    images = torch.rand(3, 3, 28, 28)
    tokens = torch.tensor([[27, 1, 28, 0, 0, 0, 0, 0]])
    with torch.no_grad():
        assert torch.equal(loaded.eval().encode_image(images), model.encode_image(images))
        assert torch.equal(loaded.encode_text(tokens), model.encode_text(tokens))
    assert preprocess.transforms[0].size == 28
    assert facts == json.loads((tmp_path / "modgap.json").read_text())
    assert facts["weights_sha256"] == sha256(tmp_path / WEIGHTS)
    assert facts["parameters"] == sum(p.numel() for p in model.parameters())
    assert facts["embed_dim"] == 12
    assert facts["training"] == {"epochs": 1}


def test_weights_come_back_with_the_record(tmp_path, model):
    facts = write(tmp_path, model)
    weights, record = read_weights(tmp_path)
    assert record == facts
    assert weights.keys() == model.state_dict().keys()
    for name, value in model.state_dict().items():
        assert torch.equal(weights[name], value), name


def test_weights_that_share_memory_are_written_as_copies(tmp_path):
    both = torch.arange(6.0).reshape(2, 3)
    module = torch.nn.Module()
    for name, value in {"a": both, "b": both, "c": both.T}.items():
        module.register_buffer(name, value)
    path = tmp_path / "weights.safetensors"
    assert write_weights(path, module) == sha256(path)
    loaded = load_file(path)
    assert torch.equal(loaded["a"], both)
    assert torch.equal(loaded["b"], both)
    assert torch.equal(loaded["c"], both.T)


@pytest.mark.parametrize("fault", ["changed", "cut", "no weights", "no record"])
def test_a_damaged_folder_is_refused_by_file(tmp_path, model, fault):
    write(tmp_path, model)
    data = (tmp_path / WEIGHTS).read_bytes()
    if fault == "no weights":
        (tmp_path / WEIGHTS).unlink()
    elif fault == "no record":
        (tmp_path / "modgap.json").unlink()
    else:
        changed = data[:-9] if fault == "cut" else data[:-1] + bytes([data[-1] ^ 1])
        (tmp_path / WEIGHTS).write_bytes(changed)
    with pytest.raises(InputError, match=r"train or download the model again") as error:
        read_weights(tmp_path)
    assert str(tmp_path) in str(error.value)
