import json
import re

import pytest
import torch
from helpers.tiny_models import save_tiny_clip, save_tiny_siglip
from open_clip.factory import _find_checkpoint_in_dir

from modgap.errors import InputError
from modgap.formats.folder_files import place_of, settings_files, weights_file
from modgap.formats.model_folder import load_model

NAMES = (
    "open_clip_model.safetensors",
    "open_clip_pytorch_model.safetensors",
    "open_clip_pytorch_model.bin",
    "open_clip_pytorch_model.pth",
)


@pytest.mark.parametrize("beside", ["", "a.safetensors", "model.safetensors", "pytorch_model.bin"])
@pytest.mark.parametrize("first", range(len(NAMES)))
def test_the_weights_are_those_that_open_clip_takes(tmp_path, first, beside):
    for name in filter(None, (*NAMES[first:], beside)):
        (tmp_path / name).write_bytes(b"")
    assert weights_file(tmp_path).name == NAMES[first]
    assert str(weights_file(tmp_path)) == _find_checkpoint_in_dir(tmp_path)


def test_of_two_files_open_clip_loads_the_one_named(tmp_path):
    folder = save_tiny_clip(tmp_path / "m", layers=1)
    model = load_model(folder).state_dict()
    torch.save({name: value + 1 for name, value in model.items()}, folder / NAMES[2])
    (folder / NAMES[0]).rename(folder / NAMES[1])
    assert weights_file(folder).name == NAMES[1]
    for name, value in load_model(folder).state_dict().items():
        assert torch.equal(value, model[name]), name


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([], "train or download the model again"),
        (["x.pt"], "rename x.pt to open_clip_pytorch_model.bin, if"),
        (["model.safetensors"], "rename model.safetensors to open_clip_model.safetensors, if"),
        (
            ["open_clip_model-00001-of-00002.safetensors"],
            r"merge its shards \(open_clip_model-00001-of-00002.safetensors and the others\) into "
            "one file and call it open_clip_model.safetensors",
        ),
        (
            ["adapter_model.safetensors"],
            r"adapter_model\.safetensors holds adapters alone: put the",
        ),
        (["pytorch_model-1-of-2.bin"], "merge its shards .* call it open_clip_pytorch_model.bin"),
    ],
)
def test_what_to_do_without_weights(tmp_path, files, message):
    for name in files:
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(InputError, match=rf"no such file, so \S+ has no weights; {message}"):
        weights_file(tmp_path)


@pytest.mark.parametrize("name", [*NAMES[:2], "model.safetensors"])
def test_a_link_to_no_file_is_called_that(tmp_path, name):
    """As in a folder copied from the hub's cache."""
    (tmp_path / name).symlink_to("../../blobs/0a1b")
    (tmp_path / "z.bin").write_bytes(b"")
    found = rf"{re.escape(name)}: is a link to no file \(../../blobs/0a1b\); copy what it links to"
    with pytest.raises(InputError, match=found):
        weights_file(tmp_path)


@pytest.mark.parametrize("refused", [True, False])
def test_a_link_to_no_file_before_the_weights_is_what_open_clip_takes(tmp_path, refused):
    (tmp_path / NAMES[0 if refused else 3]).symlink_to("../../blobs/0a1b")
    (tmp_path / NAMES[2]).write_bytes(b"")
    if refused:
        with pytest.raises(InputError, match="is a link to no file"):
            weights_file(tmp_path)
    else:
        assert weights_file(tmp_path).name == NAMES[2]


def test_the_files_that_decide_besides_the_weights(tmp_path):
    assert list(settings_files(save_tiny_clip(tmp_path / "a", layers=1))) == [
        "open_clip_config.json"
    ]
    folder = save_tiny_siglip(tmp_path / "b")
    own = ["open_clip_config.json", "tokenizer.json", "tokenizer_config.json"]
    assert list(settings_files(folder)) == own
    config = json.loads((folder / own[0]).read_text())
    config["model_cfg"]["text_cfg"]["hf_model_name"] = "text_tower"
    (folder / own[0]).write_text(json.dumps(config))
    (folder / "text_tower").mkdir()
    (folder / "text_tower" / "config.json").write_text("{}")
    assert list(settings_files(folder)) == [own[0], "text_tower/config.json", *own[1:]]


def test_a_record_that_names_no_folder_leaves_the_files_where_they_are(tmp_path):
    for text in ("[]", "{", '{"folder": null}', '{"folder": 3}'):
        (tmp_path / "modgap.json").write_text(text)
        assert place_of(tmp_path) == tmp_path
