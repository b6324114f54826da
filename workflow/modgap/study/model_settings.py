"""The settings of one trained model, and how they appear in its name."""

from typing import Literal

from pydantic import Field

from modgap.study.mad_datasets import FACTOR_SET
from modgap.study.settings import Seed, Settings, Text, View


def short(name: str) -> dict[str, str]:
    """How a varied setting appears in a model's name."""
    return {"short": name}


class GridSettings(Settings):
    """Settings of one model, of which an experiment may list several values each.

    Their order is their order in the names of models.
    """

    @classmethod
    def names(cls) -> list[str]:
        """The settings as a configuration calls them."""
        return [field.alias or name for name, field in cls.model_fields.items()]

    def named(self) -> dict:
        """The settings and their values as a configuration calls them."""
        return self.model_dump(by_alias=True)

    @classmethod
    def short(cls, key: str) -> str:
        """How a setting appears in a model's name."""
        field = list(cls.model_fields.values())[cls.names().index(key)]
        return field.json_schema_extra["short"]


# The image tower that is open_clip's transformer, of the size of the text tower.
TRANSFORMER = "transformer"


class ModelSettings(GridSettings):
    """One model that is trained here; an experiment sets or varies some of it.

    The order of the settings is their order in the names of models.
    """

    data: Text = Field(
        "mad",
        description=(
            "Training set: mad, or a row of config/datasets.tsv whose images have captions."
        ),
        json_schema_extra=short("on-"),
    )
    test_data: str = Field(
        "",
        description=(
            "Held-out data set of a model trained on such a row, itself a row: gap and entropy are "
            "followed on it during training, and it is the model's own data set."
        ),
        json_schema_extra=short("test-"),
    )
    captions: View = Field(
        "full",
        description=(
            "What training on such a row shows of a caption, drawn anew in each epoch: all of it, "
            "half or a quarter of its words, or of its pieces (sentences, tags) as wholes."
        ),
        json_schema_extra=short(""),
    )
    image_size: int = Field(
        32,
        ge=8,
        description="Height and width in pixels of such a row's images; MAD's are 28.",
        json_schema_extra=short("px"),
    )
    shift: int = Field(
        2,
        ge=0,
        description=(
            "Pixels by which such a row's images are shifted at most, each way, drawn anew in each "
            "epoch."
        ),
        json_schema_extra=short("sh"),
    )
    attributes: int = Field(
        1,
        ge=0,
        le=5,
        description="Attributes k in a caption beside its main factor.",
        json_schema_extra=short("k"),
    )
    main_factor: Literal["digit", "thickness", "swelling", "fracture", "scale", "colour"] = Field(
        "digit",
        description="The factor that is in every caption.",
        json_schema_extra=short("main"),
    )
    unnamed: str = Field(
        "",
        pattern=FACTOR_SET,
        description=(
            "Factors that no caption names: captions poorer than images. One or several, as in "
            "scale+colour; where fewer than `attributes` are left, all of these are named."
        ),
        json_schema_extra=short("u"),
    )
    hidden: str = Field(
        "",
        pattern=FACTOR_SET,
        description=(
            "Factors that no image shows, in training and in the model's own test set, while "
            "captions name them: images poorer than captions. Gray for colour, else the first "
            "value for all: regular, unswollen, unbroken, large."
        ),
        json_schema_extra=short("h"),
    )
    embed_dim: int = Field(
        64,
        ge=2,
        description="Dimensions of the shared embedding.",
        json_schema_extra=short("d"),
    )
    image_tower: Text = Field(
        "test_resnet",
        description=(
            "Image tower, the name of a timm network that takes images of that size; or "
            "transformer: a vision transformer of the text tower's width and layers, on patches of "
            "4 x 4 pixels."
        ),
        json_schema_extra=short("i"),
    )
    shared_tower: bool = Field(
        False,
        description=(
            "With image_tower: transformer, whether both towers are one transformer with one "
            "projection, as in AlignCLIP. It learns as an image tower does."
        ),
        json_schema_extra=short("shared"),
    )
    text_width: int = Field(
        32,
        ge=32,
        multiple_of=32,
        description="Width of the text transformer; a multiple of 32.",
        json_schema_extra=short("w"),
    )
    text_layers: int = Field(
        2, ge=1, description="Layers of the text transformer.", json_schema_extra=short("l")
    )
    items: int = Field(
        20_000,
        ge=1,
        description=(
            "Items of the model's pool: the first of MAD, or the first images of another training "
            "set (all of one that has fewer)."
        ),
        json_schema_extra=short("n"),
    )
    mismatched: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Share of the pool's items whose caption belongs to another item of the pool.",
        json_schema_extra=short("x"),
    )
    filtered: float = Field(
        0.0,
        ge=0,
        le=1,
        description=(
            "Share of the mismatched items that a filter leaves out before training. What is left "
            "is trained on for as many steps as the whole pool, as in CommonPool."
        ),
        json_schema_extra=short("f"),
    )
    epochs: float = Field(
        3.0, gt=0, description="Passes over the training items.", json_schema_extra=short("e")
    )
    loss: Text = Field(
        "clip",
        description="What is minimised: a name of modgap/train/losses/registry.py, such as clip.",
        json_schema_extra=short(""),
    )
    loss_settings: dict[str, float | int | str | bool] = Field(
        {},
        description=(
            "Settings of that loss, other than its defaults. For a loss that is told how alike "
            "items are: image_encoder, text_encoder (encoders of config/models.tsv) or similarity: "
            "labels (MAD), and permuted; for one with a teacher, teacher: start."
        ),
        json_schema_extra=short("set"),
    )
    start: str = Field(
        "",
        alias="from",
        description=(
            "Model to start from: one that another experiment trains, or such an experiment, of "
            "which the model with the same settings is taken. Empty: random weights."
        ),
        json_schema_extra=short("from-"),
    )
    text_rest: float = Field(
        0.0,
        ge=0,
        lt=1,
        description=(
            "Share of the steps, from the first on, in which the text tower stays as it was "
            "initialised. It can otherwise drop words whose factor the image tower has not learnt "
            "to see yet."
        ),
        json_schema_extra=short("r"),
    )
    text_learning_rate: float = Field(
        1.0,
        gt=0,
        description="Learning rate of the text tower as a share of the common one.",
        json_schema_extra=short("tl"),
    )
    scale_learning_rate: float = Field(
        1.0,
        gt=0,
        description="Learning rate of the logit scale as a share of the common one.",
        json_schema_extra=short("sl"),
    )
    initial_temperature: float = Field(
        0.07,
        ge=0.01,
        le=1,
        description="Softmax temperature at the start; CLIP starts at 0.07.",
        json_schema_extra=short("t"),
    )
    final_temperature: float = Field(
        0.0,
        ge=0,
        le=1,
        description=(
            "Softmax temperature at the end, to which one that is not learnt goes in equal steps; "
            "0 for one that stays."
        ),
        json_schema_extra=short("to"),
    )
    restart_temperature: bool = Field(
        False,
        description=(
            "With `from`: whether the temperature starts at initial_temperature, instead of where "
            "that model's was."
        ),
        json_schema_extra=short("restart"),
    )
    initialisation: Literal["random", "procrustes"] = Field(
        "random",
        description=(
            "random weights, or procrustes: the texts turned so that they lie on their images "
            "before training begins."
        ),
        json_schema_extra=short(""),
    )
    learnable_temperature: bool = Field(
        True,
        description="Whether the temperature is trained; false keeps it frozen.",
        json_schema_extra=short("learnt"),
    )
    probe_every: int = Field(
        0,
        ge=0,
        description=(
            "Steps between two measurements on held-out items during training; 0: those of "
            "training.probe_every."
        ),
        json_schema_extra=short("p"),
    )
    seed: Seed = Field(0, description="Seed of weights and batches.", json_schema_extra=short("s"))

    @property
    def items_left(self) -> int:
        """How many items of the pool its filter leaves to train on."""
        return self.items - round(self.filtered * round(self.mismatched * self.items))
