from pathlib import Path

import pandas as pd
import pytest
from helpers.synthetic_results import metric_row

from modgap.artifacts.about.expected_scores import headings, numbers
from modgap.claims.published import read_published

PUBLISHED = Path(__file__).parents[3] / "config" / "published.tsv"
# ImageNet, COCO image to text and text to image, as open_clip's own tables state them.
STATED = {"ViT-B-32__openai": (0.6332, 0.5012, 0.3044), "RN50__openai": (0.5982, 0.4884, 0.2854)}


@pytest.fixture(scope="module")
def published():
    return read_published(PUBLISHED)


def measured(model="ViT-B-32__openai", off=0.0):
    """A metric table with the stated scores, ImageNet `off`, recall 2 above and 1 below."""
    imagenet, to_text, to_image = STATED[model]
    rows = [
        metric_row(model, "zero_shot:class", imagenet + off, dataset="imagenet"),
        metric_row(model, "recall@1", to_text + 0.02, "image_to_text", "coco"),
        metric_row(model, "recall@1", to_image - 0.01, "text_to_image", "coco"),
        metric_row(model, "recall@5", 0.9, "text_to_image", "coco"),
        metric_row(model, "rmg", 0.5, dataset="coco"),
    ]
    return pd.DataFrame(rows).assign(low=0.1, high=0.9)


def test_ours_stands_beside_the_published_score_in_per_cent(published):
    table = numbers(measured(), published)
    assert list(table.columns) == [*headings()]
    assert table["dataset"].tolist() == ["imagenet", "coco", "coco"]
    assert table["ours"].tolist() == pytest.approx([63.32, 52.12, 29.44])
    assert table["expected"].tolist() == pytest.approx([63.32, 50.12, 30.44])
    assert table["difference"].tolist() == pytest.approx([0, 2, -1])
    assert (set(table["low"]), set(table["high"])) == ({10.0}, {90.0})
    assert not table["far_off"].any()


def test_what_was_done_differently_is_named(published):
    texts = numbers(measured(), published)["done_differently"]
    assert "80 prompts" in texts[0]
    assert "Karpathy" in texts[1]


@pytest.mark.parametrize("off", [-0.101, 0.101, float("nan")])
def test_a_score_far_off_is_marked_and_comes_first(published, off):
    metrics = pd.concat([measured(), measured("RN50__openai", off)])
    table = numbers(metrics, published)
    assert table["far_off"].tolist() == [True] + [False] * 5
    assert (table["model"][0], table["dataset"][0]) == ("RN50__openai", "imagenet")


def test_ten_points_are_not_yet_far_off(published):
    assert not numbers(measured(off=0.099), published)["far_off"].any()


@pytest.mark.parametrize("change", [{"model": "my-own"}, {"dataset": "flickr8k"}])
def test_nothing_published_gives_an_empty_table_with_its_head(published, change):
    table = numbers(measured().assign(**change), published)
    assert table.empty
    assert list(table.columns) == [*headings()]
