import open_clip
import pytest
from helpers.tiny_layouts import save_imagenet

from modgap.data.imagenet import imagenet, imagenet_subset
from modgap.errors import InputError

WNIDS = ["n01440764", "n01443537", "n02123045"]
NAMES = "n01443537\tgoldfish\nn01440764\ttench\nn02123045 tabby cat\n"


@pytest.fixture
def folder(tmp_path):
    save_imagenet(tmp_path, WNIDS)
    (tmp_path / "classes.txt").write_text(NAMES)
    return tmp_path


def test_labels_prompts_and_paths(folder):
    draft = imagenet(folder, "val", "classes.txt")
    assert draft.images["class"].tolist() == [wnid for wnid in WNIDS for _ in range(2)]
    assert draft.images["path"][5] == "val/n02123045/ILSVRC2012_val_00000006.JPEG"
    assert draft.images["image_id"][0] == "n01440764/ILSVRC2012_val_00000001.JPEG"
    assert dict(zip(draft.texts["label"], draft.texts["text"], strict=True)) == {
        "n01440764": "A photo of a tench.",
        "n01443537": "A photo of a goldfish.",
        "n02123045": "A photo of a tabby cat.",
    }
    assert set(draft.texts["kind"]) == {"class"}
    assert (draft.object_factor, draft.problems) == ("class", [])


def test_a_folder_without_class_and_a_class_without_folder_are_named(folder):
    save_imagenet(folder, ["n99999999"])
    with (folder / "classes.txt").open("a") as file:
        file.write("n00000001\tnothing\n")
    draft = imagenet(folder, "val", "classes.txt")
    assert [(p.item, p.problem) for p in draft.problems] == [
        ("n00000001", "class without a folder"),
        ("n99999999", "folder is not in the list of classes"),
    ]
    assert "n99999999" not in set(draft.images["class"])


def test_a_subset_takes_the_listed_classes_alone(folder):
    (folder / "two.txt").write_text("n02123045\ttabby cat\nn01440764\ttench\n")
    draft = imagenet_subset(folder, "val", "two.txt")
    assert set(draft.images["class"]) == {"n01440764", "n02123045"}
    assert (len(draft.images), len(draft.texts), draft.problems) == (4, 2, [])


def test_names_are_looked_up_by_id(tmp_path):
    # The first, a middle and the last class, by the public list of ILSVRC2012.
    save_imagenet(tmp_path, ["n15075141", "n02123045", "n01440764"])
    (tmp_path / "three.txt").write_text("n15075141\nn01440764\nn02123045\n")
    draft = imagenet_subset(tmp_path, "val", "three.txt")
    names = open_clip.IMAGENET_CLASSNAMES
    assert draft.texts["text"].tolist() == [f"A photo of a {names[i]}." for i in (999, 0, 281)]
    assert names[281] == "tabby cat"


def test_a_missing_class_of_the_thousand_is_named(folder):
    (folder / "val" / "n99999999").mkdir()
    draft = imagenet(folder, "val")
    assert len(draft.texts) == 1000
    problems = {(p.item, p.problem) for p in draft.problems}
    assert ("n01484850", "class without a folder") in problems
    assert ("n99999999", "folder is not in the list of classes") in problems
    assert len(problems) == 998


def test_files_that_are_no_images_are_left_aside(folder):
    for name in ("Thumbs.db", ".DS_Store"):
        (folder / "val" / WNIDS[0] / name).write_bytes(b"x")
    draft = imagenet(folder, "val", "classes.txt")
    assert len(draft.images) == 6
    assert [(note.item, note.remark, note.action) for note in draft.notes] == [
        (f"val/{WNIDS[0]}/.DS_Store", "hidden", "ignored"),
        (f"val/{WNIDS[0]}/Thumbs.db", "not an image", "ignored"),
    ]
    assert draft.problems == []


def test_unsound_folders_and_lists(folder, tmp_path):
    with pytest.raises(
        InputError, match=r"train: no such folder; expected one folder of images per"
    ):
        imagenet(folder, "train")
    with pytest.raises(InputError, match=r"nowhere\.txt: no such file"):
        imagenet(folder, "val", "nowhere.txt")
    (folder / "classes.txt").write_text(NAMES + "n99999999\n")
    with pytest.raises(InputError, match=r"line 4: class n99999999 is none of the 1000.*its name"):
        imagenet_subset(folder, "val", "classes.txt")
    (folder / "classes.txt").write_text(NAMES + "n01440764 again\n")
    with pytest.raises(InputError, match=r"classes\.txt: line 4: class n01440764 is listed twice"):
        imagenet(folder, "val", "classes.txt")
