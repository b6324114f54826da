import csv
from pathlib import Path

import pandas as pd
import pytest
from helpers.paper_models import PAPER_MODELS

from modgap.claims.published import DIFFERENCES, expected_scores, read_published
from modgap.errors import InputError
from modgap.study.models import read_models

REPO = Path(__file__).parents[2]
SHEET = REPO / "config" / "published.tsv"
# Published too, but not in open_clip 2.23.0.
LATER = [
    "ViT-H-14-378-quickgelu__dfn5b",
    "ViT-H-14-quickgelu__dfn5b",
    "ViT-L-14-quickgelu__dfn2b",
    "ViT-B-16__dfn2b",
    "nllb-clip-base-siglip__v1",
    "nllb-clip-large-siglip__v1",
]
SOURCE = REPO.parent / "shared" / "data" / "published"


@pytest.fixture(scope="module")
def published():
    """The rows that the project declares, without a user's own."""
    table = read_published(SHEET)
    return table[table["model"].isin([*PAPER_MODELS, *LATER])]


def test_every_model_of_the_paper_is_published_with_the_same_training_set(published):
    assert sorted(published["model"]) == sorted([*PAPER_MODELS, *LATER])
    rows = published.set_index("model")
    models = read_models(REPO / "config" / "models.tsv")
    for name in PAPER_MODELS:
        row, there = models[name], rows.loc[name]
        assert there["training_set"] == row.training_set
        assert there["group"] == ("medium" if row.training_size <= 140_000_000 else "large")
        assert there["training_size"] == row.training_size
    unknown = published[published["training_size"].isna()]
    assert set(unknown["pretrained"]) == {"dfn2b", "dfn5b"}


def test_the_numbers_are_open_clips(published):
    if not SOURCE.is_dir():
        pytest.skip("open_clip's own result tables are not beside the repository")
    columns = {
        "openclip_results.csv": {
            "params (M)": "parameters_millions",
            "FLOPs (B)": "gflops",
            "ImageNet 1k": "imagenet_top1",
        },
        "openclip_retrieval_results.csv": {
            "MSCOCO text retr. R@1": "coco_image_to_text_r1",
            "MSCOCO image retr. R@1": "coco_text_to_image_r1",
            "Flickr text retr. R@1": "flickr_image_to_text_r1",
            "Flickr image retr. R@1": "flickr_text_to_image_r1",
        },
    }
    ours = published.set_index("model")
    for name, mapping in columns.items():
        with (SOURCE / name).open(newline="") as file:
            for theirs in csv.DictReader(file):
                row = ours.loc[f"{theirs['name']}__{theirs['pretrained']}"]
                for their_column, column in mapping.items():
                    assert row[column] == float(theirs[their_column]), (row.name, column)


def test_retrieval_directions_are_not_swapped(published):
    # Five captions per image make it easier to find one of them than to find the image.
    assert (published["coco_image_to_text_r1"] > published["coco_text_to_image_r1"]).all()
    assert (published["flickr_image_to_text_r1"] > published["flickr_text_to_image_r1"]).all()
    assert published["embed_dim"].isin([512, 640, 768, 1024, 1152, 1280]).all()


def test_expected_scores_join_a_metric_table(published):
    found = expected_scores(published, ["ViT-B-16__openai", "mine"])
    assert set(found["model"]) == {"ViT-B-16__openai"}
    keyed = found.set_index(["dataset", "metric", "modality"])["expected"]
    assert keyed["imagenet", "zero_shot:class", "both"] == 0.6834
    assert keyed["coco", "recall@1", "image_to_text"] == 0.5242
    assert keyed["coco", "recall@1", "text_to_image"] == 0.3309
    assert (found["done_differently"] == found["dataset"].map(DIFFERENCES)).all()
    assert list(expected_scores(published, [])) == list(found)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("0.8437", "84.37", "line 2, column imagenet_top1: 84.37 is no fraction"),
        ("0.8437", "", "imagenet_top1: nan is no fraction"),
        ("1054.05", "many", "line 2, column gflops: 'many' is no number"),
    ],
)
def test_bad_numbers_are_named(tmp_path, old, new, message):
    lines = [x for x in SHEET.read_text().splitlines() if not x.startswith("#")]
    path = tmp_path / "published.tsv"
    path.write_text(lines[0] + "\n" + lines[1].replace(old, new) + "\n")
    with pytest.raises(InputError, match=message):
        read_published(path)
    assert isinstance(read_published(SHEET), pd.DataFrame)
