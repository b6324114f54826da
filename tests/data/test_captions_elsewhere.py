import pytest
from helpers.tiny_layouts import save_image

from modgap.data.captions_elsewhere import captions_elsewhere

BESIDE = "lies beside an image: where it holds the caption as text, call it a.txt"
HINTS = {
    "captions.xlsx": "save its sheet as captions.csv, with the columns image and caption",
    "a.caption": BESIDE,
    "a.TXT": BESIDE,
    "a.jpg.txt": BESIDE,
    "00000.tar": "is a shard: where it holds the pictures, the adapter is picture_shards",
    "captions.csv.gz": "is packed: unpack it (gunzip captions.csv.gz)",
    "notes.md": "",
    "._captions.xlsx": "",
}


@pytest.mark.parametrize("name", HINTS)
def test_what_may_hold_the_captions_is_named(tmp_path, name):
    save_image(tmp_path / "a.jpg")
    (tmp_path / name).write_text("a dog")
    hint = captions_elsewhere(tmp_path)
    assert hint.startswith(f". {name}" if HINTS[name] else "")
    assert hint.endswith(HINTS[name])
    assert bool(hint) == bool(HINTS[name])


def test_a_list_within_is_named_with_its_folder(tmp_path):
    save_image(tmp_path / "data" / "train" / "a.jpg")
    (tmp_path / "data" / "train" / "metadata.jsonl").write_text("{}")
    hint = captions_elsewhere(tmp_path)
    assert hint.startswith(". data/train/metadata.jsonl is a list in a folder within")
    assert f"name {tmp_path / 'data' / 'train'} in the configuration" in hint


@pytest.mark.parametrize("name", ["captions.TSV", "Captions.txt", "flickr8k.Token.txt"])
def test_a_list_in_other_capitals_is_named(tmp_path, name):
    (tmp_path / name).write_text("image,caption\na.jpg,a dog\n")
    own = {"flickr8k.Token.txt": "Flickr8k.token.txt"}.get(name, name.lower())
    assert captions_elsewhere(tmp_path) == f". {name} is read where it is called {own}"
