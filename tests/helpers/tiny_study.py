"""A copy of the repository with a tiny study, for tests that run real Snakemake."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import yaml
from snakemake.utils import update_config

ROOT = Path(__file__).parents[2]
DEFAULT = yaml.safe_load((ROOT / "config.yaml").read_text())
TINY = {
    "study": "tiny",
    "device": "cpu",
    "mad": {"train_items": 512, "test_items": 120},
    "training": {"batch_size": 64, "probe_items": 60, "probe_every": 4},
    "model": {"items": 512, "epochs": 2, "embed_dim": 8},
    # Those on no data set that has to be downloaded first.
    "only": [
        *("captions", "main_factor", "main_factor_fixed", "zoo", "training_sets", "pools"),
        *("close_up", "ideal_words", "untrained", "initialisations", "groups"),
    ],
    "experiments": {
        "captions": {"train": {"attributes": [1, 5], "seed": [0]}},
        "main_factor": {"train": {"main_factor": ["colour"], "seed": [0]}},
        "main_factor_fixed": {"train": {"main_factor": ["colour"], "seed": [0]}},
        "zoo": {
            "train": {
                "attributes": [1, 5],
                "items": [256, 512],
                "embed_dim": [8],
                "loss": ["clip"],
                "epochs": 2,
            }
        },
        "pools": {"train": {"items": [512], "mismatched": 0.5, "filtered": [0, 1], "epochs": 2}},
        "untrained": {
            "random": ["resnet18"],
            "seeds": [0],
            "data": {"retrieval": "mad-digit-k5-n20"},
        },
        "initialisations": {
            "random": ["resnet18"],
            "seeds": [0, 1],
            "data": {"retrieval": "mad-digit-k5-n20"},
        },
    },
    "groups": {"medium_at_most": 256},
    "statistics": {"resamples": 99, "bootstrap": 50},
}


def overlaid(*configs: dict) -> dict:
    """The default configuration under others, as Snakemake puts them together."""
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    for each in configs:
        update_config(config, each)
    return config


# Experiments of the default study that a study of other models leaves out.
NONE = dict.fromkeys(DEFAULT["experiments"])


@dataclass(frozen=True)
class Study:
    """A copy of the repository that tests may change, with its own results."""

    folder: Path

    def snakemake(self, *arguments: str, configfile: str = "tiny.yaml") -> tuple[int, str]:
        """Run Snakemake in the copy; returns the exit code and everything it printed."""
        command = [sys.executable, "-m", "snakemake", "--cores", "2", *arguments]
        command += ["--configfile", configfile]
        environment = {**os.environ, "PYTHONPATH": str(self.folder / "workflow")}
        done = subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, env=environment
        )
        return done.returncode, done.stdout + done.stderr

    def planned(self, *targets: str, configfile: str = "tiny.yaml") -> Counter[str]:
        """The rules that a dry run would run, and how often."""
        code, output = self.snakemake(*targets, "-n", configfile=configfile)
        assert code == 0, output
        return Counter(re.findall(r"^(?:local)?rule (\w+):$", output, re.MULTILINE))

    @property
    def results(self) -> Path:
        """The results folder of the study."""
        return self.folder / "results"


def copy_repository(folder: Path) -> Study:
    """Copy what a study needs, with synthetic digits in place of the MNIST download."""
    for name in ("workflow", "config", "profiles", "envs"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Snakefile", "config.yaml"):
        shutil.copy(ROOT / name, folder / name)
    write_digits(folder / "resources" / "mnist")
    (folder / "tiny.yaml").write_text(yaml.safe_dump(TINY))
    return Study(folder)


def write_digits(folder: Path) -> None:
    """Drawn digits in the place and shape of the MNIST arrays, 600 and 200 of them."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for split, count in (("train", 600), ("test", 200)):
        labels = rng.integers(10, size=count).astype(np.uint8)
        images = np.zeros((count, 28, 28), dtype=np.uint8)
        for image, label in zip(images, labels, strict=True):
            corner = (int(rng.integers(4, 8)), int(rng.integers(21, 25)))
            cv2.putText(image, str(label), corner, cv2.FONT_HERSHEY_SIMPLEX, 0.75, 255, 2)
        np.save(folder / f"{split}_images.npy", images)
        np.save(folder / f"{split}_labels.npy", labels)
