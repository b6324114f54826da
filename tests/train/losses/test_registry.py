import pytest
import torch
from helpers.tiny_losses import features, similarity

from modgap.errors import InputError
from modgap.train.losses.base import Loss
from modgap.train.losses.registry import LOSSES, build_loss
from modgap.train.similarity import Teacher

OF_SIMILARITY = {
    *("soft_targets", "label_smoothing", "similarity_regression"),
    *("weighted_contrastive", "in_modality_separation"),
}


def known(name):
    if name in OF_SIMILARITY:
        return {"similarity": similarity()[0]}
    return {"teacher": Teacher(*features(), 8.0)} if name == "random_feature_alignment" else {}


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_answers_to_open_clips_own_call(name):
    images, texts = (torch.tensor(rows, requires_grad=True) for rows in features())
    loss = build_loss(name, **known(name))
    assert isinstance(loss, Loss)
    out = {"image_features": images, "text_features": texts, "logit_scale": torch.tensor(9.0)}
    if loss.initial_bias is not None:
        out["logit_bias"] = torch.tensor(loss.initial_bias)
    items = {} if not known(name) else {"items": torch.arange(7)}
    parts = loss(**out, output_dict=True, **items)
    assert all(part.ndim == 0 for part in parts.values())
    sum(parts.values()).backward()
    assert all(torch.isfinite(each.grad).all() and each.grad.any() for each in (images, texts))


def test_an_unknown_loss_or_setting_is_refused_by_name():
    with pytest.raises(InputError, match=r"model.loss: 'sigmoids' is no loss; did you .*'sigmoid'"):
        build_loss("sigmoids")
    with pytest.raises(InputError, match=r"model.loss: clip cannot be built with .*margin"):
        build_loss("clip", margin=2)
    with pytest.raises(InputError, match=r"soft_targets cannot be built with \{'margin': 2\}"):
        build_loss("soft_targets", similarity=similarity()[0], margin=2)


def test_what_is_known_of_the_items_goes_to_losses_that_use_it_and_no_other():
    with pytest.raises(InputError, match=r"soft_targets needs .*similarity.*image_encoder"):
        build_loss("soft_targets")
    with pytest.raises(InputError, match=r"clip does not use the items' similarity"):
        build_loss("clip", similarity=similarity()[0])
    with pytest.raises(InputError, match=r"random_feature_alignment needs .*teacher: start"):
        build_loss("random_feature_alignment", similarity=None)
    assert build_loss("clip", similarity=None, teacher=None).initial_bias is None


def test_a_batch_without_item_numbers_is_refused():
    images, texts = (torch.tensor(rows) for rows in features())
    loss = build_loss("soft_targets", similarity=similarity()[0])
    with pytest.raises(InputError, match="looks items up by their number"):
        loss(images, texts, torch.tensor(9.0))
