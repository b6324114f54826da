import numpy as np
import pytest

from modgap import gap, l2m, subspace_angles
from modgap.errors import InputError
from modgap.simulate.two_clouds import CAUSES, simulate, two_clouds

N = 300


def clouds(cause, level, seed=0):
    return two_clouds(seed, N, cause, level)


@pytest.mark.parametrize("cause", CAUSES)
def test_level_nothing_is_no_cause_and_images_never_change(cause):
    plain, without = clouds("shift", 0), clouds(cause, 0)
    np.testing.assert_allclose(plain[1], without[1], atol=1e-6)
    images, texts = clouds(cause, 1)
    np.testing.assert_array_equal(images, plain[0])
    assert np.abs(texts - plain[1]).max() > 0.1
    np.testing.assert_allclose(np.linalg.norm(texts, axis=1), 1, atol=1e-6)


def test_mismatch_moves_no_text_but_parts_the_share_of_pairs():
    plain, mixed = clouds("mismatch", 0), clouds("mismatch", 0.4)
    assert {tuple(row) for row in plain[1]} == {tuple(row) for row in mixed[1]}
    assert (plain[1] != mixed[1]).any(axis=1).sum() == 0.4 * N
    assert l2m(*mixed) == pytest.approx(l2m(*plain), abs=1e-6)


def test_a_rotation_leaves_centre_and_subspace_and_parts_every_pair():
    plain, turned = clouds("rotation", 0), clouds("rotation", 1)
    assert l2m(*turned) < 0.1
    assert gap(*turned).cosine_pairs == pytest.approx(gap(*turned).cosine_non_pairs, abs=0.02)
    # All 16 directions of the factors are shared still.
    assert subspace_angles(*turned, k=16).max() < 0.35
    assert subspace_angles(*plain, k=16).max() < 0.35


def test_a_tilted_subspace_is_at_the_angle_it_was_tilted_by():
    angles = subspace_angles(*two_clouds(0, 5000, "subspace", 0.5), k=16)
    np.testing.assert_allclose(angles, np.pi / 4, atol=0.06)


def test_low_rank_and_spread_change_what_they_are_called():
    def variances(cause, level):
        texts = two_clouds(0, 5000, cause, level)[1]
        return np.linalg.eigvalsh(np.cov(texts.T))[::-1]

    plain, few, narrow = variances("spread", 0), variances("low_rank", 1), variances("spread", 1)
    # Four factors of sixteen with four times the variance each.
    assert few[3] > 10 * few[4]
    assert plain[15] > 2 * plain[16]
    assert few[:4].sum() == pytest.approx(plain[:16].sum(), rel=0.15)
    assert narrow.sum() < 0.5 * plain.sum()


def test_a_shift_moves_the_centre_only():
    plain, moved = clouds("shift", 0), clouds("shift", 0.5)
    assert l2m(*moved) > 8 * l2m(*plain)
    assert subspace_angles(*moved).max() == pytest.approx(subspace_angles(*plain).max(), abs=0.05)


@pytest.fixture(scope="module")
def table():
    return simulate(0, ("shift", "mismatch"), (0, 0.5, 1), 80, 3, {40: 4, 160: 2}, resamples=40)


def test_there_is_a_row_for_every_measure_of_every_cloud(table):
    measures = table["measure"].nunique()
    assert measures >= 14
    assert len(table) == measures * (2 * 3 * 3 + 4 + 2)
    assert table["value"].notna().all()
    assert not table.duplicated(["part", "cause", "level", "n", "repeat", "measure"]).any()


def test_intervals_are_there_for_sizes_below_the_largest(table):
    bounded = table[table["low"].notna()]
    assert set(bounded["n"]) == {40}
    assert {"l2m", "rmg", "l2i", "cosine_pairs"} <= set(bounded["measure"])
    assert (bounded["low"] < bounded["high"]).all()


def test_it_repeats_with_its_seed():
    first, again, other = (
        simulate(seed, ("shift",), (0.5,), 80, 2, {})["value"].to_numpy() for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_bad_settings():
    with pytest.raises(InputError, match="did you mean 'rotation'"):
        simulate(0, ("rotatoin",))
    with pytest.raises(InputError, match="expected numbers from 0 to 1"):
        simulate(0, levels=(0, 2))
