from pathlib import Path

import pytest
import yaml

from modgap.errors import InputError
from modgap.study.item_knowledge import check_told, feature_files, own_settings, told
from modgap.study.study import Study

ROOT = Path(__file__).parents[2]
ENCODERS = {"image_encoder": "efficientnet-lite0", "text_encoder": "all-minilm-l6-v2"}
EMOJI = {"data": "emoji-train", "test_data": "emoji-style", "seed": [0, 1]}


def study_of(**train):
    """A study of models of emoji: plain ones, and others with these settings."""
    on = {"retrieval": "own"}
    experiments = {
        "plain": {"train": EMOJI, "data": on},
        "told": {"train": EMOJI | train, "data": on},
        "closers": {"models": ["plain", "told"], "data": on},
    }
    return Study.of({"experiments": experiments}, ROOT / "config")


def test_settings_are_the_losss_own_or_say_what_it_is_told():
    given = ENCODERS | {"permuted": True, "temperature": 0.2}
    assert told(given) == ENCODERS | {"permuted": True}
    assert own_settings(given) == {"temperature": 0.2}


def test_encoders_become_models_that_embed_the_training_set():
    study = study_of(loss="soft_targets", loss_settings=ENCODERS)
    folder = "<results>/embeddings"
    files = study.training_files("told-s1")
    assert files["image_features"] == f"{folder}/efficientnet-lite0/emoji-train/image.parquet"
    assert files["text_features"] == f"{folder}/all-minilm-l6-v2/emoji-train/text.parquet"
    assert "image_features" not in study.training_files("plain-s1")
    assert study.told == [(name, "emoji-train") for name in ENCODERS.values()]
    assert set(study.told) <= set(study.embedded)
    for name in ENCODERS.values():
        assert study.models[name].kind == "package"
        assert study.in_one_thread(name)
        assert study.folder(name) == f"<resources>/models/{name}"
    cache = "<results>/pixels/emoji-train/112-bicubic-shortest/cache.json"
    assert study.pixels("efficientnet-lite0", "emoji-train") == cache
    assert study.pixels("all-minilm-l6-v2", "emoji-train") == ""


def test_a_teacher_is_the_model_of_the_same_seed_that_training_starts_from():
    teacher = {"teacher": "start"}
    study = study_of(**{"from": "plain", "loss_settings": teacher})
    files = study.training_files("told-s1")
    folder = "<results>/embeddings/plain-s1/emoji-train"
    assert files["teacher_images"] == f"{folder}/image.parquet"
    assert files["teacher_texts"] == f"{folder}/text.parquet"
    assert study.told == [("plain-s0", "emoji-train"), ("plain-s1", "emoji-train")]
    assert feature_files(teacher, "m", "d")["teacher_texts"] == (
        "<results>/embeddings/m/d/text.parquet"
    )


def test_the_closers_after_training_are_tried_on_plain_models_alone():
    study = study_of(loss="sigmoid")
    looks = study.artifacts["soft_targets_table1"].inputs["closed"]
    assert looks == [f"<results>/looks/plain-s{s}/emoji-style/closers.parquet" for s in (0, 1)]
    hot = study_of(learnable_temperature=False)
    assert hot.artifacts["soft_targets_table1"].inputs["closed"] == looks


def test_an_unknown_encoder_is_refused_by_name():
    with pytest.raises(InputError, match=r"'told-s0'.*image_encoder 'efficientnet-lite' is no "):
        study_of(loss_settings={"image_encoder": "efficientnet-lite"})
    with pytest.raises(InputError, match=r"did you mean 'efficientnet-lite0'"):
        study_of(loss_settings={"image_encoder": "efficientnet-lite"})


@pytest.mark.parametrize(
    ("given", "labelled", "message"),
    [
        (ENCODERS, True, r"place: image_encoder .* drawn anew in each epoch.*similarity: labels"),
        ({"similarity": "labels"}, False, r"similarity: labels is for items made here"),
        ({"similarity": "factors"}, True, r"similarity 'factors'; expected labels"),
        ({"permuted": True}, True, r"permuted, but no similarity"),
        ({"permuted": "yes", "similarity": "labels"}, True, r"permuted 'yes'; expected true"),
        ({"teacher": "start"}, False, r"teacher 'start'; expected start, and `from`"),
    ],
)
def test_what_cannot_be_told_is_refused(given, labelled, message):
    with pytest.raises(InputError, match=message):
        check_told(given, "", labelled, "place")


def test_the_study_of_closers_compares_every_loss_with_every_closer_and_both_controls():
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    overlay = yaml.safe_load((ROOT / "config" / "closers.yaml").read_text())
    config = config | overlay | {"experiments": config["experiments"] | overlay["experiments"]}
    study = Study.of(config, ROOT / "config")
    models = [study.models[name] for name in study.experiments["closers"].models]
    for data in ("emoji-train", "mad"):
        own = [model.settings for model in models if model.settings.data == data]
        assert {settings.seed for settings in own} == {0, 1, 2, 3, 4}
        ways = {repr(settings.named() | {"seed": 0, "from": ""}) for settings in own}
        assert len(ways) >= 9
        assert {"clip", "soft_targets", "label_smoothing"} <= {each.loss for each in own}
        assert any(each.loss_settings.get("permuted") for each in own)
    # What is left of the default study is left out.
    assert all(name in overlay["experiments"] for name in study.experiments)
