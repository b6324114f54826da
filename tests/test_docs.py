"""The examples of the documentation are run as they stand there."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from helpers.tiny_embeddings import tiny_pair

from modgap.data.adapters import audit
from modgap.measure.inputs import inputs_of
from modgap.measure.table import COLUMNS
from modgap.study import artifacts as study_artifacts
from modgap.study.config import StudyConfig, checked
from modgap.study.datasets import read_datasets
from modgap.study.experiments import expand
from modgap.study.models import read_models

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "adding.md").read_text(encoding="utf-8")
BLOCKS = {
    (kind, name): text
    for kind, name, text in re.findall(
        r"^```(\w+) (\w+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE
    )
}


def run(name, **given):
    """The names that a block of Python defines."""
    names = dict(given)
    exec(compile(BLOCKS["python", name], f"docs/adding.md: {name}", "exec"), names)
    return names


def with_rows(sheet, name, tmp_path):
    path = tmp_path / sheet
    path.write_text((ROOT / "config" / sheet).read_text(encoding="utf-8") + BLOCKS["tsv", name])
    return path


def test_every_example_is_run_here():
    here = Path(__file__).read_text(encoding="utf-8")
    assert len(BLOCKS) == PAGE.count("```") // 2 == 10
    for kind, name in BLOCKS:
        assert f'"{name}"' in here, (kind, name)


def test_a_model_and_a_study_of_it(tmp_path):
    models = read_models(with_rows("models.tsv", "models", tmp_path))
    assert models["mine"].sets == ("mine_all",)
    config = checked(StudyConfig, yaml.safe_load(BLOCKS["yaml", "config"]), "")
    named, experiments = expand(config, models, read_datasets(ROOT / "config" / "datasets.tsv"))
    assert experiments["mine"].models == ("mine",)
    assert named["my_features"].kind == "embeddings"


def test_a_data_set(tmp_path):
    row = read_datasets(with_rows("datasets.tsv", "datasets", tmp_path))["holiday"]
    assert (row.title, row.images, row.roles) == ("Holiday photos", 1000, "retrieval")


def test_an_adapter(tmp_path):
    from PIL import Image

    for name in ("a red car", "a tree"):
        Image.new("RGB", (8, 8), "red").save(tmp_path / f"{name}.jpg")
    draft = run("adapter")["captions_as_names"](tmp_path)
    clean = audit(draft, tmp_path / "problems.tsv", "mine")
    assert clean.texts["text"].tolist() == ["a red car", "a tree"]
    assert clean.images["path"].tolist() == ["a red car.jpg", "a tree.jpg"]


def test_a_metric_and_its_row():
    from modgap.measure.rows import row

    metric = run("metric")["median_pair_cosine"]
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 7, 3))
    cosines = (x * y).sum(1) / np.linalg.norm(x, axis=1) / np.linalg.norm(y, axis=1)
    assert metric(x, y) == pytest.approx(np.median(cosines))
    inputs = inputs_of(*tiny_pair())
    rows = []
    run("row", rows=rows, row=row, median_pair_cosine=metric, inputs=inputs)
    assert rows[0]["metric"] == "median_pair_cosine"
    assert {"model", "dataset", "split", *rows[0]} == set(COLUMNS)


def test_a_loss():
    from modgap.train.losses.contrastive import Clip

    loss = run("loss")["Squared"](weight=0.5)
    x, y = torch.nn.functional.normalize(torch.randn(2, 4, 3), dim=-1)
    parts = loss(
        image_features=x, text_features=y, logit_scale=torch.tensor(10.0), output_dict=True
    )
    plain = Clip()(x, y, torch.tensor(10.0))
    expected = sum(plain.values()) + 0.5 * ((x - y) ** 2).sum(1).mean()
    assert float(sum(parts.values())) == pytest.approx(float(expected))


def test_a_look_and_an_artifact_of_it(monkeypatch, tmp_path):
    table = run("look")["look"](*tiny_pair(), seed=0)
    assert list(table) == ["model", "dataset", "cosine"]
    artifact = run("artifact")
    numbers = artifact["numbers"](table)
    assert set(artifact["headings"]()) == set(numbers.columns)
    assert numbers[0.5].item() == pytest.approx(table["cosine"].median())
    path = tmp_path / "artifacts.yaml"
    path.write_text("sources: {about: About}\n" + BLOCKS["yaml", "artifacts"])
    monkeypatch.setattr(study_artifacts, "modules_in", lambda folder: ("pair_cosines",))
    _, (declared,) = study_artifacts.read_artifacts(path)
    assert (declared.target, declared.look) == ("about_pair_cosines", "pair_cosines")


def test_links_of_the_documentation_lead_somewhere():
    for page in (*(ROOT / "docs").glob("*.md"), ROOT / "config" / "README.md"):
        text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
            if "://" not in target and "." in target:
                assert (page.parent / target).exists(), f"{page}: {target}"


def test_every_column_of_every_sheet_is_explained():
    readme = (ROOT / "config" / "README.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## (\S+\.tsv)[^\n]*\n(.*?)(?=^## )", readme, re.M | re.S))
    sheets = {path.name for path in (ROOT / "config").glob("*.tsv")}
    assert sheets == set(sections)
    for name in sheets:
        lines = (ROOT / "config" / name).read_text(encoding="utf-8").splitlines()
        comments = [line for line in lines if line.startswith("#")]
        assert len(comments) <= 1, f"{name}: prose belongs in config/README.md"
        header = next(line for line in lines if line and not line.startswith("#"))
        for column in header.split("\t"):
            short = re.sub(r"^(coco|flickr)_.*_r1$", r"\1_…_r1", column)
            assert re.search(rf"\b{re.escape(short)}(?!\w)", sections[name]), f"{name}: {column}"
