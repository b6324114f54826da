import hashlib
import json

import numpy as np
import pandas as pd
import pytest
from helpers.tiny_emoji import COLOURS, FIRST, body, save_emoji, save_style, write_json

from modgap.data.adapters import build_manifest
from modgap.data.emoji.adapter import emoji
from modgap.data.emoji.splits import held_out_emoji
from modgap.errors import InputError
from modgap.formats.manifest import read_manifest
from modgap.study.datasets import DatasetRow

KEYS = [f"{FIRST + number:x}" for number in range(len(COLOURS))]
HELD_OUT = held_out_emoji(KEYS)
RGB = {"red": (255, 0, 0), "lime": (0, 255, 0), "navy": (0, 0, 128)}


def row(split):
    name = f"emoji-{split}"
    return DatasetRow(name, "emoji", "emoji", split, "", None, None, "no", "l", "s", "", "", "How")


def made(folder, out, split, **options):
    build_manifest(row(split), folder, out / split, **options)
    return read_manifest(out / split)


@pytest.fixture
def folder(tmp_path):
    return save_emoji(tmp_path / "source")


def test_three_splits_share_no_drawing_and_each_finds_its_own(folder, tmp_path):
    splits = {name: made(folder, tmp_path, name) for name in ("train", "style", "concept")}
    ids = {name: set(each.images["image_id"]) for name, each in splits.items()}
    toned = [f"noto/{KEYS[0]}-1f3fb"] * (KEYS[0] not in HELD_OUT)
    seen = [key for key in KEYS if key not in HELD_OUT]
    assert ids["train"] == {*toned, *(f"noto/{key}" for key in seen)}
    assert ids["style"] == {f"twemoji/{key}" for key in seen}
    assert ids["concept"] == {f"noto/{key}" for key in HELD_OUT}
    for manifest in splits.values():
        pixels = np.load(f"{manifest.root}/pixels.npy")
        assert pixels.shape == (len(manifest.images), 32, 32, 3)
        assert manifest.images["row"].tolist() == list(range(len(pixels)))
        assert manifest.pixels == hashlib.sha256(pixels.tobytes()).hexdigest()
        captions = manifest.texts.dropna(subset="image_id").set_index("image_id")["text"]
        for image, picture in zip(manifest.images["image_id"], pixels, strict=True):
            colour = captions[image].split()[0]
            if colour in RGB and "skin" not in captions[image]:
                assert (picture == RGB[colour]).all()


def test_the_tests_have_a_prompt_for_each_class(folder, tmp_path):
    manifest = made(folder, tmp_path, "style")
    prompts = manifest.texts[manifest.texts["kind"] == "class"]
    assert dict(zip(prompts["label"], prompts["text"], strict=True)) == {
        "plain-colour": "plain colour",
        "dark-colour": "dark colour",
    }
    assert manifest.object_factor == "subgroup"
    assert set(manifest.images["style"]) == {"twemoji"}
    train = made(folder, tmp_path, "train")
    assert set(train.texts["kind"]) == {"caption"}
    assert train.object_factor == ""


def test_again_is_the_same(folder, tmp_path):
    first, again = (made(folder, tmp_path / name, "train") for name in ("one", "two"))
    assert first.pixels == again.pixels
    pd.testing.assert_frame_equal(first.images, again.images)
    pd.testing.assert_frame_equal(first.texts, again.texts)


def test_what_is_left_out_is_counted(folder, tmp_path):
    icons = {"odd": {"body": body("red")}, f"{COLOURS[1]}-dot": {"body": body("lime")}}
    aliases = {f"{COLOURS[1]}-spot": {"parent": f"{COLOURS[1]}-dot"}}
    save_style(folder, "fxemoji", icons, aliases=aliases)
    notes = emoji(folder, "train", tmp_path).notes
    found = {(note.item, note.remark): note.action for note in notes}
    assert found["texts", "2 entries that are parts of emoji"] == "ignored"
    assert found["fxemoji", "1 drawings of no emoji of the texts"] == "ignored"
    assert found["fxemoji", "1 drawings found by another of their names"] == "one drawing"
    assert found["texts", "1 style that is not in the folder: openmoji"] == "ignored"
    assert found["twemoji", "1 drawings in no split (held out, with a skin tone)"] == "ignored"
    assert found["twemoji", "1 drawings in no split (emoji and style are both held out)"]
    made(folder, tmp_path, "train")
    report = pd.read_csv(tmp_path / "train" / "problems.tsv", sep="\t")
    assert len(report) == len(notes)


def test_emoji_without_a_drawing_and_long_captions_are_counted(folder, tmp_path):
    path = folder / "emojibase-data" / "package" / "en" / "data.json"
    entries = json.loads(path.read_text())
    entries.append({"label": "ghost", "hexcode": "AAAA", "group": 0, "subgroup": 0})
    entries[2]["tags"] = [f"tag {number}" for number in range(30)]
    write_json(path, entries)
    remarks = [note.remark for note in emoji(folder, "train", tmp_path).notes]
    assert "1 emoji without a drawing in any style" in remarks
    # The emoji and its skin tone: 2 or 5 words of the name, "tag" and 30 numbers, "dot".
    assert f"2 captions cut to 24 words ({2 + 32 - 24 + 5 + 32 - 24} words)" in remarks


def test_a_drawing_that_cannot_be_rendered_is_a_row_of_the_report(folder, tmp_path):
    icons = {f"{colour}-spot": {"body": body(colour)} for colour in COLOURS}
    bad = next(n for n, key in enumerate(KEYS) if key not in HELD_OUT)
    icons[f"{COLOURS[bad]}-spot"]["body"] = '<image href="/etc/hostname"/>'
    save_style(folder, "noto", icons)
    problem = rf"noto/{KEYS[bad]}: drawing '{COLOURS[bad]}-spot': holds an element <image>"
    with pytest.raises(InputError, match=problem):
        made(folder, tmp_path, "train")
    manifest = made(folder, tmp_path, "train", skip_bad=True)
    assert len(manifest.images) == len(manifest.texts) == 8
    assert bad not in manifest.images["row"].tolist()
    report = (tmp_path / "train" / "problems.tsv").read_text()
    assert "holds an element <image>\tskipped" in report


@pytest.mark.parametrize("key", ["icons", "aliases"])
def test_a_package_without_its_drawings_is_named(folder, tmp_path, key):
    path = folder / "@iconify-json" / "noto" / "package" / "icons.json"
    record = json.loads(path.read_text())
    write_json(path, record | {key: None})
    with pytest.raises(InputError, match=rf"{path}: no key '{key}' .*it has \['aliases', |icons"):
        emoji(folder, "train", tmp_path)
    path.write_text("[]")
    with pytest.raises(InputError, match=f"{path}: expected a JSON object"):
        emoji(folder, "train", tmp_path)
    path.write_text('{"icons": {')
    with pytest.raises(InputError, match=f"{path}: ends too soon"):
        emoji(folder, "train", tmp_path)


def test_no_packages_no_split_and_no_drawing(folder, tmp_path):
    with pytest.raises(InputError, match=r"split 'styl' of .*did you mean 'style'"):
        emoji(folder, "styl", tmp_path)
    (folder / "@iconify-json" / "twemoji" / "package" / "icons.json").unlink()
    with pytest.raises(InputError, match=r"no drawing of split 'style' in the styles \['noto'\]"):
        emoji(folder, "style", tmp_path)
    (folder / "@iconify-json" / "noto" / "package" / "icons.json").unlink()
    with pytest.raises(InputError, match="no package of drawings; expected such as @iconify-json"):
        emoji(folder, "train", tmp_path)
