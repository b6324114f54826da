import numpy as np
import pytest
from helpers.public_features import embeddings, needs_features, paired
from helpers.tiny_embeddings import tiny_pair

from modgap.errors import InputError
from modgap.measure.looks import cosines


def statistics(table, modality):
    rows = table[(table["modality"] == modality) & (table["quantity"] != "share")]
    return rows.set_index("quantity")["value"]


def test_statistics_and_bins_of_all_pairs():
    cloud = np.random.default_rng(0).normal(size=(30, 4))
    table = cosines.look(*paired(cloud, cloud + 3), seed=0)
    unit = cloud / np.linalg.norm(cloud, axis=1, keepdims=True)
    pairs = np.array([unit[i] @ unit[j] for i in range(30) for j in range(i)])
    found = statistics(table, "image")
    assert found["mean"] == pytest.approx(pairs.mean(), abs=1e-6)
    assert found["sd"] == pytest.approx(pairs.std(), abs=1e-6)
    assert found[["minimum", "quartile_1", "median", "quartile_3", "maximum"]].to_list() == (
        pytest.approx(np.quantile(pairs, [0, 0.25, 0.5, 0.75, 1]), abs=1e-6)
    )
    bins = table[(table["modality"] == "image") & (table["quantity"] == "share")]
    assert bins["value"].sum() == pytest.approx(1)
    lowest = bins.iloc[0]
    assert lowest["value"] == pytest.approx((pairs < lowest["high"]).mean(), abs=3 / len(pairs))
    np.testing.assert_allclose(bins["high"].iloc[:-1], bins["low"].iloc[1:])


def test_one_tower_is_enough():
    images, texts = tiny_pair(n=12, per_image=2)
    assert set(cosines.look(images, None, seed=0)["modality"]) == {"image"}
    alone = cosines.look(None, texts, seed=0)
    assert set(alone["modality"]) == {"text"}
    # One caption of each image, and no prompt.
    assert alone["n"].unique().tolist() == [12]


def test_more_items_than_are_taken_are_said(monkeypatch, caplog):
    monkeypatch.setattr(cosines, "ITEMS", 10)
    with caplog.at_level("INFO"):
        table = cosines.look(*tiny_pair(n=12), seed=0)
    assert table["n"].unique().tolist() == [10]
    assert "the first 10 of 12 items (image)" in caplog.text


def test_a_collapsed_encoder_has_one_cosine():
    table = cosines.look(*paired(np.ones((5, 3)), np.eye(5)[:, :3] + 1), seed=0)
    found = statistics(table, "image")
    assert found[["mean", "minimum", "maximum"]].to_list() == pytest.approx([1, 1, 1], abs=1e-6)
    assert found["sd"] == pytest.approx(0, abs=1e-6)


@needs_features
def test_the_known_means_of_public_features():
    for name, image, text in (
        ("features_clip", 0.5315, 0.5152),
        ("features_clip_random", 0.6814, 0.6635),
        ("features_videoclip", 0.6889, 0.4947),
    ):
        table = cosines.look(*embeddings(name), seed=0)
        assert round(statistics(table, "image")["mean"], 4) == image
        assert round(statistics(table, "text")["mean"], 4) == text


def test_neither_file_and_no_captions_are_refused():
    with pytest.raises(InputError, match="neither image nor text"):
        cosines.look(None, None, seed=0)
    with pytest.raises(InputError, match="0 captions"):
        cosines.look(None, tiny_pair(captions=False)[1], seed=0)
