"""The three scripts that bring in models and data, each as a job of a real Snakemake."""

import io
import json
import subprocess
import sys
import zipfile
from dataclasses import asdict, replace
from hashlib import md5
from pathlib import Path

import pandas as pd
import pytest
from helpers.file_server import serve_files
from helpers.hub_server import serve
from helpers.tiny_layouts import save_coco
from helpers.tiny_models import save_tiny_siglip

from modgap.formats.manifest import read_manifest
from modgap.formats.model_folder import load_model
from modgap.study.datasets import DatasetRow, read_datasets
from modgap.study.models import ModelSource

REPO = Path(__file__).parents[2]
# The cells that a rule has as its parameters; the others are read from the sheet.
DOWNLOAD = ("dataset", "folder", "download", "source", "md5", "members")
MANIFEST = ("dataset", "adapter", "split", "classes", "images", "texts")
SNAKEFILE = """
configfile: "rows.json"
SCRIPTS = config["scripts"]
MODEL = "resources/models/tiny"

rule model:
    output: f"{MODEL}/modgap.json"
    log: "logs/model.log"
    params: row=config["model"], record="resources/checksums/tiny.json"
    script: f"{SCRIPTS}/fetch_model.py"

rule dataset:
    output: "resources/datasets/coco/coco.json"
    log: "logs/dataset.log"
    params: row=config["download"], sheet="datasets.tsv"
    script: f"{SCRIPTS}/fetch_dataset.py"

rule manifest:
    input: rules.dataset.output
    output: images="results/coco/images.parquet", texts="results/coco/texts.parquet"
    log: "logs/manifest.log", problems="logs/manifest.problems.tsv"
    params:
        row=config["manifest"],
        sheet="datasets.tsv",
        folder="resources/datasets/coco",
        skip_bad=config["skip_bad"],
        seed=0,
    script: f"{SCRIPTS}/manifest.py"
"""

pytestmark = pytest.mark.workflow


def zipped(folder: Path, pattern: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for path in sorted(folder.glob(pattern)):
            archive.write(path, path.relative_to(folder))
    return file.getvalue()


def write_sheet(folder: Path, row: DatasetRow) -> None:
    cells = {key: "" if value is None else str(value) for key, value in asdict(row).items()}
    (folder / "datasets.tsv").write_text("\t".join(cells) + "\n" + "\t".join(cells.values()) + "\n")


def snakemake(folder: Path, *targets: str, **settings: object) -> tuple[int, str]:
    (folder / "rows.json").write_text(json.dumps(settings))
    (folder / "Snakefile").write_text(SNAKEFILE)
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--keep-going", *targets]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    return done.returncode, done.stderr


def test_models_and_data_arrive_as_jobs(tmp_path, monkeypatch):
    served = save_tiny_siglip(tmp_path / "served")
    (served / "modgap.json").unlink()
    config = served / "open_clip_config.json"
    config.write_text(config.read_text().replace("tiny-words", "tiny/siglip"))
    coco = save_coco(tmp_path / "source")
    (coco / "val2017" / "000000000098.jpg").write_bytes(b"")
    files = {"images.zip": zipped(coco, "val2017/*"), "notes.zip": zipped(coco, "annotations/*")}
    study = tmp_path / "study"
    study.mkdir()
    model = ModelSource("tiny", "hub", "", "", "28-bicubic-squash", "tiny/siglip", "", "", "")
    with serve({"tiny/siglip": served}) as hub, serve_files(files) as web:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        row = replace(
            read_datasets(REPO / "config" / "datasets.tsv")["coco"],
            source=" ".join(f"{web.address}/{name}" for name in files),
            md5=" ".join(md5(content).hexdigest() for content in files.values()),
            images=3,
            texts=15,
        )
        settings = {
            "scripts": str(REPO / "workflow" / "scripts"),
            "model": asdict(model),
            "download": {key: asdict(row)[key] for key in DOWNLOAD},
            "manifest": {key: asdict(row)[key] for key in MANIFEST},
        }
        write_sheet(study, row)
        code, output = snakemake(study, "results/coco/texts.parquet", skip_bad=False, **settings)
        assert code == 1, output
        # The report of what is wrong outlives the job that it failed, and so does the download.
        problems = pd.read_csv(study / "logs/manifest.problems.tsv", sep="\t")
        assert problems.values.tolist() == [
            ["val2017/000000000098.jpg", "empty file", "refused"],
            ["1005", "caption beyond the first 5 of image 100", "ignored"],
        ]
        targets = ("resources/models/tiny/modgap.json", "results/coco/texts.parquet")
        code, output = snakemake(study, *targets, skip_bad=True, **settings)
        assert code == 0, output
        assert len(web.asked) == 2
        # Both jobs run again, for another cell of the row and by force, and download nothing.
        weights = study / "resources/models/tiny/open_clip_model.safetensors"
        before = weights.stat(), (study / targets[0]).read_bytes()
        commit = json.loads(before[1])["source"]["commit"]
        settings["model"] = asdict(replace(model, revision=commit))
        hub.requests.clear()
        rerun = [*targets, "--forcerun", "dataset"]
        code, output = snakemake(study, *rerun, skip_bad=True, **settings)
        assert code == 0, output
        assert "rule model:" in output
        assert "rule dataset:" in output
        assert (weights.stat(), (study / targets[0]).read_bytes()) == before
        assert hub.requests == []
        assert len(web.asked) == 2
    manifest = read_manifest(study / "results/coco")
    assert (len(manifest.images), len(manifest.texts)) == (2, 10)
    assert load_model(study / "resources/models/tiny").logit_bias is not None
    assert {path.name for path in (study / "resources/models").iterdir()} == {"tiny"}
    assert {path.name for path in (study / "resources/datasets/coco").iterdir()} == {
        *("coco.json", ".coco.files.json", "val2017", "annotations"),
    }
