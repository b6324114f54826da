import numpy as np
import pytest

from modgap.errors import InputError
from modgap.mad.batches import TrainingData
from modgap.mad.pools import filtered_pool


def pool(mismatched, filtered, count=250, seed=0):
    labels = np.zeros((count, 6), dtype=np.uint8)
    return filtered_pool(
        TrainingData(np.zeros((count, 1, 1), dtype=np.uint8), labels), mismatched, filtered, seed
    )


def wrong(data):
    """The items that are shown with the caption of another."""
    shown, captioned_by = data.pairs.T
    return set(shown[shown != captioned_by].tolist())


@pytest.mark.parametrize("mismatched", [0, 0.01, 0.29, 0.4, 0.5, 1])
@pytest.mark.parametrize("count", [2, 7, 250])
def test_exactly_the_share_of_items_has_the_caption_of_another(mismatched, count):
    data = pool(mismatched, 0, count)
    assert len(wrong(data)) == round(mismatched * count)
    assert data.pairs[:, 0].tolist() == list(range(count))
    assert len(set(data.pairs[list(wrong(data)), 1])) == len(wrong(data))
    assert data.pairs[:, 1].max() < count


@pytest.mark.parametrize("filtered", [0, 0.25, 0.5, 0.999, 1])
def test_a_filter_removes_its_share_of_the_mismatched_and_nothing_else(filtered):
    whole, left = pool(0.4, 0), pool(0.4, filtered)
    assert len(whole) == len(left) == 250
    assert len(wrong(left)) == 100 - round(filtered * 100)
    removed = set(range(250)) - set(left.pairs[:, 0])
    assert removed == wrong(whole) - wrong(left)
    assert left.pairs[:, 0].tolist() == sorted(left.pairs[:, 0])
    kept = {tuple(pair) for pair in left.pairs}
    assert kept <= {tuple(pair) for pair in whole.pairs}


def test_nothing_mismatched_is_left_after_the_whole_filter():
    data = pool(0.4, 1)
    assert len(data.pairs) == 150
    assert not wrong(data)
    assert len(pool(1, 1).pairs) == 0


def test_a_filter_of_a_pool_without_mismatches_changes_nothing():
    assert pool(0, 1).pairs.tolist() == [[row, row] for row in range(250)]


def test_the_choice_repeats_with_the_seed_and_grows_with_the_share():
    assert np.array_equal(pool(0.4, 0.5).pairs, pool(0.4, 0.5).pairs)
    assert wrong(pool(0.2, 0)) < wrong(pool(0.4, 0))
    assert wrong(pool(0.4, 0)) != wrong(pool(0.4, 0, seed=1))


@pytest.mark.parametrize(
    ("mismatched", "filtered", "message"),
    [
        (1.2, 0, "model.mismatched: 1.2 is no share of the items; expected 0 to 1"),
        (-0.1, 0, "model.mismatched: -0.1"),
        (0.4, 40, "model.filtered: 40 is no share"),
        (float("nan"), 0, "model.mismatched: nan"),
    ],
)
def test_a_share_out_of_range_is_refused_by_key(mismatched, filtered, message):
    with pytest.raises(InputError, match=message):
        pool(mismatched, filtered)
