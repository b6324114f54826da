import numpy as np
import pytest
from helpers import naive_metrics
from helpers.tiny_embeddings import tiny_pair

from modgap.measure.looks import dimensions


def test_the_dimension_table_has_the_means_and_shares():
    images, texts = tiny_pair()
    captions = texts.vectors[(texts.table["kind"] == "caption").to_numpy()]
    x, y = naive_metrics.unit(images.vectors), naive_metrics.unit(captions)
    frame = dimensions.look(images, texts, seed=0)
    assert list(frame.columns[:3]) == ["model", "dataset", "dimension"]
    np.testing.assert_allclose(frame["mean_image"], x.mean(0), atol=1e-6)
    np.testing.assert_allclose(frame["difference"], x.mean(0) - y.mean(0), atol=1e-6)
    assert frame["share"].sum() == pytest.approx(1)
