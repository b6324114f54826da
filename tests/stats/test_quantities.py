from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from helpers.synthetic_results import metric_row, pretrained_zoo, zoo

from modgap.errors import InputError
from modgap.stats.quantities import (
    ATTRIBUTES,
    OBJECT,
    RECALL_IMAGE_TO_TEXT,
    RECALL_TEXT_TO_IMAGE,
    RMG,
    Quantity,
    model_values,
    role_quantities,
)

ROLES = {
    "retrieval": ["coco"],
    "classification": ["imagenet"],
    "attributes": ["mit-states", "ut-zappos"],
}
TITLES = {"coco": "COCO", "imagenet": "ImageNet", "mit-states": "MIT-States"}
TWO_FACTORS = Quantity("two factors", ("zero_shot:scale", "zero_shot:colour"))


def test_accuracies_come_in_per_cent_and_gaps_as_they_are():
    metrics, _ = zoo(medium=(0.5,), large=())
    assert model_values(metrics, OBJECT)["medium0"] == pytest.approx(50)
    assert model_values(metrics, RMG)["medium0"] == pytest.approx(0.5)


def test_a_quantity_of_several_metrics_is_their_mean():
    metrics, _ = zoo(medium=(0.5,), large=())
    # 0.54 and 0.55.
    assert model_values(metrics, TWO_FACTORS)["medium0"] == pytest.approx(54.5)


def test_a_model_that_lacks_one_of_the_metrics_is_left_out():
    metrics, _ = zoo(medium=(0.5, 0.6), large=())
    lacking = (metrics["model"] == "medium1") & (metrics["metric"] == "zero_shot:scale")
    metrics.loc[lacking, "value"] = np.nan
    assert list(model_values(metrics, TWO_FACTORS).index) == ["medium0"]


@pytest.mark.parametrize(
    ("quantity", "absent"),
    [
        (RMG.on("coco"), "'rmg'"),
        (replace(OBJECT, modality="image"), "'zero_shot:object'"),
        (replace(ATTRIBUTES, metrics=("zero_shot:colour", "zero_shot:taste")), "'zero_shot:taste'"),
    ],
)
def test_what_no_model_was_measured_for_is_refused(quantity, absent):
    metrics, _ = zoo()
    with pytest.raises(InputError, match=rf"no model has \[{absent}\] .*'rmg', .* on \['mad'\]"):
        model_values(metrics, quantity)


def test_two_data_sets_of_one_model_must_be_told_apart():
    metrics = pd.DataFrame(
        [metric_row("m", "rmg", 0.1, dataset="coco"), metric_row("m", "rmg", 0.2, dataset="ade")]
    )
    with pytest.raises(InputError, match=r"'m' has 'rmg'.*\['ade', 'coco'\].*'RMG'"):
        model_values(metrics, RMG)
    assert model_values(metrics, RMG.on("coco"))["m"] == 0.1


def test_the_quantities_of_a_models_own_data_set():
    assert role_quantities({role: [""] for role in ROLES}, TITLES) == {
        "retrieval": (RECALL_IMAGE_TO_TEXT, RECALL_TEXT_TO_IMAGE),
        "classification": (OBJECT,),
        "attributes": (ATTRIBUTES,),
    }


def test_roles_become_quantities_with_the_names_that_axes_show():
    quantities = role_quantities(ROLES, TITLES)
    assert {role: [(q.label, q.name) for q in chosen] for role, chosen in quantities.items()} == {
        "retrieval": [
            ("COCO R@1, image to text [%]", "coco/recall@1:image_to_text"),
            ("COCO R@1, text to image [%]", "coco/recall@1:text_to_image"),
        ],
        "classification": [("ImageNet top-1 [%]", "imagenet/zero_shot:object")],
        "attributes": [
            ("MIT-States attribute accuracy [%]", "mit-states/zero_shot:attributes"),
            # Without a title it goes by its own name.
            ("ut-zappos attribute accuracy [%]", "ut-zappos/zero_shot:attributes"),
        ],
    }


def test_every_quantity_of_the_paper_is_one_number_for_every_model():
    metrics, models = pretrained_zoo()
    for quantities in role_quantities(ROLES, TITLES).values():
        for quantity in quantities:
            assert len(model_values(metrics, quantity)) == len(models)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_without_a_data_set_is_absent(role):
    everything = role_quantities(ROLES, {})
    del everything[role]
    assert role_quantities(ROLES | {role: []}, {}) == everything
    assert role_quantities({name: data for name, data in ROLES.items() if name != role}, {}) == (
        everything
    )


def test_unknown_roles_and_bare_names_are_refused():
    with pytest.raises(InputError, match="role 'captions'; expected one of retrieval, class"):
        role_quantities({"captions": ["coco"]}, {})
    with pytest.raises(InputError, match="'retrieval': 'coco', expected a list"):
        role_quantities({"retrieval": "coco"}, {})


def test_names_say_data_set_and_modality_only_where_there_are_any():
    assert RMG.name == "rmg"
    assert RMG.on("coco").name == "coco/rmg"
    assert RECALL_IMAGE_TO_TEXT.name == "recall@1:image_to_text"
