"""Repositories of tiny models as the hub serves them, and rows that name them."""

import io
import json
import shutil
from pathlib import Path

import open_clip
import torch
from helpers.tiny_models import WORDS, save_tiny_clip, save_tiny_siglip
from safetensors.torch import load_file, save_file
from sentencepiece import SentencePieceTrainer

from modgap.study.models import ModelSource

WEIGHTS = "open_clip_model.safetensors"
PICKLE = "open_clip_pytorch_model.bin"
CONFIG = "open_clip_config.json"


SQUASHED = ("tiny/siglip", "tiny/roberta")


def row(**cells) -> ModelSource:
    squashed = cells.get("hub_repository") in SQUASHED
    fields = dict.fromkeys(ModelSource.__dataclass_fields__, "")
    fields |= {"model": "tiny", "kind": "hub"}
    fields["preprocessing"] = f"28-bicubic-{'squash' if squashed else 'shortest'}"
    return ModelSource(**{**fields, **cells})


def as_pickle(folder: Path) -> None:
    torch.save(load_file(folder / WEIGHTS), folder / PICKLE)
    (folder / WEIGHTS).unlink()


def save_roberta_config(folder: Path) -> None:
    """The configuration of a RoBERTa that knows SigLIP's tiny words."""
    from transformers import RobertaConfig

    RobertaConfig(
        vocab_size=20,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=20,
    ).save_pretrained(folder)


def save_tiny_roberta(folder: Path) -> Path:
    """A CLIP whose text tower is a RoBERTa that transformers builds, with SigLIP's tiny words."""
    from transformers import AutoConfig, AutoModel

    save_tiny_siglip(folder)
    save_roberta_config(folder)
    assert isinstance(AutoModel.from_config(AutoConfig.from_pretrained(folder)), torch.nn.Module)
    config = json.loads((folder / CONFIG).read_text())
    config["model_cfg"].pop("init_logit_bias")
    config["model_cfg"]["text_cfg"] = {
        "hf_model_name": str(folder),
        "hf_tokenizer_name": "tiny/roberta",
        "hf_pooler_type": "mean_pooler",
        "hf_model_pretrained": False,
        "context_length": 12,
    }
    (folder / CONFIG).write_text(json.dumps(config))
    model = open_clip.create_model(f"local-dir:{folder}", load_weights=False, pretrained_text=False)
    save_file(model.state_dict(), folder / WEIGHTS)
    config["model_cfg"]["text_cfg"]["hf_model_name"] = "tiny/roberta"
    (folder / CONFIG).write_text(json.dumps(config))
    return folder


def save_tiny_clipa(folder: Path) -> Path:
    """A CLIP with the tokenizer of another repository, as CLIPA has BERT's."""
    save_tiny_clip(folder, context_length=12)
    config = json.loads((folder / CONFIG).read_text())
    config["model_cfg"]["text_cfg"]["hf_tokenizer_name"] = "tiny/bert"
    config["model_cfg"]["text_cfg"]["tokenizer_kwargs"] = {"strip_sep_token": True}
    (folder / CONFIG).write_text(json.dumps(config))
    return folder


def save_tiny_bert(folder: Path) -> Path:
    """A tokenizer as BERT's repository has it: only config.json tells which kind it is."""
    folder.mkdir()
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    (folder / "vocab.txt").write_text("\n".join(words) + "\n")
    (folder / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": True}))
    (folder / "config.json").write_text(json.dumps({"model_type": "bert"}))
    return folder


SENTENCES = ["a photo of a dog", "a red cat", "the blue object of zero", "an image of the dog"]
# kind → file of the model, file that says the kind, its content, ids of special tokens
SENTENCE_PIECE = {
    "t5": (
        "spiece.model",
        "tokenizer_config.json",
        {"tokenizer_class": "T5Tokenizer", "extra_ids": 0},
        {"pad_id": 0, "eos_id": 1, "unk_id": 2, "bos_id": -1},
    ),
    "xlm-roberta": (
        "sentencepiece.bpe.model",
        "config.json",
        {"model_type": "xlm-roberta"},
        {"unk_id": 0, "bos_id": 1, "eos_id": 2, "pad_id": -1},
    ),
}


def save_sentence_piece(folder: Path, kind: str) -> Path:
    """A tokenizer as old repositories have it: a SentencePiece model, and no tokenizer.json."""
    model, says_kind, content, special = SENTENCE_PIECE[kind]
    folder.mkdir()
    trained = io.BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES * 5),
        model_writer=trained,
        vocab_size=40,
        hard_vocab_limit=False,
        minloglevel=2,
        **special,
    )
    (folder / model).write_bytes(trained.getvalue())
    (folder / says_kind).write_text(json.dumps(content))
    return folder


def register(monkeypatch, tmp_path, architecture, tag, **entries):
    """Teach open_clip an architecture like the tiny CLIP's, and a tag of it."""
    from open_clip import factory, pretrained

    config = json.loads((save_tiny_clip(tmp_path / "architecture") / CONFIG).read_text())
    monkeypatch.setitem(factory._MODEL_CONFIGS, architecture, config["model_cfg"])
    monkeypatch.setitem(pretrained._PRETRAINED, architecture, {tag: pretrained._pcfg(**entries)})
    shutil.rmtree(tmp_path / "architecture")
