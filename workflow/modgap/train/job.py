"""One training job: declared settings and MAD files in, a model folder with its history out."""

import os
from pathlib import Path

import numpy as np
import torch

from modgap.formats.tables import write_frame
from modgap.mad.batches import TrainingData, to_tensor
from modgap.mad.captions import CaptionSpec, draw_captions
from modgap.mad.pools import filtered_pool
from modgap.mad.tokens import caption_tokens
from modgap.runtime.device import choose_device, make_repeatable
from modgap.runtime.provenance import provenance
from modgap.train.history import Probe
from modgap.train.loop import Recipe, build_model, train
from modgap.train.save import save_model
from modgap.train.towers import Towers

# Enough to make the probe's captions differ from those of any training seed.
_PROBE_SEED = 1_000_003


def train_job(
    folder: str | os.PathLike,
    name: str,
    data: TrainingData,
    test: TrainingData,
    settings: dict,
    training: dict,
    *,
    official_colours: bool,
    device: str,
) -> None:
    """Train one model and write its folder and history.

    `data`: gray training pixels (n, 28, 28) and labels. `test`: coloured test pixels
    (m, 28, 28, 3) and labels; the first `probe_items` of them are the held-out set of the history.
    `settings`: the model's row (see `modgap.study.experiments.TrainedModel`). `training`: that part
    of the configuration. The record counts what the filter left in the pool as `items_left`.
    """
    chosen = choose_device(device)
    make_repeatable(settings["seed"])
    towers = Towers(**{key: settings[key] for key in Towers.SETTINGS})
    captions = CaptionSpec(settings["main_factor"], settings["attributes"])
    recipe = Recipe(
        captions=captions,
        seed=settings["seed"],
        official_colours=official_colours,
        **{key: value for key, value in training.items() if key != "probe_items"},
        **{key: settings[key] for key in Recipe.SETTINGS},
    )
    pool = data.first(settings["items"])
    pool = filtered_pool(pool, settings["mismatched"], settings["filtered"], settings["seed"])
    probe = make_probe(test.first(training["probe_items"]), captions, chosen)
    model = build_model(towers.model_config(), recipe)
    history = train(model, pool, probe, recipe, chosen)
    facts = {**training, **settings, "items_left": len(pool.pairs)}
    facts |= {"official_colours": official_colours, "device": chosen.type}
    save_model(folder, name, model, towers, facts)
    history.insert(0, "model", name)
    write_frame(Path(folder) / "history.parquet", history, {"model": name, **provenance()})


def make_probe(test: TrainingData, captions: CaptionSpec, device: torch.device) -> Probe:
    """The held-out set of the history: test items with captions of the model's own kind."""
    words = draw_captions(test.labels, captions, np.random.default_rng(_PROBE_SEED))
    tokens = torch.from_numpy(caption_tokens(words)).to(device)
    return Probe(to_tensor(test.pixels, device), tokens)
