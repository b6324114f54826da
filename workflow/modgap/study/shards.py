"""Models trained on shards of image-caption pairs, by open_clip's trainer on several devices."""

from typing import Literal

from pydantic import Field

from modgap.study.model_settings import GridSettings, short
from modgap.study.settings import Seed, Text, View


class ShardSettings(GridSettings):
    """One model that is trained on shards; the defaults are those of the paper's CC12M models."""

    data: Text = Field(
        ...,
        description="Key of `folders` where the shards lie: tar files of KEY.jpg and KEY.txt.",
        json_schema_extra=short("on-"),
    )
    architecture: Text = Field(
        "RN50",
        description="open_clip's name of the model that starts from random weights.",
        json_schema_extra=short(""),
    )
    start: str = Field(
        "",
        alias="from",
        description=(
            "Model to start from: one that another experiment has of config/models.tsv or trains "
            "on shards, or an experiment of the latter, of which the one with the same settings is "
            "taken. Only its weights are. Empty: random weights of the architecture."
        ),
        json_schema_extra=short("from-"),
    )
    captions: View = Field(
        "full",
        description=(
            "What training shows of a caption, drawn anew in each epoch: all of it, half or a "
            "quarter of its words, or of its pieces (sentences, tags) as wholes."
        ),
        json_schema_extra=short(""),
    )
    loss: Literal[
        "clip",
        "sigmoid",
        "cyclic_consistency",
        "alignment_uniformity",
        "dual_cross_entropy",
        "modality_swapping",
    ] = Field(
        "clip",
        description="What is minimised: a loss that need not be told how alike the items are.",
        json_schema_extra=short(""),
    )
    loss_settings: dict[str, float | int | str | bool] = Field(
        {},
        description="Settings of that loss, other than its defaults.",
        json_schema_extra=short("set"),
    )
    learnable_temperature: bool = Field(
        True,
        description="Whether the temperature is trained; false keeps it frozen.",
        json_schema_extra=short("learnt"),
    )
    epochs: int = Field(
        30, ge=1, description="Passes over the pairs.", json_schema_extra=short("e")
    )
    processes: int = Field(
        8, ge=1, description="Processes, each with a GPU.", json_schema_extra=short("p")
    )
    batch_size: int = Field(
        110, ge=1, description="Pairs of a step and process.", json_schema_extra=short("b")
    )
    learning_rate: float = Field(
        1e-3, gt=0, le=1, description="Peak learning rate.", json_schema_extra=short("lr")
    )
    weight_decay: float = Field(
        0.2, ge=0, description="AdamW weight decay.", json_schema_extra=short("wd")
    )
    beta1: float = Field(
        0.9, ge=0, lt=1, description="AdamW beta 1.", json_schema_extra=short("b1-")
    )
    beta2: float = Field(
        0.999, ge=0, lt=1, description="AdamW beta 2.", json_schema_extra=short("b2-")
    )
    epsilon: float = Field(1e-8, gt=0, description="AdamW epsilon.", json_schema_extra=short("eps"))
    warmup_steps: int = Field(
        10_000, ge=0, description="Steps of linear warm-up.", json_schema_extra=short("warm")
    )
    precision: Literal["fp32", "amp", "amp_bf16"] = Field(
        "amp", description="Arithmetic of training.", json_schema_extra=short("")
    )
    smallest_crop: float = Field(
        0.9,
        gt=0,
        le=1,
        description="Smallest share of an image that a random crop keeps.",
        json_schema_extra=short("crop"),
    )
    workers: int = Field(
        8,
        ge=0,
        description="Readers of a process; each needs a shard of its own.",
        json_schema_extra=short("r"),
    )
    probe_pairs: int = Field(
        2000,
        ge=0,
        description=(
            "Pairs of the last shard that gap and entropy are measured on after each epoch; that "
            "shard is not trained on. 0 for none."
        ),
        json_schema_extra=short("probe"),
    )
    seed: Seed = Field(0, description="Seed of weights and batches.", json_schema_extra=short("s"))

    @property
    def threads(self) -> int:
        """Threads of all processes, their readers included."""
        return self.processes * (self.workers + 1)
