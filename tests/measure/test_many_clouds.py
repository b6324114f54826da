import logging

import numpy as np
import pandas as pd
import pytest

from modgap import gap, in_modality_recall, mixed_retrieval, recall_at_k
from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings, write_embeddings
from modgap.measure.many_clouds import AS_GIVEN, CENTRED, COLUMNS, measure_clouds

NAMES = ("english", "german", "picture")
SETTINGS = {"seed": 1, "resamples": 200}


def clouds(n=90, d=12, seed=0):
    rng = np.random.default_rng(seed)
    base = rng.normal(size=(n, d))
    return {
        name: (base + 0.8 * rng.normal(size=(n, d)) + shift * rng.normal(size=d)).astype(np.float32)
        for name, shift in zip(NAMES, (0, 0.5, 2), strict=True)
    }


@pytest.fixture(scope="module")
def given():
    return clouds()


@pytest.fixture(scope="module")
def paths(given, tmp_path_factory):
    folder = tmp_path_factory.mktemp("clouds")
    for name, cloud in given.items():
        np.save(folder / f"{name}.npy", cloud)
    return [folder / f"{name}.npy" for name in NAMES]


@pytest.fixture(scope="module")
def table(paths):
    return measure_clouds(paths, **SETTINGS)


def centred(cloud):
    unit = cloud / np.linalg.norm(cloud, axis=1, keepdims=True)
    return unit - unit.mean(axis=0)


def of(table, state, metric):
    rows = table[(table["state"] == state) & (table["metric"] == metric)]
    return rows.set_index(["first", "second"])["value"]


def test_every_pair_direction_and_cloud_is_there(table):
    assert list(table) == COLUMNS
    counts = table.groupby(["state", "metric"]).size()
    for state in (AS_GIVEN, CENTRED):
        assert counts[state, "rmg"] == counts[state, "l2m"] == 3
        assert counts[state, "recall@1"] == counts[state, "pool_recall@10"] == 6
        assert counts[state, "pool_ndcg@10"] == 3
    assert not table.duplicated(COLUMNS[:4]).any()


@pytest.mark.parametrize(("state", "change"), [(AS_GIVEN, np.asarray), (CENTRED, centred)])
def test_values_are_those_of_two_clouds_measured_alone(table, given, state, change):
    for first, second in (("english", "german"), ("english", "picture"), ("german", "picture")):
        pair = change(given[first]), change(given[second])
        expected, recall = gap(*pair), recall_at_k(*pair, ks=(1, 10))
        assert of(table, state, "l2m")[first, second] == pytest.approx(expected.l2m, abs=1e-6)
        assert of(table, state, "rmg")[first, second] == pytest.approx(expected.rmg, abs=1e-6)
        for k in (1, 10):
            values = of(table, state, f"recall@{k}")
            assert values[first, second] == recall.image_to_text[k]
            assert values[second, first] == recall.text_to_image[k]


def test_ndcg_is_that_of_one_index_of_all_clouds(table, given):
    others = np.concatenate([given["english"], given["picture"]])
    mixed = mixed_retrieval(given["german"], others, np.arange(90), np.tile(np.arange(90), 2), k=10)
    found = of(table, AS_GIVEN, "pool_ndcg@10")["german", "german"]
    assert found == pytest.approx(mixed.ndcg_image)


def test_a_pool_is_harder_than_one_cloud_and_centring_helps_it(table):
    for state in (AS_GIVEN, CENTRED):
        assert (of(table, state, "pool_recall@1") <= of(table, state, "recall@1")).all()
    before, after = (of(table, state, "pool_ndcg@10") for state in (AS_GIVEN, CENTRED))
    assert after["picture", "picture"] > before["picture", "picture"]
    assert (of(table, CENTRED, "l2m") < 0.1).all()


def test_intervals_hold_their_values(table):
    assert ((table["low"] <= table["value"]) & (table["value"] <= table["high"])).mean() > 0.9
    given = table[(table["state"] == AS_GIVEN) & (table["metric"] != "l2m")]
    assert ((given["low"] <= given["value"]) & (given["value"] <= given["high"])).all()
    assert (table["high"] > table["low"]).mean() > 0.9


def test_bootstrap_of_rmg_agrees_with_drawing_items(given, table):
    """Against resamples made by hand; a drawn item is no pair of its own copy."""
    rng = np.random.default_rng(7)
    x, y = given["english"], given["picture"]
    x, y = (cloud / np.linalg.norm(cloud, axis=1, keepdims=True) for cloud in (x, y))
    values = []
    for _ in range(200):
        rows = rng.integers(90, size=90)
        different = rows[:, None] != rows
        between = (1 - np.vecdot(x[rows], y[rows])).mean() / 2
        within = np.mean([(1 - (c[rows] @ c[rows].T)[different]).mean() / 2 for c in (x, y)])
        values.append(between / (between + within))
    row = table[(table["metric"] == "rmg") & (table["state"] == AS_GIVEN)]
    row = row[(row["first"] == "english") & (row["second"] == "picture")].iloc[0]
    low, high = np.quantile(values, (0.025, 0.975))
    assert row["low"] == pytest.approx(low, abs=0.25 * (high - low))
    assert row["high"] == pytest.approx(high, abs=0.25 * (high - low))


def with_ids(folder, name, cloud, ids):
    path = folder / f"{name}.parquet"
    write_embeddings(path, Embeddings(pd.DataFrame({"id": ids}), cloud, {}))
    return path


def test_items_are_matched_by_id(tmp_path, given, table, caplog):
    ids = [f"item {n}" for n in range(90)]
    order = np.random.default_rng(2).permutation(90)
    extra = np.ones((3, 12), np.float32)
    named = [
        with_ids(tmp_path, "english", given["english"], ids),
        with_ids(tmp_path, "german", given["german"][order], [ids[n] for n in order]),
        with_ids(tmp_path, "picture", np.vstack([given["picture"], extra]), [*ids, "x", "y", "z"]),
    ]
    found = measure_clouds(named, **SETTINGS)
    np.testing.assert_allclose(found["value"], table["value"], atol=1e-6)
    assert "3 of 93 items are not in all files: left out" in caplog.text


def test_labels_say_what_matches_within_a_cloud(tmp_path, paths, given):
    words = np.array(["cat", "dog", "owl"])[np.arange(90) % 3]
    pd.DataFrame({"animal": words}).to_csv(tmp_path / "labels.csv", index=False)
    found = measure_clouds(paths, tmp_path / "labels.csv", **SETTINGS)
    for state, change in ((AS_GIVEN, np.asarray), (CENTRED, centred)):
        value = of(found, state, "in_modality_recall@1")["german", "german"]
        assert value == in_modality_recall(change(given["german"]), words, (1,))[1]


def test_it_says_what_centring_was_fitted_on(paths, caplog):
    caplog.set_level(logging.INFO)
    measure_clouds(paths[:2], resamples=10)
    assert "its mean over these same 90 items" in caplog.text


def test_bad_clouds(tmp_path, paths, given):
    def saved(name, cloud):
        np.save(tmp_path / f"{name}.npy", cloud)
        return tmp_path / f"{name}.npy"

    with pytest.raises(InputError, match=r"english.npy has 12 dimensions and .*wide.npy 13"):
        measure_clouds([*paths, saved("wide", np.ones((90, 13)))])
    with pytest.raises(InputError, match=r"has 90 rows and .*few.npy 80; without ids"):
        measure_clouds([*paths, saved("few", given["german"][:80])])
    with pytest.raises(InputError, match=r"one point: row 0 is its mean"):
        measure_clouds([*paths, saved("one point", np.ones((90, 12)))])
    with pytest.raises(InputError, match="10 items in all files, expected more than 10"):
        measure_clouds([saved("a", given["german"][:10]), saved("b", given["english"][:10])])
    with pytest.raises(InputError, match="a file is named twice"):
        measure_clouds([paths[0], paths[1], paths[0]])
