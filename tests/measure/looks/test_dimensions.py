import numpy as np
import pytest
from helpers import naive_metrics
from helpers.tiny_embeddings import tiny_pair

from modgap.errors import InputError
from modgap.measure.looks.dimensions import dimension_scatter, dimension_table, removal_curve


@pytest.fixture(scope="module")
def pair():
    return tiny_pair()


def clouds(pair):
    images, texts = pair
    captions = texts.vectors[(texts.table["kind"] == "caption").to_numpy()]
    return naive_metrics.unit(images.vectors), naive_metrics.unit(captions)


def test_the_dimension_table_has_the_means_and_shares(pair):
    x, y = clouds(pair)
    frame = dimension_table(*pair)
    assert list(frame.columns[:3]) == ["model", "dataset", "dimension"]
    np.testing.assert_allclose(frame["mean_image"], x.mean(0), atol=1e-6)
    np.testing.assert_allclose(frame["difference"], x.mean(0) - y.mean(0), atol=1e-6)
    assert frame["share"].sum() == pytest.approx(1)


@pytest.mark.parametrize("choice", ["mean", "difference"])
def test_the_scatter_shows_every_item_in_two_dimensions(pair, choice):
    x, y = clouds(pair)
    frame = dimension_scatter(*pair, choice)
    first, second = frame[["dimension_x", "dimension_y"]].iloc[0]
    assert first != second
    gap = np.abs(x.mean(0) - y.mean(0))
    wanted = np.argsort(-gap)[0] if choice == "difference" else np.abs(x.mean(0)).argmax()
    assert first == wanted
    images, texts = frame[frame["modality"] == "image"], frame[frame["modality"] == "text"]
    np.testing.assert_allclose(images["x"], x[:, first], atol=1e-6)
    np.testing.assert_allclose(texts["y"], y[:, second], atol=1e-6)


def test_another_choice_is_refused(pair):
    with pytest.raises(InputError, match="choice: 'median'"):
        dimension_scatter(*pair, "median")


def test_the_removal_curve_removes_the_largest_differences_first(pair):
    x, y = clouds(pair)
    order = np.argsort(-np.abs(x.mean(0) - y.mean(0)))
    frame = removal_curve(*pair)
    # Six dimensions: one must be left.
    assert sorted(frame["removed"].unique()) == [0, 1, 2, 3, 4, 5]
    for removed in (0, 2, 4):
        keep = order[removed:]
        expected = naive_metrics.rmg(x[:, keep], y[:, keep], [(i, i) for i in range(40)])
        rows = frame[frame["removed"] == removed].set_index(["metric", "modality"])["value"]
        assert rows["rmg", "both"] == pytest.approx(expected, abs=1e-6)
        assert {"recall@1", "l2m", "zero_shot:digit", "zero_shot:colour"} <= set(
            rows.index.levels[0]
        )
