import numpy as np
import pytest
from helpers import naive_metrics
from helpers.tiny_embeddings import tiny_pair

from modgap.measure.looks import removal


def test_the_removal_curve_removes_the_largest_differences_first():
    images, texts = tiny_pair()
    captions = texts.vectors[(texts.table["kind"] == "caption").to_numpy()]
    x, y = naive_metrics.unit(images.vectors), naive_metrics.unit(captions)
    order = np.argsort(-np.abs(x.mean(0) - y.mean(0)))
    frame = removal.look(images, texts, seed=0)
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
