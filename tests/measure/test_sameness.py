import logging

import numpy as np
import pandas as pd
import pytest

from modgap.measure.sameness import same_items, same_rows, unlike_row
from modgap.metrics.checks import SAME


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def cloud(n, d=32, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d))


def moved(rows, step, seed=1):
    """Each unit row moved by `step` in a direction of its own."""
    return unit(rows + step * unit(cloud(*rows.shape, seed)))


def partition(groups):
    return {tuple(np.flatnonzero(groups == group)) for group in np.unique(groups)}


@pytest.mark.parametrize("step", [0, 1e-7, 1e-5, SAME / 4])
def test_copies_have_one_number_and_others_have_not(step):
    rows = unit(cloud(301))
    order = np.random.default_rng(2).permutation(602)
    both = np.concatenate([rows, moved(rows, step)])[order]
    place = np.argsort(order)
    expected = {tuple(sorted((place[i], place[i + 301]))) for i in range(301)}
    assert partition(same_rows(both)) == expected


@pytest.mark.parametrize("step", [4 * SAME, 0.05])
def test_near_rows_are_not_the_same(step):
    rows = unit(cloud(301))
    groups = same_rows(np.concatenate([rows, moved(rows, step)]))
    assert len(np.unique(groups)) == 602


def test_it_agrees_with_looking_at_every_pair():
    rows = unit(cloud(40, 6))
    rows = unit(rows[np.arange(120) % 40] + 1e-5 * cloud(120, 6, 3))
    spread = np.sqrt(((rows - rows.mean(0)) ** 2).sum(1).mean())
    distances = np.linalg.norm(rows[:, None].astype(float) - rows[None], axis=2)
    slow = (distances <= SAME * spread).argmax(axis=1)
    assert partition(same_rows(rows)) == partition(slow)


def test_half_precision_copies_are_the_same():
    rows = cloud(200)
    again = rows * (1 + 1e-7 * cloud(200, seed=5))
    halves = np.concatenate([rows.astype(np.float16), again.astype(np.float16)])
    groups = same_rows(unit(halves.astype(np.float32)))
    assert (groups[:200] == groups[200:]).all()
    assert len(np.unique(groups)) == 200


@pytest.mark.parametrize("noise", [0, 1e-7, 1e-5])
def test_items_of_a_collapsed_model_are_not_one(noise, caplog):
    rows = unit(np.ones((50, 8)) + noise * cloud(50, 8))
    assert len(np.unique(same_items(rows))) == 50
    assert "texts: 50 items have only 1 different embeddings" in caplog.text


def test_copies_are_found_among_more_rows_than_have_room_for_all_pairs():
    rows = unit(cloud(100_000, 8))
    groups = same_rows(np.concatenate([rows, rows]))
    assert len(np.unique(groups)) == 100_000


def test_words_decide_where_they_are_known(caplog):
    caplog.set_level(logging.INFO)
    rows = unit(cloud(6))
    words = pd.Series(["a", "b", "a", None, None, "NA"], dtype=object)
    groups = same_items(rows, words)
    assert groups[0] == groups[2]
    assert len(np.unique(groups)) == 5
    assert "texts: 5 of 6 are different by their words; copies of one count as one" in caplog.text


def test_different_words_with_one_vector_are_said(caplog):
    rows = unit(cloud(4))[np.arange(40) % 4]
    groups = same_items(rows, pd.Series([f"a long caption, number {n}" for n in range(40)]))
    assert len(np.unique(groups)) == 40
    assert "texts: 40 items have only 4 different embeddings" in caplog.text
    assert "cut short" in caplog.text


def test_far_fewer_vectors_than_items_are_said(caplog):
    same_items(unit(cloud(4))[np.arange(40) % 4], name="images")
    assert "images: 40 items have only 4 different embeddings" in caplog.text


def test_what_is_all_different_needs_no_word(caplog):
    caplog.set_level(logging.INFO)
    groups = same_items(unit(cloud(40)))
    assert len(np.unique(groups)) == 40
    assert caplog.text == ""


def test_what_is_embedded_anew_is_unlike_no_more_than_others_are():
    rows = cloud(40)
    first = np.arange(120) % 40
    again = rows[first] + 0.3 * cloud(120, seed=3)
    assert unlike_row(again, first) is None
    again[70] = cloud(1, seed=9)
    assert unlike_row(again, first) == 70
    assert unlike_row(np.ones((6, 4)), np.zeros(6, int)) is None


@pytest.mark.parametrize("noise", [0.001, 0.01])
def test_copies_in_a_cloud_of_little_but_noise_are_copies(noise):
    cloud = (
        np.eye(16)[np.zeros(40, int)] + noise * np.random.default_rng(0).normal(size=(40, 16)) / 4
    )
    first = np.zeros(40, np.intp)
    assert unlike_row(cloud.astype(np.float32), first, 0.1) is None
    assert unlike_row(np.eye(16, dtype=np.float32), np.zeros(16, np.intp), 0.1) == 1
