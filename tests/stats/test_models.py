import pandas as pd
import pytest

from modgap.errors import InputError
from modgap.stats.models import model_frame

MODELS = pd.DataFrame({"model": ["a", "b"], "parameters": [10, 20]})
METRICS = pd.DataFrame(
    [
        ("a", "rmg", "both", 0.1),
        ("b", "rmg", "both", 0.2),
        ("b", "recall@1", "image_to_text", 0.5),
        ("b", "recall@1", "text_to_image", 0.4),
        ("a", "recall@1", "image_to_text", 0.3),
    ],
    columns=["model", "metric", "modality", "value"],
)


def test_each_metric_is_a_column_and_a_missing_one_stays_missing():
    frame = model_frame(MODELS, METRICS).set_index("model")
    assert frame.loc["b", "rmg"] == 0.2
    assert frame.loc["a", "recall@1:image_to_text"] == 0.3
    assert pd.isna(frame.loc["a", "recall@1:text_to_image"])
    assert frame["parameters"].tolist() == [10, 20]


def test_a_metric_given_twice_is_refused():
    with pytest.raises(InputError, match="model 'a' has 'rmg' more than once"):
        model_frame(MODELS, pd.concat([METRICS, METRICS.head(1)]))


def test_a_model_without_metrics_is_named():
    with pytest.raises(InputError, match="no metric of the models c"):
        model_frame(pd.DataFrame({"model": ["a", "c"]}), METRICS)
