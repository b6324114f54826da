import json

import numpy as np
import torch
from helpers.tiny_models import save_tiny_clip
from transformers import BertConfig

from modgap.embed.encoder import load_encoder
from modgap.embed.noise import embed_noise
from modgap.formats.folder_files import TEXT_TOWER
from modgap.formats.model_folder import write_model
from modgap.formats.one_tower import OneTower
from modgap.measure.looks.cosines import look


def test_noise_is_drawn_with_the_seed_and_measured_as_any_data_set(tmp_path):
    folder = save_tiny_clip(tmp_path / "clip", layers=1)
    images, texts = embed_noise(folder, 60, seed=3, device="cpu")
    again, _ = embed_noise(folder, 60, seed=3, device="cpu")
    other, _ = embed_noise(folder, 60, seed=4, device="cpu")
    np.testing.assert_array_equal(images.vectors, again.vectors)
    assert not np.array_equal(images.vectors, other.vectors)
    assert len(images) == len(texts) == 60
    table = look(images, texts, seed=0)
    assert set(table["modality"]) == {"image", "text"}
    assert set(table["dataset"]) == {"noise"}
    # Pixels go in as the normalised images would.
    encoder = load_encoder(folder, torch.device("cpu"))
    generator = torch.Generator().manual_seed(3)
    first = torch.randn(50, 3, 28, 28, generator=generator)
    with torch.no_grad():
        expected = encoder.model.encode_image(first).numpy()
    np.testing.assert_allclose(images.vectors[:50], expected, rtol=1e-5, atol=1e-6)


def test_a_folder_of_the_users_is_looked_at_where_it_lies(tmp_path):
    folder = save_tiny_clip(tmp_path / "theirs", layers=1)
    record = json.loads((folder / "modgap.json").read_text()) | {"folder": str(folder)}
    (tmp_path / "modgap.json").write_text(json.dumps(record))
    there, here = (embed_noise(path, 3, seed=3, device="cpu") for path in (folder, tmp_path))
    np.testing.assert_array_equal(there[1].vectors, here[1].vectors)


def test_a_text_tower_of_transformers_gets_no_token_beyond_its_own(tmp_path):
    """Its configuration says how many there are; open_clip's 49,408 were an IndexError."""
    settings = {"num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    tower = BertConfig(vocab_size=50, hidden_size=32, max_position_embeddings=16, **settings)
    tower.save_pretrained(tmp_path / TEXT_TOWER)
    text = {"hf_model_name": TEXT_TOWER, "hf_model_pretrained": False, "hf_proj_type": None}
    text |= {"hf_pooler_type": "mean_pooler", "context_length": 12}
    here = text | {"hf_model_name": str(tmp_path / TEXT_TOWER)}
    config = {"model_cfg": {"embed_dim": 32, "text_cfg": text}}
    write_model(tmp_path, "m", OneTower({"embed_dim": 32, "text_cfg": here}), config, None, {})
    images, texts = embed_noise(tmp_path, 4, seed=0, device="cpu")
    assert images is None
    assert texts.vectors.shape == (4, 32)
