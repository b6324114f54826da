"""What a study holds: its models, and its experiments."""

from collections.abc import Mapping
from dataclasses import dataclass

from modgap.study.model_settings import ModelSettings
from modgap.study.models import ModelRow
from modgap.study.shards import ShardSettings

# In `data`: each model's own data set.
OWN = "own"


@dataclass(frozen=True)
class Model:
    """One model of a study.

    `kind`: "trained" has `settings`; "sharded", trained on shards, has `shards`; "random" an
    architecture with random weights from a `seed`; the kinds of config/models.tsv have a `row`.
    `own_data`: the data set with the model's own kind of captions, or that its embeddings are of;
    "" if there is none. `start`: the model that a trained one starts from, "" for random weights.
    """

    name: str
    kind: str
    own_data: str = ""
    settings: ModelSettings | None = None
    row: ModelRow | None = None
    architecture: str = ""
    seed: int = 0
    start: str = ""
    shards: ShardSettings | None = None

    @property
    def is_plain(self) -> bool:
        """Whether it is trained with CLIP's own loss and a learnt temperature, from the start."""
        own = self.settings
        return bool(own) and not self.start and own.loss == "clip" and own.learnable_temperature


@dataclass(frozen=True)
class Experiment:
    """A named set of models and the data sets of each role, `OWN` among them."""

    name: str
    source: str
    models: tuple[str, ...]
    data: Mapping[str, tuple[str, ...]]
    stands_for: str
