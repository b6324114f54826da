from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from helpers.synthetic_results import ROLES, metric_row, pretrained_zoo, zoo

from modgap.errors import InputError
from modgap.mad.captions import FACTORS
from modgap.stats.quantities import (
    ATTRIBUTES,
    DIGIT,
    MAD_ATTRIBUTES,
    MAD_SCORES,
    RECALL_IMAGE_TO_TEXT,
    RMG,
    model_values,
    study_quantities,
)

NO_ROLES = {"retrieval": "", "classification": "", "attributes": []}


def test_the_attributes_of_mad_are_its_factors_beside_the_digit():
    assert ("digit", *MAD_ATTRIBUTES) == FACTORS


def test_accuracies_come_in_per_cent_and_gaps_as_they_are():
    metrics, _ = zoo(medium=(0.5,), large=())
    assert model_values(metrics, DIGIT)["medium0"] == pytest.approx(50)
    assert model_values(metrics, RMG)["medium0"] == pytest.approx(0.5)


def test_a_quantity_of_several_metrics_is_their_mean():
    metrics, _ = zoo(medium=(0.5,), large=())
    # 0.51, 0.52, 0.53, 0.54, 0.55 for the five attributes.
    assert model_values(metrics, ATTRIBUTES)["medium0"] == pytest.approx(53)


def test_a_model_that_lacks_one_of_the_metrics_is_left_out():
    metrics, _ = zoo(medium=(0.5, 0.6), large=())
    lacking = (metrics["model"] == "medium1") & (metrics["metric"] == "zero_shot:scale")
    metrics.loc[lacking, "value"] = np.nan
    assert list(model_values(metrics, ATTRIBUTES).index) == ["medium0"]


@pytest.mark.parametrize(
    ("quantity", "absent"),
    [
        (RMG.on("coco"), "'rmg'"),
        (replace(DIGIT, modality="image"), "'zero_shot:digit'"),
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


@pytest.mark.parametrize("roles", [{}, NO_ROLES])
def test_without_roles_the_quantities_are_mads(roles):
    found = study_quantities(roles)
    assert found["scores"] == MAD_SCORES
    assert found["objects"] == (RECALL_IMAGE_TO_TEXT, DIGIT)
    assert found["attributes"] == (ATTRIBUTES,)


def test_roles_become_the_papers_quantities_with_the_names_that_axes_show():
    found = study_quantities(ROLES)
    assert [(q.label, q.name) for q in found["scores"]] == [
        ("COCO R@1, image to text [%]", "coco/recall@1:image_to_text"),
        ("COCO R@1, text to image [%]", "coco/recall@1:text_to_image"),
        ("ImageNet top-1 [%]", "imagenet/zero_shot:class"),
    ]
    assert found["objects"] == (found["scores"][0], found["scores"][2])
    assert [(q.label, q.name) for q in found["attributes"]] == [
        ("MIT-States attribute accuracy [%]", "mit-states/zero_shot:attribute"),
        ("UT-Zappos attribute accuracy [%]", "ut-zappos/zero_shot:attribute"),
    ]


def test_every_quantity_of_the_paper_is_one_number_for_every_model():
    metrics, models = pretrained_zoo()
    for quantities in study_quantities(ROLES).values():
        for quantity in quantities:
            assert len(model_values(metrics, quantity)) == len(models)


@pytest.mark.parametrize(
    ("role", "counts"),
    [
        ("retrieval", {"scores": 1, "objects": 1, "attributes": 2}),
        ("classification", {"scores": 2, "objects": 1, "attributes": 2}),
        ("attributes", {"scores": 3, "objects": 2, "attributes": 0}),
    ],
)
def test_an_empty_role_leaves_its_quantities_out(role, counts):
    found = study_quantities(ROLES | {role: NO_ROLES[role]})
    assert {name: len(quantities) for name, quantities in found.items()} == counts


def test_a_data_set_without_a_title_goes_by_its_own_name():
    found = study_quantities({"retrieval": "my-photos"})
    assert found["objects"][0].label == "my-photos R@1, image to text [%]"
    assert found["attributes"] == ()


def test_names_say_data_set_and_modality_only_where_there_are_any():
    assert RMG.name == "rmg"
    assert RMG.on("coco").name == "coco/rmg"
    assert RECALL_IMAGE_TO_TEXT.name == "recall@1:image_to_text"
