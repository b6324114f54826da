import logging

import numpy as np
import pytest
from helpers.tiny_embeddings import tiny_pair

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings
from modgap.measure.calibration import CALIBRATION, held_out, split_pair
from modgap.measure.inputs import inputs_of


def test_captions_go_with_their_image_and_prompts_with_both():
    images, texts = tiny_pair(40, per_image=3)
    split = split_pair(images, texts, 0.25, seed=0)
    (fitted, fitted_texts), (judged, judged_texts) = (
        part(images, texts) for part in (split.fitted, split.judged)
    )
    assert (len(fitted), len(judged)) == (10, 30)
    assert not set(fitted.table["id"]) & set(judged.table["id"])
    for kept, own in ((fitted, fitted_texts), (judged, judged_texts)):
        kinds = own.table["kind"].value_counts()
        assert kinds["caption"] == 3 * len(kept)
        assert kinds["class"] == 5
        named = own.table.loc[own.table["kind"] == "caption", "image_id"]
        assert set(named) == set(kept.table["id"])
        inputs_of(kept, own)


def test_a_caption_of_images_on_both_sides_is_fitted_on_and_not_judged_on():
    images, texts = tiny_pair(20, prompts=False)
    owners = texts.table["image_id"].astype(object)
    owners[:] = [[first, "i0"] for first in owners]  # every caption is also the first image's
    texts = Embeddings(texts.table.assign(image_id=owners), texts.vectors, texts.metadata)
    split = split_pair(images, texts, 0.5, seed=0)
    first_is_fitted = split.images_fitted[0]
    kept, own = split.fitted(images, texts)
    assert inputs_of(kept, own).pairs.shape[1] == 2
    assert split.texts_judged.sum() == (0 if first_is_fitted else 10)
    # Each caption still names those of its images that are there, and no other.
    named = own.table["image_id"].explode()
    assert set(named) <= set(kept.table["id"])


@pytest.mark.parametrize("share", [0, -0.5, 1.5, float("nan")])
def test_a_share_outside_is_refused(share):
    with pytest.raises(
        InputError, match=r"calibration share .*, expected more than 0 and at most 1"
    ):
        split_pair(*tiny_pair(), share, seed=0)


@pytest.mark.parametrize("share", [0.02, 0.99])
def test_too_few_on_one_side_are_refused(share):
    with pytest.raises(InputError, match="expected at least 2 of each"):
        split_pair(*tiny_pair(40), share, seed=0)


def test_all_for_both_is_said(caplog):
    images, texts = tiny_pair()
    split = split_pair(images, texts, 1, seed=0)
    assert "fitted on all 40 images and judged on the same ones" in caplog.text
    for part in (split.fitted, split.judged):
        np.testing.assert_array_equal(part(images, texts)[0].vectors, images.vectors)


def test_what_was_fitted_on_is_left_out_when_it_is_read_again(caplog):
    caplog.set_level(logging.INFO)
    images, texts = tiny_pair(40)
    assert held_out(images, texts)[0] is images
    marks = np.arange(40) % 4 == 0
    marked = Embeddings(
        images.table.assign(**{CALIBRATION: marks}), images.vectors, images.metadata
    )
    kept, own = held_out(marked, texts)
    np.testing.assert_array_equal(kept.vectors, images.vectors[~marks])
    assert CALIBRATION not in kept.table
    assert (own.table["kind"] == "caption").sum() == 30
    assert "10 of 40 images were fitted on: left out" in caplog.text
