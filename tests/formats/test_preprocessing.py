import json

import numpy as np
import open_clip
import pytest
import torch
from helpers.tiny_models import save_tiny_clip
from PIL import Image

from modgap.embed.encoder import load_encoder
from modgap.errors import InputError
from modgap.formats.model_folder import load_model, load_tokenizer
from modgap.formats.preprocessing import Preprocessing, read_model_config

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    "key",
    ["224-bicubic-shortest", "28-bilinear-squash", "384x160-bicubic-longest-fill127"],
)
def test_keys_and_back(key):
    assert Preprocessing.parse(key).key == key


@pytest.mark.parametrize("key", ["224", "224-nearest-shortest", "0-bicubic-squash", "x-bicubic-"])
def test_unknown_keys_are_refused(key):
    with pytest.raises(InputError, match="expected SIZE-INTERPOLATION-MODE"):
        Preprocessing.parse(key)


@pytest.mark.parametrize("key", ["28x28-bicubic-squash", "28-bicubic-squash-fill3"])
def test_a_key_has_one_spelling(key):
    with pytest.raises(InputError, match=f"preprocessing '{key}': write it as 28-bicubic-squash"):
        Preprocessing.parse(key)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"interpolation": "bilinear"},
        {"resize_mode": "squash", "mean": [0.5] * 3, "std": [0.25, 0.5, 1.0]},
        {"resize_mode": "longest", "fill_color": 200},
    ],
)
def test_pixels_and_normalisation_are_those_of_open_clip(tmp_path, settings):
    """Bit for bit, against the transform open_clip itself makes for the model folder."""
    folder = save_tiny_clip(tmp_path / "m", preprocess=settings, layers=1)
    _, _, theirs = open_clip.create_model_and_transforms(f"local-dir:{folder}")
    resize = Preprocessing.of_model(folder).resize()
    encoder = load_encoder(folder, torch.device("cpu"))
    for mode in ("RGB", "L", "RGBA", "P", "CMYK"):
        for width, height in ((50, 37), (20, 90), (28, 28), (9, 9)):
            noise = RNG.integers(0, 256, (height, width, 3), dtype=np.uint8)
            image = Image.fromarray(noise).convert(mode)
            pixels = np.array(resize(image))
            assert pixels.shape == (28, 28, 3)
            assert pixels.dtype == np.uint8
            ours = encoder.prepare(torch.from_numpy(pixels)[None])[0]
            assert torch.equal(ours, theirs(image)), (mode, width, height)


def test_the_size_is_the_towers(tmp_path):
    folder = save_tiny_clip(tmp_path / "m", image_size=14, preprocess={"size": 224})
    assert Preprocessing.of_model(folder).key == "14-bicubic-shortest"


def test_a_tower_of_unequal_sides(tmp_path):
    folder = save_tiny_clip(tmp_path / "m", image_size=[14, 28])
    preprocessing = Preprocessing.of_model(folder)
    assert preprocessing.key == "14x28-bicubic-shortest"
    assert preprocessing.resize()(Image.new("L", (40, 30))).size == (28, 14)


def test_missing_or_foreign_configurations_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"open_clip_config\.json: no such file"):
        Preprocessing.of_model(tmp_path)
    (tmp_path / "open_clip_config.json").write_text(json.dumps({"embed_dim": 3}))
    with pytest.raises(InputError, match="not an open_clip configuration"):
        Preprocessing.of_model(tmp_path)


def test_a_folder_of_another_kind_is_called_that(tmp_path):
    """As people have them: a model of transformers, the hub's cache, a file of open_clip's own."""
    (tmp_path / "config.json").write_text('{"model_type": "clip"}')
    with pytest.raises(
        InputError, match=r"no such file\. The folder is one of transformers \(config"
    ):
        Preprocessing.of_model(tmp_path)
    folder = save_tiny_clip(tmp_path / "snapshots" / "0a1b", layers=1)
    with pytest.raises(
        InputError, match=r"a cache of the hub: name the folder \S+/snapshots/0a1b$"
    ):
        Preprocessing.of_model(tmp_path)
    path = folder / "open_clip_config.json"
    path.write_text(json.dumps(json.loads(path.read_text())["model_cfg"]))
    with pytest.raises(InputError, match="put all that is there under model_cfg"):
        Preprocessing.of_model(folder)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("model.onnx", r"holds model\.onnx, which open_clip cannot load; embed the items by what"),
        ("clip.mlpackage", r"holds clip\.mlpackage, which open_clip cannot load"),
        (
            "epoch_9.pt",
            r"holds epoch_9\.pt and no word on its model: write one there, .*quick_gelu",
        ),
        ("notes.txt", "A model folder holds open_clip_config.json"),
    ],
)
def test_a_folder_without_configuration_says_what_lies_there(tmp_path, name, message):
    (tmp_path / name).touch()
    with pytest.raises(InputError, match=rf"open_clip_config\.json: no such file\. .*{message}"):
        read_model_config(tmp_path)


def test_settings_of_a_tokenizer_that_are_none(tmp_path):
    """open_clip failed on them with an error that named no file."""
    folder = save_tiny_clip(tmp_path / "m", layers=1)
    path = folder / "open_clip_config.json"
    config = json.loads(path.read_text())
    config["model_cfg"]["text_cfg"]["tokenizer_kwargs"] = None
    path.write_text(json.dumps(config))
    with pytest.raises(
        InputError, match=r"open_clip_config\.json: tokenizer_kwargs None; expected"
    ):
        Preprocessing.of_model(folder)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"mean": [0.5, 0.5]}, r"mean \[0\.5, 0\.5\]; expected three numbers"),
        ({"mean": [127.5, 127.5, 127.5]}, r"mean .* as fractions of white: from 0 to 1"),
        ({"mean": ["a", 0, 0]}, r"mean .*; expected three numbers"),
        ({"std": [0.2, 0, 0.2]}, r"std .*: above 0 to 1"),
        ({"interpolation": "nearest"}, "interpolation 'nearest'; expected one of bicubic"),
        ({"resize_mode": "crop"}, "resize_mode 'crop'; expected one of shortest"),
        ({"fill_color": [0, 0, 0]}, r"fill_color .*; expected one whole number"),
    ],
)
def test_what_is_not_or_wrongly_done_to_images_is_refused(tmp_path, settings, message):
    """Colours of another number were a traceback, of another range another model."""
    folder = save_tiny_clip(tmp_path / "m", layers=1)
    path = folder / "open_clip_config.json"
    config = json.loads(path.read_text())
    path.write_text(json.dumps(config | {"preprocess_cfg": settings}))
    with pytest.raises(InputError, match=rf"open_clip_config\.json: {message}"):
        Preprocessing.of_model(folder)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"context_length": "77"}, "context_length '77'; expected a number of tokens"),
        ({"context_length": None}, "context_length None; expected a number of tokens"),
        ({"context_length": 0}, "context_length 0; expected a number of tokens"),
        ({"hf_model_name": 3}, "hf_model_name 3; expected a name"),
        ({"hf_tokenizer_name": ["t5"]}, r"hf_tokenizer_name \['t5'\]; expected a name"),
    ],
)
def test_settings_of_texts_of_another_type_are_refused(tmp_path, settings, message):
    """They were tracebacks that named no file."""
    config = {"model_cfg": {"vision_cfg": {}, "text_cfg": settings}}
    (tmp_path / "open_clip_config.json").write_text(json.dumps(config))
    with pytest.raises(InputError, match=rf"open_clip_config\.json: {message}"):
        read_model_config(tmp_path)


@pytest.mark.parametrize("settings", ["bicubic", 224, [0.5, 0.5]])
def test_a_preprocess_cfg_that_is_no_object_is_refused(tmp_path, settings):
    config = {"model_cfg": {"vision_cfg": {}, "text_cfg": {}}, "preprocess_cfg": settings}
    (tmp_path / "open_clip_config.json").write_text(json.dumps(config))
    with pytest.raises(InputError, match=r"preprocess_cfg .*; expected settings by name, as \{\}"):
        read_model_config(tmp_path)


@pytest.mark.parametrize("size", [28.0, "28", 0, [28], True])
def test_a_size_that_is_none_is_refused(tmp_path, size):
    config = {"model_cfg": {"vision_cfg": {"image_size": size}}}
    (tmp_path / "open_clip_config.json").write_text(json.dumps(config))
    with pytest.raises(InputError, match=r"image_size .*; expected a number of pixels"):
        Preprocessing.of_model(tmp_path)


@pytest.mark.parametrize("patch", [7.0, "7", 0, [7], [7, 7, 7], True])
def test_a_patch_that_is_none_is_refused(tmp_path, patch):
    config = {"model_cfg": {"vision_cfg": {"patch_size": patch}}}
    (tmp_path / "open_clip_config.json").write_text(json.dumps(config))
    with pytest.raises(InputError, match=r"patch_size .*; expected a number of pixels"):
        Preprocessing.of_model(tmp_path)


@pytest.mark.parametrize(
    ("place", "name", "value"),
    [
        ("model", "quick_gelu", "false"),
        ("model", "quick_gelu", "no"),
        ("model", "quick_gelu", 0),
        ("model", "quick_gelu", None),
        ("model", "custom_text", "False"),
        ("text", "no_causal_mask", "false"),
        ("vision", "attentional_pool", "true"),
    ],
)
def test_a_word_is_no_switch(tmp_path, place, name, value):
    """To open_clip "false" is true."""
    towers = {"vision": {}, "text": {}}
    model = {"vision_cfg": towers["vision"], "text_cfg": towers["text"]}
    (model if place == "model" else towers[place])[name] = value
    (tmp_path / "open_clip_config.json").write_text(json.dumps({"model_cfg": model}))
    with pytest.raises(InputError, match=rf"\.json: {name} {value!r}; expected true or false"):
        read_model_config(tmp_path)


@pytest.mark.parametrize("switch", [True, False])
def test_a_switch_is_true_or_false(tmp_path, switch):
    config = {"model_cfg": {"vision_cfg": {}, "quick_gelu": switch}}
    (tmp_path / "open_clip_config.json").write_text(json.dumps(config))
    assert read_model_config(tmp_path) == config


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_configuration_with_a_byte_order_mark(tmp_path, encoding):
    """As an editor on Windows leaves it; open_clip alone fails."""
    folder = save_tiny_clip(tmp_path / "m", layers=1)
    path = folder / "open_clip_config.json"
    plain, tokens = load_model(folder).state_dict(), load_tokenizer(folder)(["a dog"])
    config = read_model_config(folder)
    path.write_bytes(path.read_text().encode(encoding))
    marked = path.read_bytes()
    assert read_model_config(folder) == config
    loaded = load_model(folder).state_dict()
    assert loaded.keys() == plain.keys()
    assert all(torch.equal(loaded[name], plain[name]) for name in plain)
    assert torch.equal(load_tokenizer(folder)(["a dog"]), tokens)
    assert path.read_bytes() == marked
