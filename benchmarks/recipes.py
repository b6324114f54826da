"""Accuracy for CPU seconds of a training recipe, on MAD as the default study made it.

`python benchmarks/recipes.py optimizer=muon text_learning_rate=0.3 epochs=6` trains a model on one
thread and prints it as a row of Markdown: CPU seconds of training, zero-shot accuracy by factor
from class words and from captions of the model's own kind, gap and recall. `--attributes` takes
several numbers, for a model each. Settings are those of `model` and `training` in the
configuration; what is not named has its default.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import yaml

from modgap.formats.batches import to_tensor
from modgap.mad.batches import TrainingData
from modgap.mad.captions import FACTORS, CaptionSpec
from modgap.mad.manifest import mad_manifest
from modgap.mad.tokens import TOKENIZER
from modgap.metrics.gap import rmg
from modgap.metrics.retrieval import recall_at_k
from modgap.study.mad_datasets import factors_of
from modgap.study.model_settings import ModelSettings
from modgap.study.settings import Training
from modgap.train.loop import train
from modgap.train.losses.registry import build_loss
from modgap.train.mad import mad_source
from modgap.train.recipe import Recipe
from modgap.train.start import build_model
from modgap.train.towers import Towers

CPU = torch.device("cpu")
HEADER = ("settings", "k", "CPU s", "words", "captions", "RMG", "R@1")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("settings", nargs="*", help="KEY=VALUE")
    parser.add_argument("--data", default="results/data/mad", help="folder with train/ and test/")
    parser.add_argument("--attributes", type=int, nargs="*", default=[5])
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    given = {
        key: yaml.safe_load(value) for key, value in (s.split("=") for s in arguments.settings)
    }
    print("| " + " | ".join(HEADER) + " |\n|" + " --- |" * len(HEADER))
    for attributes in arguments.attributes:
        cells = measure(Path(arguments.data), given | {"attributes": attributes})
        print("| " + " | ".join([" ".join(arguments.settings), str(attributes), *cells]) + " |")


def measure(data: Path, given: dict) -> list[str]:
    """The cells of one model: CPU seconds, accuracies in hundredths, RMG, R@1."""
    settings = ModelSettings(**pick(given, ModelSettings)).named()
    training = Training(**pick(given, Training)).model_dump()
    pool, test = (
        TrainingData(*(np.load(data / split / f"{name}.npy") for name in ("pixels", "labels")))
        for split in ("train", "test")
    )
    source = mad_source(pool, test, settings, training, official_colours=False, device=CPU)
    fields = Recipe.__dataclass_fields__
    recipe = Recipe(**{k: v for k, v in {**training, **settings, **given}.items() if k in fields})
    loss = build_loss(settings["loss"], **settings["loss_settings"])
    towers = Towers(**{key: settings[key] for key in Towers.SETTINGS})
    config = towers.model_config(source.image_size, source.tokenizer, loss.initial_bias)
    start = time.process_time()
    model = build_model(config, recipe)
    train(model, source, loss, recipe, CPU)
    seconds = time.process_time() - start
    unnamed = factors_of(settings["unnamed"])
    spec = CaptionSpec(settings["main_factor"], settings["attributes"], unnamed)
    manifest = mad_manifest(
        data / "test" / "pixels.npy", test.labels, spec, dataset="mad", split="test", seed=0
    )
    texts, images = encode(model.eval(), manifest.texts["text"].tolist(), test.pixels)
    captions = texts[(manifest.texts["kind"] == "caption").to_numpy()]
    accuracies = (
        shares(manifest.texts, texts, images, manifest.images, kind)
        for kind in ("class", "class_caption")
    )
    same, _ = pd.factorize(manifest.texts["text"][: len(captions)])
    recall = recall_at_k(images, captions, ks=(1,), text_groups=same)
    return [
        f"{seconds:.0f}",
        *accuracies,
        f"{rmg(images, captions):.3f}",
        f"{recall.image_to_text[1]:.3f}",
    ]


def pick(given: dict, group: type) -> dict:
    """Those of the settings given that a group of settings has."""
    return {key: value for key, value in given.items() if key in group.model_fields}


@torch.no_grad()
def encode(
    model: torch.nn.Module, texts: list[str], pixels: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    tokens = torch.from_numpy(TOKENIZER.tokens(texts))
    rows = [to_tensor(part, CPU) for part in np.array_split(pixels, 8)]
    images = torch.cat([model.encode_image(part, normalize=True) for part in rows])
    return model.encode_text(tokens, normalize=True).numpy(), images.numpy()


def shares(
    table: pd.DataFrame, texts: np.ndarray, images: np.ndarray, labels: pd.DataFrame, kind: str
) -> str:
    """Zero-shot accuracy of each factor, in hundredths; – where no text holds it."""
    cells = []
    for factor in FACTORS:
        here = (table["kind"] == kind) & (table["factor"] == factor)
        means = pd.DataFrame(texts[here]).groupby(table["label"][here].to_numpy()).mean()
        if means.empty:
            cells.append("–")
            continue
        unit = means.to_numpy() / np.linalg.norm(means, axis=1, keepdims=True)
        chosen = means.index.to_numpy()[(images @ unit.T).argmax(axis=1)]
        cells.append(f"{100 * (chosen == labels[factor]).mean():.0f}")
    return " ".join(cells)


if __name__ == "__main__":
    main()
