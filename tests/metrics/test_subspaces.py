import numpy as np
import pytest
from scipy import linalg

from modgap import frechet_distance, gap_cosine, l2m, subspace_angles
from modgap.errors import InputError


def on_a_plane(first, second, centre, n=500, seed=0):
    """Points around `centre` that vary along two unit directions."""
    steps = np.random.default_rng(seed).normal(size=(n, 2)) * [0.3, 0.06]
    return centre + steps @ np.stack([first, second])


def test_planes_at_a_known_angle():
    e = np.eye(6)
    turned = np.cos(0.4) * e[1] + np.sin(0.4) * e[2]
    # Far from the origin along axes of their own, so that making them unit bends them little.
    images = on_a_plane(e[0], e[1], 1000 * e[4])
    texts = on_a_plane(e[0], turned, 1000 * e[5])
    np.testing.assert_allclose(subspace_angles(images, texts, 2), [0, 0.4], atol=1e-3)
    np.testing.assert_allclose(subspace_angles(images, images, 2), 0, atol=1e-6)
    across = on_a_plane(e[2], e[3], 1000 * e[5])
    np.testing.assert_allclose(subspace_angles(images, across, 2), np.pi / 2, atol=1e-3)


def test_the_leading_directions_are_those_of_largest_variance():
    e = np.eye(6)
    images, texts = on_a_plane(e[0], e[1], 1000 * e[4]), on_a_plane(e[1], e[0], 1000 * e[5])
    np.testing.assert_allclose(subspace_angles(images, texts, 1), np.pi / 2, atol=0.1)
    np.testing.assert_allclose(subspace_angles(images, texts, 2), 0, atol=1e-3)


@pytest.mark.parametrize("k", [0, 5])
def test_a_subspace_larger_than_the_cloud_is_refused(k):
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match=rf"k: {k}, expected 1 to 4, the rank of the centred im"):
        subspace_angles(rng.normal(size=(5, 7)), rng.normal(size=(30, 7)), k)


def test_the_frechet_distance_is_that_of_the_matrices_written_out():
    rng = np.random.default_rng(0)
    clouds = [rng.normal(size=(60, 5)) * rng.uniform(0.5, 2, 5) + shift for shift in (0.4, -0.2)]
    units = [cloud / np.linalg.norm(cloud, axis=1, keepdims=True) for cloud in clouds]
    first, second = (np.cov(unit.T, bias=True) for unit in units)
    step = units[0].mean(0) - units[1].mean(0)
    expected = step @ step + np.trace(first + second - 2 * linalg.sqrtm(first @ second).real)
    assert frechet_distance(*clouds) == pytest.approx(expected, abs=1e-10)


def test_frechet_distances_with_closed_forms():
    rng = np.random.default_rng(1)
    images = rng.normal(size=(40, 6))
    assert frechet_distance(images, images) == pytest.approx(0, abs=1e-7)
    # Mirrored: the covariance is the same and only the centres are apart.
    assert frechet_distance(images, -images) == pytest.approx(l2m(images, -images) ** 2, abs=1e-7)
    # A cloud on ±e0 and one on ±e1: no difference of centres, all of the variance.
    e = np.eye(3)
    assert frechet_distance(np.stack([e[0], -e[0]]), np.stack([e[1], -e[1]])) == pytest.approx(2)


def test_the_cosine_of_the_gap_is_that_of_the_angle_it_is_built_with():
    e, angle = np.eye(5), 0.7
    gap, along = e[0], np.cos(angle) * e[0] + np.sin(angle) * e[1]
    steps = 1e-3 * np.random.default_rng(0).normal(size=(400, 1))
    # About centres that are far out on another axis unit lengths bend nothing in this order.
    images, texts = (e[2] + half * 0.2 * gap + steps * along for half in (1, -1))
    bent = along - (along @ (c := (e[2] + 0.2 * gap) / np.linalg.norm(e[2] + 0.2 * gap))) * c
    expected = abs(bent @ gap) / np.linalg.norm(bent)
    assert gap_cosine(images, texts) == pytest.approx(expected, abs=1e-3)
    assert 0.6 < expected < np.cos(angle)


def test_the_cosine_of_the_gap_written_out_item_by_item():
    rng = np.random.default_rng(3)
    clouds = [rng.normal(size=(n, 7)) + shift for n, shift in ((31, 0.4), (43, -0.6))]
    units = [cloud / np.linalg.norm(cloud, axis=1, keepdims=True) for cloud in clouds]
    gap = units[0].mean(0) - units[1].mean(0)
    along = whole = 0.0
    for unit in units:
        for row in unit - unit.mean(0):
            along += (row @ gap / np.linalg.norm(gap)) ** 2 / len(unit)
            whole += row @ row / len(unit)
    assert gap_cosine(*clouds) == pytest.approx(np.sqrt(along / whole), abs=1e-10)


def test_narrow_cones_of_very_many_rows_are_those_of_their_rows_written_once():
    rng = np.random.default_rng(0)
    images, texts = (
        centre + 1e-3 * rng.normal(size=(1100, 64)).astype(np.float32)
        for centre in rng.normal(size=(2, 64)).astype(np.float32)
    )
    # Copies of all rows change no moment, but are so many numbers that sums go by float32.
    many = [np.tile(cloud, (60, 1)) for cloud in (images, texts)]
    assert gap_cosine(*many) == pytest.approx(gap_cosine(images, texts), rel=1e-6)
    assert frechet_distance(images, many[0]) == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(subspace_angles(images, many[0], 3), 0, atol=1e-5)


def test_without_a_gap_or_without_variance_there_is_no_cosine():
    cloud = np.random.default_rng(0).normal(size=(9, 4))
    with pytest.raises(InputError, match="the two clouds have one mean"):
        gap_cosine(cloud, cloud)
    with pytest.raises(InputError, match="nothing varies within them"):
        gap_cosine(np.ones((4, 3)), [[1.0, 0.0, 0.0]] * 5)
