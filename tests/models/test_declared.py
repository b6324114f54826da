from pathlib import Path

import open_clip
import pytest

from modgap.models.declared import activation, differences, repository_entry, table_entry
from modgap.study.models import read_models

ROOT = Path(__file__).parents[2]
COLOURS = {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}


def config(**settings) -> dict:
    chosen = {key: settings.pop(key) for key in ("mean", "std", "resize_mode") if key in settings}
    return {"model_cfg": {"embed_dim": 8, **settings}, "preprocess_cfg": chosen}


@pytest.mark.parametrize(("quick", "name"), [(True, "QuickGELU"), (False, "GELU")])
def test_the_activation_that_is_loaded_has_a_name(quick, name):
    assert activation(config(quick_gelu=quick)) == name


def test_weights_trained_with_another_activation_are_named():
    said = differences(config(), table_entry("ViT-B-32", "laion400m_e32"), "the table")
    assert list(said) == ["quick_gelu"]
    assert said["quick_gelu"] == (
        "the table says that the weights were trained with QuickGELU, but the architecture's name "
        "says GELU, which is what is loaded"
    )
    quick = config(quick_gelu=True)
    assert differences(quick, table_entry("ViT-B-32-quickgelu", "laion400m_e32"), "x") == {}


def test_the_sheet_says_which_of_its_models_are_loaded_with_another_activation():
    sheet = read_models(ROOT / "config" / "models.tsv").values()
    named = [row for row in sheet if row.kind == "open_clip"]
    plain = [
        row.model
        for row in named
        # Those of OpenAI are loaded with QuickGELU whatever their name says.
        if row.pretrained != "openai"
        and table_entry(row.architecture, row.pretrained).get("quick_gelu")
        and not open_clip.get_model_config(row.architecture).get("quick_gelu")
    ]
    assert plain == [row.model for row in named if "trained with QuickGELU" in row.note]
    assert len(plain) == 5


def test_what_a_table_leaves_out_it_does_not_say():
    """Of roberta-ViT-B-32 the architecture says QuickGELU, and rightly; its tag says nothing."""
    entry = table_entry("roberta-ViT-B-32", "laion2b_s12b_b32k")
    assert "quick_gelu" not in entry
    assert differences(config(quick_gelu=True), entry, "x") == {}


def test_colours_and_resizing_are_compared_as_numbers_and_with_open_clip_s_defaults():
    written = [round(value, 4) for value in open_clip.OPENAI_DATASET_MEAN]
    assert differences(config(mean=written), repository_entry(config()), "x") == {}
    said = differences(config(), repository_entry(config(**COLOURS, resize_mode="squash")), "x")
    assert list(said) == ["mean", "std", "resize_mode"]
    assert said["mean"] == "x says mean 0.5000, 0.5000, 0.5000, but 0.4815, 0.4578, 0.4082 is used"
    assert said["resize_mode"] == "x says resize_mode squash, but shortest is used"
