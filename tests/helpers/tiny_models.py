"""Tiny random open_clip models, saved as the model folders that the workflow uses."""

import json
from pathlib import Path

import open_clip
import torch
from safetensors.torch import save_file

from modgap.formats.files import sha256

WORDS = ["a", "the", "photo", "of", "dog", "cat", "red", "blue", "an", "image", "object", "zero"]


def save_tiny_clip(
    folder: str | Path,
    seed: int = 0,
    *,
    image_size: int = 28,
    patch_size: int = 7,
    width: int = 32,
    layers: int = 2,
    embed_dim: int = 16,
    context_length: int = 77,
    preprocess: dict | None = None,
) -> Path:
    """A CLIP of a bare ViT and a text transformer with open_clip's 49,408-word tokenizer.

    `preprocess`: entries of preprocess_cfg, such as mean, std, interpolation, resize_mode.
    """
    model_cfg = {
        "embed_dim": embed_dim,
        "vision_cfg": {
            "image_size": image_size,
            "patch_size": patch_size,
            "width": width,
            "layers": layers,
            "head_width": 16,
        },
        "text_cfg": {
            "context_length": context_length,
            "vocab_size": 49408,
            "width": width,
            "heads": 2,
            "layers": layers,
        },
    }
    return _save(folder, model_cfg, seed, preprocess)


def save_tiny_siglip(folder: str | Path, seed: int = 0, *, image_size: int = 28) -> Path:
    """A SigLIP-like model: squashed images, logit bias, and a tokenizer of its own (18 words)."""
    model_cfg = {
        "embed_dim": 16,
        "init_logit_bias": -10,
        "custom_text": True,
        "vision_cfg": {
            "image_size": image_size,
            "patch_size": 7,
            "width": 32,
            "layers": 1,
            "head_width": 16,
        },
        "text_cfg": {
            "context_length": 12,
            "vocab_size": len(WORDS) + 4,
            "hf_tokenizer_name": "tiny-words",
            "width": 32,
            "heads": 2,
            "layers": 1,
            "no_causal_mask": True,
            "pool_type": "last",
            "proj_type": "linear",
        },
    }
    colours = {"mean": [0.5] * 3, "std": [0.5] * 3}
    folder = _save(folder, model_cfg, seed, {"resize_mode": "squash", **colours})
    _save_tokenizer(folder)
    return folder


def save_tiny_coca(folder: str | Path, seed: int = 0, *, image_size: int = 28) -> Path:
    """A CoCa: attentional pooling over image tokens and a multimodal decoder beside the towers."""
    towers = {"width": 32, "heads": 2, "layers": 1}
    model_cfg = {
        "embed_dim": 16,
        "custom_text": True,
        "vision_cfg": {
            "image_size": image_size,
            "patch_size": 7,
            "width": 32,
            "layers": 1,
            "head_width": 16,
            "attentional_pool": True,
            "attn_pooler_queries": 4,
            "attn_pooler_heads": 2,
            "output_tokens": True,
        },
        "text_cfg": {
            "context_length": 16,
            "vocab_size": 49408,
            "embed_cls": True,
            "output_tokens": True,
            **towers,
        },
        "multimodal_cfg": {"context_length": 16, "vocab_size": 49408, **towers},
    }
    return _save(folder, model_cfg, seed, None)


def _save(folder: str | Path, model_cfg: dict, seed: int, preprocess: dict | None) -> Path:
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    config = {"model_cfg": model_cfg, "preprocess_cfg": preprocess or {}}
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    torch.manual_seed(seed)
    model = open_clip.create_model(f"local-dir:{folder}", load_weights=False)
    if hasattr(model, "text_decoder"):
        # open_clip leaves it as the memory was, which may be NaN and then equals nothing.
        torch.nn.init.normal_(model.text_decoder.text_projection)
    weights = folder / "open_clip_model.safetensors"
    save_file({name: value.contiguous() for name, value in model.state_dict().items()}, weights)
    record = {
        "model": folder.name,
        "weights_sha256": sha256(weights),
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "embed_dim": model_cfg["embed_dim"],
        "logit_scale": float(model.logit_scale.detach().exp()),
        "training": {"seed": seed},
    }
    (folder / "modgap.json").write_text(json.dumps(record))
    return folder


def _save_tokenizer(folder: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    special = ["<pad>", "<unk>", "<s>", "</s>"]
    vocabulary = {word: number for number, word in enumerate([*special, *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 2), ("</s>", 3)]
    )
    names = {"pad_token": "<pad>", "unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names).save_pretrained(folder)
