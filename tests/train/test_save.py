import json

import open_clip
import torch
from open_clip.model import CLIP

from modgap.formats.files import sha256
from modgap.train.save import save_model
from modgap.train.towers import Towers


def test_open_clip_loads_the_folder_bit_for_bit(tmp_path):
    towers = Towers(embed_dim=12, image_tower="test_resnet", text_width=32, text_layers=2)
    torch.manual_seed(3)
    model = CLIP(**towers.model_config()).eval()
    save_model(tmp_path, "tiny", model, towers, {"epochs": 1})
    loaded, _, preprocess = open_clip.create_model_and_transforms(f"local-dir:{tmp_path}")
    images = torch.rand(3, 3, 28, 28)
    tokens = torch.tensor([[27, 1, 28, 0, 0, 0, 0, 0]])
    with torch.no_grad():
        for image, text in ((model.encode_image, model.encode_text),):
            assert torch.equal(loaded.eval().encode_image(images), image(images))
            assert torch.equal(loaded.encode_text(tokens), text(tokens))
    assert preprocess.transforms[0].size == 28
    facts = json.loads((tmp_path / "modgap.json").read_text())
    assert facts["weights_sha256"] == sha256(tmp_path / "open_clip_model.safetensors")
    assert facts["parameters"] == sum(p.numel() for p in model.parameters())
    assert facts["embed_dim"] == 12
    assert facts["training"] == {"epochs": 1}
