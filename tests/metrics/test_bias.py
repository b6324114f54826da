import numpy as np
import pandas as pd
import pytest
from helpers import naive_metrics

from modgap import InputError, moad, separations
from modgap.metrics import bias


def cloud(n=29, d=6, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)), rng.integers(3, size=n), rng.integers(4, size=n)


def test_moad_is_that_of_all_pairs():
    vectors, objects, attributes = cloud()
    expected = naive_metrics.separation(vectors, objects)
    expected -= naive_metrics.separation(vectors, attributes)
    assert moad(vectors, objects, attributes) == pytest.approx(expected, abs=1e-12)


def test_moad_changes_sign_when_objects_and_attributes_swap():
    vectors, objects, attributes = cloud()
    assert moad(vectors, objects, attributes) == -moad(vectors, attributes, objects)
    assert moad(vectors, objects, objects) == 0


def test_moad_names_the_factor_that_sorts_the_cloud():
    _, objects, attributes = cloud(n=60)
    by_object = np.eye(3)[objects] + 0.1
    assert moad(by_object, objects, attributes) > 0.5
    assert moad(np.eye(4)[attributes] + 0.1, objects, attributes) < -0.5


def test_labels_may_be_words_and_their_names_do_not_matter():
    vectors, objects, attributes = cloud()
    words = np.array(["seven", "one", "three"], dtype=object)[objects]
    assert moad(vectors, words, attributes) == pytest.approx(moad(vectors, objects, attributes))
    assert moad(vectors, objects * 10_000_000, attributes) == pytest.approx(
        moad(vectors, objects, attributes)
    )


def test_factors_added_up_apart_give_what_they_give_jointly(monkeypatch):
    vectors, objects, attributes = cloud()
    factors = {"object": objects, "attribute": attributes}
    together = separations(vectors, factors)
    monkeypatch.setattr(bias, "_MOST_CELLS", 1)
    assert separations(vectors, factors) == pytest.approx(together, abs=1e-12)


def test_two_items_of_one_class_and_one_of_another_are_enough():
    vectors = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    assert separations(vectors, {"side": [0, 0, 1]})["side"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0] * 29, "side: all items have one label"),
        (list(range(29)), "side: no two items share a label"),
        ([0, 1], r"side: shape \(2,\), expected one label for each of 29"),
        (["a", None, *["b"] * 27], "side: row 1 has no label"),
        ([pd.NA, "a", *["b"] * 27], "side: row 0 has no label"),
        ([0.0, 1.0, np.nan, *[1.0] * 26], "side: row 2 has no label"),
    ],
)
def test_labels_that_cannot_be_used_are_refused(labels, message):
    with pytest.raises(InputError, match=message):
        separations(cloud()[0], {"side": labels})
