import numpy as np
import pytest
from helpers.public_features import paired

from modgap.errors import InputError
from modgap.measure.initialisations import initialisations
from modgap.measure.looks.projection import look, umap_plane, uncentred_svd


def two_clouds(n=40, d=10, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)) + 2, rng.normal(size=(n, d)) - 2


@pytest.fixture(scope="module")
def table():
    return look(*paired(*two_clouds()), seed=0)


def test_every_pair_stands_in_both_planes(table):
    assert list(table.columns[:2]) == ["model", "dataset"]
    counts = table.groupby(["method", "modality"])["pair"].nunique()
    assert counts.to_dict() == {
        (method, modality): 40 for method in ("svd", "umap") for modality in ("image", "text")
    }


def test_the_svd_is_not_centred(table):
    points = np.concatenate([x / np.linalg.norm(x, axis=1)[:, None] for x in two_clouds()])
    plane = table.loc[table["method"] == "svd", ["x", "y"]].to_numpy()
    values = np.linalg.svd(points, compute_uv=False)[:2]
    np.testing.assert_allclose(np.linalg.norm(plane, axis=0), values, rtol=1e-5)
    # No plane through the origin holds more of the points.
    np.testing.assert_allclose((plane**2).sum(), (values**2).sum(), rtol=1e-5)


def test_umap_parts_the_modalities_and_is_the_same_again(table):
    again = look(*paired(*two_clouds()), seed=0)
    assert table.equals(again)
    plane = table[table["method"] == "umap"]
    centres = plane.groupby("modality")[["x", "y"]].mean()
    spread = plane.groupby("modality")[["x", "y"]].std().to_numpy().max()
    assert np.linalg.norm(centres.loc["image"] - centres.loc["text"]) > spread


def test_fewer_points_than_neighbours_are_refused():
    with pytest.raises(InputError, match="UMAP: 14 points, expected more than its 15 neighbours"):
        look(*paired(*two_clouds(n=7)), seed=0)
    with pytest.raises(InputError, match="UMAP"):
        umap_plane(np.eye(5), 0, neighbours=5)


def test_the_sign_of_a_direction_is_fixed():
    points = np.array([[-4.0, 0.0], [0.0, -2.0], [1.0, 0.0]])
    np.testing.assert_allclose(np.abs(uncentred_svd(points)), np.abs(points), atol=1e-12)
    np.testing.assert_allclose(uncentred_svd(points), uncentred_svd(-points), atol=1e-12)


def test_initialisations_are_cones_of_their_own():
    rng = np.random.default_rng(0)
    clouds = [
        paired(rng.normal(size=12) + 0.2 * rng.normal(size=(20, 12)), np.ones((20, 12)), f"s{k}")[0]
        for k in range(4)
    ]
    table = initialisations(clouds, modality="image", seed=0, points=8)
    components = table.dropna(subset=["component"])
    assert components["break_after"].unique().tolist() == [3]
    assert components["models"].unique().tolist() == [4]
    assert len(components) == 12
    shown = table.dropna(subset=["x"])
    assert shown.groupby("model")["item"].nunique().to_dict() == dict.fromkeys(
        ["s0", "s1", "s2", "s3"], 8
    )


def test_initialisations_of_other_items_are_refused():
    one, other = (paired(*two_clouds(n=n), model=f"n{n}")[0] for n in (20, 21))
    with pytest.raises(InputError, match="model 'n21' embeds other items than 'n20'"):
        initialisations([one, other], modality="image", seed=0)
