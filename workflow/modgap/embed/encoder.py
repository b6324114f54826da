"""A model folder as a pair of encoders, or as one where it has but one tower."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

import torch

from modgap.errors import InputError
from modgap.formats.files import sha256
from modgap.formats.model_folder import (
    RECORD,
    check_digest,
    load_model,
    place_of,
    weights_file,
)
from modgap.formats.positions import check_positions
from modgap.formats.preprocessing import Preprocessing, has_two_towers, read_model_config
from modgap.formats.weights import in_a_line
from modgap.runtime.device import autocast, check_precision, input_dtype

_IN_CACHE = 2**20  # float32 values: 4 MiB
# Weights and inputs in that type; in others weights are float32.
_LOWER = ("bf16", "fp16")


@dataclass(frozen=True)
class Encoder:
    """An open_clip model ready to encode, whoever trained it.

    `preprocessing`, `mean` and `std` say what its images must look like, None for an encoder of
    texts alone; `record` is its modgap.json; `scratch` is memory that batches share.
    """

    model: torch.nn.Module
    preprocessing: Preprocessing | None
    mean: torch.Tensor | None
    std: torch.Tensor | None
    device: torch.device
    precision: str
    record: dict
    scratch: list[torch.Tensor] = field(default_factory=list, repr=False)

    @property
    def logit_bias(self) -> float | None:
        """SigLIP's bias, None for a model without one."""
        bias = getattr(self.model, "logit_bias", None)
        return None if bias is None else float(bias.detach().float())

    @property
    def parameters(self) -> int:
        """Number of parameters of the whole model."""
        return sum(parameter.numel() for parameter in self.model.parameters())

    def prepare(self, pixels: torch.Tensor, out: torch.Tensor | None = None) -> torch.Tensor:
        """(n, height, width, 3) uint8 → (n, 3, height, width) float32 as the model wants it.

        The very steps of open_clip's ToTensor and Normalize, so the bits agree. The colours of a
        pixel stay side by side (torch's channels_last). `out`, (n, height, 3 · width), is filled
        if given.
        """
        n, height, width, channels = pixels.shape
        rows = pixels.reshape(n, height, width * channels)
        out = torch.empty(rows.shape, device=pixels.device) if out is None else out
        mean, std = self.mean.flatten().repeat(width), self.std.flatten().repeat(width)
        # Whole rows are fast to walk along, and few images at a time stay in the cache.
        few = max(1, _IN_CACHE // (height * width * channels))
        for part, source in zip(out.split(few), rows.split(few), strict=True):
            part.copy_(source).div_(255).sub_(mean).div_(std)
        return out.view(n, height, width, channels).permute(0, 3, 1, 2)

    def images(self, pixels: torch.Tensor) -> torch.Tensor:
        """(n, height, width, 3) uint8 on the device → (n, d) float32, not normalised."""
        batch = self.prepare(pixels, self._room(pixels)).to(input_dtype(self.precision))
        with autocast(self.precision, self.device):
            return self.model.encode_image(batch, normalize=False).float()

    def _room(self, pixels: torch.Tensor) -> torch.Tensor:
        """Room for a batch, kept from one batch to the next.

        On a CPU new memory costs more than the arithmetic: every page of it is zeroed first.
        """
        n, height, width, channels = pixels.shape
        if not self.scratch or len(self.scratch[0]) < n:
            shape = (n, height, width * channels)
            self.scratch[:] = [torch.empty(shape, device=pixels.device)]
        return self.scratch[0][:n]

    def texts(self, tokens: torch.Tensor) -> torch.Tensor:
        """(n, context length) int64 on the device → (n, d) float32, not normalised."""
        with autocast(self.precision, self.device):
            return self.model.encode_text(tokens, normalize=False).float()


def load_encoder(
    folder: str | os.PathLike, device: torch.device, precision: str = "fp32"
) -> Encoder:
    """Load a model folder without any network.

    Raises `InputError` naming the file: no weights, weights other than modgap.json says, weights
    made for another image size, a configuration that is not open_clip's, a model that cannot run
    in this precision.
    """
    folder, precision = Path(folder), check_precision(precision)
    record = check_model_folder(folder)
    if precision not in _LOWER:
        return _encoder(folder, device, precision, record)
    if not has_two_towers(read_model_config(place_of(folder))):
        raise InputError(
            f"{folder}: open_clip cannot run an encoder of one tower in {precision}; set "
            "precision: amp or fp32"
        )
    try:
        encoder = _encoder(folder, device, precision, record)
        _run_once(encoder, folder)
    except Exception as error:  # open_clip leaves some layers in float32, which torch fails on
        reason = error.__cause__ or error
        if isinstance(reason, torch.OutOfMemoryError):
            raise
        raise InputError(
            f"{folder}: open_clip cannot run this model in {precision} ({in_a_line(reason)}); set "
            "precision: amp or fp32"
        ) from error
    return encoder


def _encoder(folder: Path, device: torch.device, precision: str, record: dict) -> Encoder:
    config = read_model_config(place_of(folder))
    model = load_model(folder, device, precision)
    sees = "vision_cfg" in config["model_cfg"]

    def colours(name: str) -> torch.Tensor | None:
        if not sees:
            return None
        values = model.visual.preprocess_cfg[name]
        values = values if isinstance(values, list | tuple) else (values,) * 3
        return torch.tensor(values, dtype=torch.float32, device=device).view(3, 1, 1)

    return Encoder(
        model.eval().requires_grad_(False),
        Preprocessing.of_config(config) if sees else None,
        colours("mean"),
        colours("std"),
        device,
        precision,
        record,
    )


def _run_once(encoder: Encoder, folder: Path) -> None:
    """Encode a black image and a text of one token: raises what the model's layers raise."""
    text = read_model_config(place_of(folder))["model_cfg"].get("text_cfg")
    with torch.inference_mode():
        if size := encoder.preprocessing:
            black = torch.zeros(1, size.height, size.width, 3, dtype=torch.uint8)
            encoder.images(black.to(encoder.device))
        if text is not None:
            tokens = torch.ones(1, text.get("context_length", 77), dtype=torch.int64)
            encoder.texts(tokens.to(encoder.device))


def check_model_folder(folder: str | os.PathLike) -> dict:
    """The modgap.json of a model folder, after checking the folder without building the model.

    Raises `InputError` as `load_encoder` does; takes as long as one read of the weights.
    """
    folder, place = Path(folder), place_of(folder)
    config = read_model_config(place)
    weights = weights_file(place)
    record = _read_record(folder / RECORD, has_two_towers(config))
    check_digest(weights, record["weights_sha256"], folder / RECORD)
    for name, digest in record.get("files_sha256", {}).items():
        if not (place / name).is_file() or sha256(place / name) != digest:
            raise InputError(
                f"{place / name}: was changed or removed since {folder / RECORD} was written; "
                "start Snakemake again, which records the folder anew"
            )
    check_positions(weights, config["model_cfg"])
    return record


def _read_record(path: Path, two_towers: bool) -> dict:
    if not path.is_file():
        raise InputError(f"{path}: no such file; a model folder says there what its weights are")
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        record["model"], record["weights_sha256"]
        if two_towers:
            float(record["logit_scale"])
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path}: expected JSON with the keys model, weights_sha256 and logit_scale ({error!r})"
        ) from error
    return record
