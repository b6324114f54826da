import numpy as np
import pandas as pd
import pytest
from helpers.tiny_embeddings import digit_gap_along, tiny_pair

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings
from modgap.measure.looks.group_rates import SHIFTS, look


def by_group(n=60):
    """The tiny pair with colours as groups and the digit two as a wrong class."""
    images, texts = tiny_pair(n)
    wrong = (texts.table["label"] == "two") & (texts.table["kind"] == "class")
    category = wrong.map({True: "odd", False: None})
    return (
        Embeddings(
            images.table.assign(group=images.table["colour"]), images.vectors, images.metadata
        ),
        Embeddings(texts.table.assign(category=category), texts.vectors, texts.metadata),
    )


def test_counts_against_the_definition():
    images, texts = by_group()
    table = look(images, texts, seed=0)
    x = images.vectors / np.linalg.norm(images.vectors, axis=1, keepdims=True)
    rows = (texts.table["kind"] == "class") & (texts.table["factor"] == "digit")
    y = texts.vectors[rows.to_numpy()]
    y = y / np.linalg.norm(y, axis=1, keepdims=True)
    labels = texts.table.loc[rows, "label"].to_numpy()
    g = x.mean(0) - y.mean(0)
    g /= np.linalg.norm(g)
    plain = labels[(x @ y.T).argmax(axis=1)]
    for shift in SHIFTS:
        moved = x - shift * g
        moved /= np.linalg.norm(moved, axis=1, keepdims=True)
        guesses = labels[(moved @ y.T).argmax(axis=1)]
        for group in ("red", "blue"):
            here = (images.table["group"] == group).to_numpy()
            row = table[
                (table["shift"] == shift) & (table["group"] == group) & (table["outcome"] == "odd")
            ].iloc[0]
            two, was = guesses[here] == "two", plain[here] == "two"
            assert (row["count"], row["n"]) == (two.sum(), here.sum())
            assert (row["lost"], row["gained"]) == ((was & ~two).sum(), (two & ~was).sum())
        gap = np.linalg.norm(moved.mean(0) - y.mean(0))
        assert row["gap"] == pytest.approx(gap, abs=1e-5)


def test_groups_add_up_to_all():
    table = look(*by_group(), seed=0)
    parts = table[table["group"] != "all"].groupby(["shift", "outcome"])["count"].sum()
    whole = table[table["group"] == "all"].set_index(["shift", "outcome"])["count"]
    assert parts.sort_index().equals(whole.sort_index())
    assert set(table["outcome"]) == {"odd", "any", "correct"}
    assert (table.loc[table["shift"] == 0, ["lost", "gained"]] == 0).all(axis=None)


def test_the_gap_of_captioned_images_is_followed_too():
    images, texts = by_group()
    captioned = tiny_pair(30, prompts=False, seed=3)
    table = look(images, texts, seed=0, along=captioned)
    assert table["direction"].unique().tolist() == ["own", "digits"]
    own, other = (
        part.drop(columns="direction") for _, part in table.groupby("direction", sort=False)
    )
    pd.testing.assert_frame_equal(
        own.reset_index(drop=True), look(images, texts, seed=0).drop(columns="direction")
    )
    still = other["shift"] == 0
    assert (
        other.reset_index(drop=True)[still.to_numpy()].to_numpy()
        == own[(own["shift"] == 0).to_numpy()].to_numpy()
    ).all()
    # By hand: the direction is that of the captioned pairs.
    gap = digit_gap_along(images, texts, captioned, 1, 0)
    moved = other[(other["shift"] == -1)]
    assert moved["gap"].iloc[0] == pytest.approx(gap, abs=1e-5)


def test_a_manifest_without_groups_or_categories_is_refused():
    images, texts = by_group()
    plain_images, plain_texts = tiny_pair(60)
    with pytest.raises(InputError, match="images: no column 'group'"):
        look(plain_images, texts, seed=0)
    with pytest.raises(InputError, match="texts: no column 'category'"):
        look(images, plain_texts, seed=0)


def test_an_image_without_a_group_is_refused():
    images, texts = by_group()
    table = images.table.copy()
    table.loc[3, "group"] = None
    with pytest.raises(InputError, match="row 3 has no group; 1 such rows"):
        look(Embeddings(table, images.vectors, images.metadata), texts, seed=0)
