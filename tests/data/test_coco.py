import json
from collections import Counter
from pathlib import Path

import pytest
from helpers.tiny_layouts import save_coco

from modgap.data.coco import coco_captions
from modgap.errors import InputError

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "coco"


def test_five_captions_per_image_in_the_order_of_the_file(tmp_path):
    draft = coco_captions(save_coco(tmp_path), "val2017")
    assert draft.images["image_id"].tolist() == ["98", "99", "100"]
    assert draft.images["path"][0] == "val2017/000000000098.jpg"
    assert (tmp_path / draft.images["path"][2]).is_file()
    assert Counter(draft.texts["image_id"]) == {"98": 5, "99": 5, "100": 5}
    own = draft.texts[draft.texts["image_id"] == "100"]
    assert own["text_id"].tolist() == ["1000", "1001", "1002", "1003", "1004"]
    assert own["text"].tolist()[0] == "a photo of a caption 0 of 100."
    assert set(draft.texts["kind"]) == {"caption"}
    assert not draft.problems


def test_an_unlisted_image_and_a_caption_of_none_are_kept_in_sight(tmp_path):
    folder = save_coco(tmp_path)
    (folder / "val2017" / "000000000007.jpg").write_bytes(b"x")
    path = folder / "annotations" / "captions_val2017.json"
    data = json.loads(path.read_text())
    data["annotations"].append({"image_id": 5, "id": 1, "caption": "Nobody."})
    path.write_text(json.dumps(data))
    draft = coco_captions(folder, "val2017")
    assert [problem.item for problem in draft.problems] == ["val2017/000000000007.jpg"]
    assert draft.texts.iloc[-1][["text_id", "image_id"]].tolist() == ["1", "5"]


def test_missing_or_foreign_annotations(tmp_path):
    with pytest.raises(InputError, match=r"captions_val2017\.json: no such file; unpack"):
        coco_captions(tmp_path, "val2017")
    (tmp_path / "captions_val2017.json").write_text('{"images": []}')
    with pytest.raises(InputError, match=r"not a COCO caption file; expected JSON with lists"):
        coco_captions(tmp_path, "val2017")


@pytest.mark.skipif(not SHARED.is_dir(), reason="no ../shared/data/coco beside the checkout")
def test_the_real_annotations_have_the_known_counts(tmp_path):
    # The pictures are not beside the checkout, nor looked at here.
    (tmp_path / "val2017").mkdir()
    name = "captions_val2017.json"
    (tmp_path / name).symlink_to(SHARED / name)
    draft = coco_captions(tmp_path, "val2017")
    assert (len(draft.images), len(draft.texts)) == (5000, 25000)
    assert draft.texts["text_id"].is_unique
    assert set(Counter(draft.texts["image_id"])) == set(draft.images["image_id"])
    assert draft.texts["text"].str.match(r"a photo of [^A-Z\s]").all()
    assert "a photo of a black Honda motorcycle parked in front of a garage." in set(
        draft.texts["text"]
    )
