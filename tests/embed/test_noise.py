import numpy as np
import torch
from helpers.tiny_models import save_tiny_clip

from modgap.embed.encoder import load_encoder
from modgap.embed.noise import embed_noise
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
