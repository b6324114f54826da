"""What a model makes of noise: N(0, 1) pixels, and tokens uniform in every place."""

import os

import numpy as np
import pandas as pd
import torch
from open_clip.model import CLIPTextCfg

from modgap.embed.encoder import Encoder, load_encoder
from modgap.formats.embeddings import Embeddings
from modgap.formats.folder_files import place_of
from modgap.formats.preprocessing import read_model_config
from modgap.runtime.device import choose_device, make_repeatable

DATASET = "noise"
_BATCH = 50


def embed_noise(
    model_folder: str | os.PathLike, items: int, *, seed: int, device: str = "auto"
) -> tuple[Embeddings | None, Embeddings | None]:
    """Embeddings of noise by a model, of images and of texts.

    Parameters
    ----------
    model_folder
        The model; of one with one tower the other result is None.
    items
        Images, and as many texts.
    seed
        Of pixels and tokens.
    device
        As `choose_device` has it.

    Returns
    -------
    Images, whose pixels are N(0, 1) where the model takes its normalised images, and texts, whose
    tokens are uniform over the vocabulary in all places (the end token, the largest, may stand
    anywhere). Their data set is called "noise".

    References
    ----------
    Liang et al., Mind the Gap (NeurIPS 2022), Fig. 2a.
    """
    make_repeatable(seed)
    encoder = load_encoder(model_folder, choose_device(device))
    config = read_model_config(place_of(model_folder))["model_cfg"]
    generator = torch.Generator().manual_seed(seed)
    images = texts = None
    with torch.inference_mode():
        if "vision_cfg" in config:
            size = (encoder.preprocessing.height, encoder.preprocessing.width)
            images = _embed(
                encoder,
                encoder.model.encode_image,
                lambda n: torch.randn(n, 3, *size, generator=generator),
                items,
            )
        if "text_cfg" in config:
            text = config["text_cfg"]
            length, words = text.get("context_length", 77), _vocabulary(encoder, text)
            texts = _embed(
                encoder,
                encoder.model.encode_text,
                lambda n: torch.randint(words, (n, length), generator=generator),
                items,
            )
    return images, texts


def _vocabulary(encoder: Encoder, text: dict) -> int:
    """How many tokens a text tower has embeddings for."""
    if text.get("hf_model_name"):  # built by transformers, whose own configuration says it
        return encoder.model.text.config.vocab_size
    return text.get("vocab_size", CLIPTextCfg.vocab_size)


def _embed(encoder: Encoder, encode, draw, items: int) -> Embeddings:
    vectors = [
        encode(draw(min(_BATCH, items - start)).to(encoder.device)).float().cpu().numpy()
        for start in range(0, items, _BATCH)
    ]
    ids = [str(number) for number in range(items)]
    table = pd.DataFrame({"id": ids, "kind": "caption", "image_id": ids})
    metadata = {"model": encoder.record["model"], "dataset": DATASET, "split": ""}
    return Embeddings(table, np.concatenate(vectors), metadata)
