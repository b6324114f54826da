import numpy as np
import pandas as pd
import pytest
from helpers.tiny_embeddings import digit_gap_along, tiny_pair

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings
from modgap.measure.looks.gap_shift_accuracy import look
from modgap.metrics.interventions import calibration_split


@pytest.fixture(scope="module")
def table():
    return look(*tiny_pair(60), seed=0)


def test_a_shift_against_the_definition(table):
    images, texts = tiny_pair(60)
    x = images.vectors / np.linalg.norm(images.vectors, axis=1, keepdims=True)
    prompts = texts.table[(texts.table["kind"] == "class") & (texts.table["factor"] == "digit")]
    y = texts.vectors[prompts.index]
    y = y / np.linalg.norm(y, axis=1, keepdims=True)
    own = images.table["digit"].to_numpy()

    def correct(shift):
        g = x.mean(0) - y.mean(0)
        g /= np.linalg.norm(g)
        a, b = x - shift / 2 * g, y + shift / 2 * g
        cosines = (a / np.linalg.norm(a, axis=1)[:, None]) @ (
            b / np.linalg.norm(b, axis=1)[:, None]
        ).T
        return prompts["label"].to_numpy()[cosines.argmax(axis=1)] == own

    rows = table[table["part"] == "all"].set_index("shift")
    assert (rows["metric"] == "accuracy").all()
    for shift in (-1, 0, 0.75):
        change = correct(shift).astype(float) - correct(0)
        assert rows.loc[shift, "value"] == pytest.approx(correct(shift).mean())
        assert rows.loc[shift, "difference"] == pytest.approx(change.mean())
        assert rows.loc[shift, "error"] == pytest.approx(change.std(ddof=1) / 60**0.5)


def test_the_halves_are_all_images_and_the_second_has_no_part_in_the_direction(table):
    counts = table.drop_duplicates("part").set_index("part")["n"]
    assert counts.to_dict() == {"all": 60, "first": 30, "second": 30}
    assert table.groupby("part")["shift"].nunique().eq(41).all()
    plain = table[table["shift"] == 0].set_index("part")["value"]
    assert plain["all"] == pytest.approx((plain["first"] + plain["second"]) / 2)


def test_what_is_chosen_on_the_first_half_knows_nothing_of_the_second():
    images, texts = tiny_pair(60)
    first, second = calibration_split(60, 0.5, seed=0)
    vectors = images.vectors.copy()
    vectors[second] *= -1  # would turn a direction that they had a part in
    changed = look(Embeddings(images.table, vectors, images.metadata), texts, seed=0)
    before = look(images, texts, seed=0)
    same = (changed["part"] == "first").to_numpy()
    pd.testing.assert_frame_equal(changed[same], before[same])
    assert not changed[~same].equals(before[~same])
    assert len(first) == len(second)


def test_two_classes_have_an_area_too():
    images, texts = tiny_pair(80, noise=1.5)
    keep = images.table["digit"].isin(["zero", "one"]).to_numpy()
    labels = ["zero", "one"]
    kept_texts = texts.select(
        (
            (texts.table["kind"] == "class")
            & ((texts.table["factor"] == "colour") | texts.table["label"].isin(labels))
        ).to_numpy()
    )
    table = look(images.select(keep), kept_texts, seed=0)
    area = table[(table["metric"] == "roc_auc") & (table["part"] == "all")].set_index("shift")
    assert len(area) == 41
    assert 0.5 < area.loc[0, "value"] <= 1
    assert area.loc[0, "difference"] == 0
    assert (area["error"] >= 0).all()


def test_the_gap_of_captioned_images_is_followed_too():
    images, texts = tiny_pair(60)
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
    gap = digit_gap_along(images, texts, captioned, 0.5, -0.5)
    moved = other[(other["shift"] == -1) & (other["part"] == "all")]
    assert moved["gap"].iloc[0] == pytest.approx(gap, abs=1e-5)


def test_without_prompts_or_labels_it_is_refused():
    with pytest.raises(InputError, match="no class prompts of the object factor 'digit'"):
        look(*tiny_pair(prompts=False), seed=0)
    images, texts = tiny_pair()
    blank = images.table.assign(digit=None)
    with pytest.raises(InputError, match="0 have a label of 'digit'"):
        look(Embeddings(blank, images.vectors, images.metadata), texts, seed=0)
