import pytest
from helpers.tiny_layouts import save_eurosat, save_image

from modgap.data.eurosat import CLASSES, eurosat
from modgap.errors import InputError


@pytest.mark.parametrize("inner", ["", "2750"])
def test_a_folder_per_class(tmp_path, inner):
    save_eurosat(tmp_path / inner, CLASSES)
    draft = eurosat(tmp_path, "all")
    assert len(draft.images) == 20
    assert all((tmp_path / path).is_file() for path in draft.images["path"])
    assert draft.images["class"].value_counts().eq(2).all()
    said = dict(zip(draft.texts["label"], draft.texts["text"], strict=True))
    assert said["SeaLake"] == "a centered satellite photo of lake or sea."
    assert draft.problems == []


def test_what_is_missing_or_too_much_is_reported(tmp_path):
    save_eurosat(tmp_path, [name for name in CLASSES if name != "River"] + ["Moon"])
    save_image(tmp_path / "stray.jpg")
    problems = {problem.item: problem.problem for problem in eurosat(tmp_path, "all").problems}
    assert problems == {
        "stray.jpg": "image outside the folders of the classes",
        "River": "class without images; its prompt stays a candidate",
        "Moon": "folder is not in the list of classes",
    }


def test_other_splits_and_folders_are_refused(tmp_path):
    with pytest.raises(InputError, match="expected all"):
        eurosat(tmp_path, "test")
    (tmp_path / "else").mkdir()
    with pytest.raises(InputError, match=r"one folder of images per class: AnnualCrop.*SeaLake$"):
        eurosat(tmp_path, "all")
    save_eurosat(tmp_path / "EuroSAT_RGB", CLASSES)
    with pytest.raises(InputError, match=r"; name .*EuroSAT_RGB, which has some, instead"):
        eurosat(tmp_path, "all")
