from collections import Counter
from pathlib import Path

import pytest
from helpers.tiny_layouts import save_caption_folder, save_image

from modgap.data.caption_folder import caption_folder
from modgap.errors import InputError

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "flickr8k"
ROWS = [
    ("test", "b.jpg", 0, 'A "dog", running .'),
    ("test", "a.jpg", 0, "a cat"),
    ("test", "b.jpg", 1, "a dog"),
    ("train", "c.jpg", 0, "a horse"),
]


def test_one_split_in_the_order_of_the_table(tmp_path):
    draft = caption_folder(save_caption_folder(tmp_path, ROWS), "test")
    assert draft.images["image_id"].tolist() == ["b.jpg", "a.jpg"]
    assert draft.images["path"].tolist() == ["test/b.jpg", "test/a.jpg"]
    assert draft.texts["text_id"].tolist() == ["b.jpg#0", "a.jpg#0", "b.jpg#1"]
    assert draft.texts["text"][0] == 'A "dog", running .'
    assert draft.texts["image_id"].tolist() == ["b.jpg", "a.jpg", "b.jpg"]
    assert draft.problems == []


def test_splits_may_share_a_folder(tmp_path):
    save_caption_folder(tmp_path, [("images", *row[1:]) for row in ROWS])
    table = tmp_path / "captions.tsv"
    table.write_text("\n".join(["split\timage\tcaption_index\tcaption", "val\ta.jpg\t0\tcat"]))
    draft = caption_folder(tmp_path, "val")
    assert draft.images["path"].tolist() == ["images/a.jpg"]
    assert [p.item for p in draft.problems] == ["images/b.jpg", "images/c.jpg"]


def test_an_image_that_no_row_names_is_reported(tmp_path):
    folder = save_caption_folder(tmp_path, ROWS)
    save_image(folder / "test" / "z.png")
    (folder / "test" / "notes.txt").write_text("not an image")
    problems = caption_folder(folder, "test").problems
    assert [(p.item, p.problem) for p in problems] == [("test/z.png", "image without caption")]


def test_unsound_tables(tmp_path):
    with pytest.raises(InputError, match=r"captions\.tsv: no such file"):
        caption_folder(tmp_path, "test")
    table = tmp_path / "captions.tsv"
    table.write_text("split\timage\tcaption\ntest\ta.jpg\tcat\n")
    with pytest.raises(InputError, match=r"no column \['caption_index'\]"):
        caption_folder(tmp_path, "test")
    table.write_text("split\timage\tcaption_index\tcaption\ntest\ta.jpg\t0\tcat\n")
    with pytest.raises(InputError, match="no row of split 'dev'; its splits are: test"):
        caption_folder(tmp_path, "dev")


@pytest.mark.skipif(not SHARED.is_dir(), reason="no ../shared/data/flickr8k beside the checkout")
def test_flickr8k_has_the_known_counts():
    draft = caption_folder(SHARED, "test")
    assert (len(draft.images), len(draft.texts), draft.problems) == (1000, 5000, [])
    assert set(Counter(draft.texts["image_id"]).values()) == {5}
    assert all((SHARED / path).is_file() for path in draft.images["path"])
