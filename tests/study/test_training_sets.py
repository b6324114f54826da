import re
import shutil
from pathlib import Path

import pytest
import yaml

from modgap.data.views import VIEWS
from modgap.errors import InputError
from modgap.study.model_settings import ModelSettings
from modgap.study.study import Study

ROOT = Path(__file__).parents[2]
ON_EMOJI = {"data": "emoji-train", "test_data": "emoji-style", "items": 2000}


def study_of(train, data=None, **more):
    experiment = {"train": train, "data": data or {"retrieval": "own"}}
    config = {"experiments": {"emoji": experiment, **more.pop("experiments", {})}, **more}
    return Study.of(config, ROOT / "config")


def test_the_views_that_a_study_knows_are_those_that_there_are():
    schema = ModelSettings.model_json_schema()["properties"]["captions"]
    assert set(schema["enum"]) == set(VIEWS)


def test_models_of_captions_are_named_by_their_view_and_have_their_held_out_set():
    study = study_of(ON_EMOJI | {"captions": ["full", "pieces_half"], "seed": [0, 1]})
    assert list(study.models)[::2] == ["emoji-full-s0", "emoji-pieces_half-s0"]
    assert study.pairs("emoji")[0] == ("emoji-full-s0", "emoji-style")
    # The training set has a manifest too, though nothing is measured on it.
    assert study.manifests == ["emoji-style", "emoji-train"]
    cache = "<results>/pixels/emoji-style/32-bicubic-shortest/cache.json"
    assert study.pixels("emoji-full-s0", "emoji-style") == cache
    assert study.training_files("emoji-full-s0") == {
        "images": "<results>/data/emoji-train/images.parquet",
        "texts": "<results>/data/emoji-train/texts.parquet",
        "pixels": "<results>/pixels/emoji-train/32-bicubic-shortest/cache.json",
        "probe_images": "<results>/data/emoji-style/images.parquet",
        "probe_texts": "<results>/data/emoji-style/texts.parquet",
        "probe_pixels": cache,
    }


def test_models_of_mad_read_mad_alone_and_as_before():
    study = study_of({"attributes": 3})
    folder = "<results>/data/mad"
    assert study.training_files("emoji") == {
        "pixels": f"{folder}/train/pixels.npy",
        "labels": f"{folder}/train/labels.npy",
        "probe_pixels": f"{folder}/test/pixels.npy",
        "probe_labels": f"{folder}/test/labels.npy",
    }
    assert study.pixels("emoji", "mad-digit-k3") == f"{folder}/test/pixels.npy"
    assert study.pixels("emoji", "coco") == "<results>/pixels/coco/28-bicubic-shortest/cache.json"
    assert study.manifests == ["mad-digit-k3"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"data": "emoji-trian"},
            r"train\.data names .* 'emoji-trian'; did you mean 'emoji-train'",
        ),
        ({"test_data": "emoji"}, r"train\.test_data names the unknown data set 'emoji'"),
        ({"data": "cifar10"}, r"train\.data names 'cifar10', .* without captions; .*coco"),
        ({"test_data": "emoji-train"}, r"test_data is the training set itself"),
        ({"items": 100}, r"100 images of 'emoji-train' are fewer than one batch .*128\)"),
        ({"mismatched": 0.5}, r"train\.mismatched has no effect: it is for .* on MAD"),
        ({"captions": "third"}, r"experiments\.emoji\.train\.captions'?: 'third'"),
        ({"image_size": 4}, r"train\.image_size'?: 4"),
        ({"shift": 32}, r"train\.shift: 32 pixels may move all of an image of 32 out of sight"),
        (
            {"final_temperature": 0.2},
            r"final_temperature': 0\.2, but the temperature is learnt; set",
        ),
        (
            {"final_temperature": 0.2, "learnable_temperature": [False, True]},
            r"train\.final_temperature': 0\.2, but the temperature is learnt",
        ),
        ({"restart_temperature": True}, r"train\.restart_temperature' has no effect without from"),
    ],
)
def test_what_cannot_be_trained_is_refused_by_key(changed, message):
    with pytest.raises(InputError, match=message):
        study_of(ON_EMOJI | changed)


def test_a_model_of_captions_needs_a_held_out_set():
    with pytest.raises(InputError, match=r"emoji' has no data set of its own"):
        study_of(ON_EMOJI | {"test_data": ""})
    with pytest.raises(InputError, match=r"emoji\.train\.test_data: data is 'emoji-train', .* row"):
        study_of(ON_EMOJI | {"test_data": ""}, {"retrieval": "emoji-style"})


def test_a_training_set_smaller_than_a_batch_is_seen_by_its_row():
    small = {"data": "emoji-concept", "test_data": "emoji-style"}
    study_of(small)
    with pytest.raises(InputError, match=r"168 images of 'emoji-concept' are fewer than one batch"):
        study_of(small, training={"batch_size": 256})


def test_settings_of_captions_say_nothing_of_a_model_of_mad():
    with pytest.raises(InputError, match=r"emoji\.train\.captions has no effect: .* on a row"):
        study_of({"captions": "half"})
    mixed = study_of({"data": ["mad", "emoji-train"], "test_data": "emoji-style", "items": 2000})
    assert list(mixed.models) == ["emoji-on-mad", "emoji-on-emoji-train"]


def test_a_role_that_the_held_out_set_cannot_have_is_refused():
    with pytest.raises(InputError, match=r"emoji\.data\.attributes is own, but 'emoji' has"):
        study_of(ON_EMOJI, {"attributes": "own"})


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"data": "coco", "test_data": "emoji-style"}, "has data 'emoji-train', so .* tokenizer"),
        ({"text_width": 64}, r"has text_width 32, the model itself 64"),
        ({"image_size": 48}, r"has image_size 32, the model itself 48"),
    ],
)
def test_a_start_that_does_not_fit_is_refused_before_anything_runs(changed, message):
    tuned = {"train": ON_EMOJI | {"from": "emoji"} | changed, "data": {"retrieval": "own"}}
    with pytest.raises(InputError, match=rf"model 'tuned': from: 'emoji' {message}"):
        study_of(ON_EMOJI, experiments={"tuned": tuned})


def test_the_example_of_the_documentation_is_a_study(tmp_path):
    page = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")
    blocks = dict(re.findall(r"```(tsv|yaml)\n(.*?)```", page, re.DOTALL))
    for name in ("models.tsv", "datasets.tsv"):
        shutil.copy(ROOT / "config" / name, tmp_path)
    with (tmp_path / "datasets.tsv").open("a", encoding="utf-8") as sheet:
        sheet.write(blocks["tsv"])
    study = Study.of(yaml.safe_load(blocks["yaml"]), tmp_path)
    assert len(study.models) == 6
    assert study.manifests == ["photos-test", "photos-train"]
    assert study.dataset_folder("photos-train") == "/data/photos"
