import unicodedata

import open_clip
import pytest
from helpers.tiny_layouts import save_image, save_imagenet

from modgap.data.audit import audit
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
        ("n00000001", "class without a folder; its prompt stays a candidate"),
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
    assert ("n01484850", "class without a folder; its prompt stays a candidate") in problems
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


@pytest.mark.parametrize("text", ['{"0": ["n01440764", "tench"]}', '\n[\n"n01440764"\n]\n'])
def test_a_list_in_json_is_called_so(folder, text):
    """Its words were the names of classes, or of one without a folder."""
    (folder / "classes.txt").write_text(text)
    with pytest.raises(InputError, match=r"classes\.txt: holds JSON; expected a class per line"):
        imagenet_subset(folder, "val", "classes.txt")


@pytest.mark.parametrize("adapter", [imagenet, imagenet_subset])
def test_a_split_may_lie_deeper(folder, adapter):
    (folder / "Data" / "CLS-LOC").mkdir(parents=True)
    (folder / "val").rename(folder / "Data" / "CLS-LOC" / "val")
    draft = adapter(folder, "Data/CLS-LOC/val", "classes.txt")
    clean = audit(draft, folder / "report.tsv", "pets", skip_bad=True)
    assert len(clean.images) == len(draft.images) > 0
    assert clean.images["path"][0].startswith("Data/CLS-LOC/val/n")


def test_images_numbered_anew_in_each_class_are_known_by_their_folder(tmp_path):
    for place, name in enumerate(("barrel", "camera")):
        for number in (1, 2):
            save_image(tmp_path / "val" / name / f"image_{number}.jpg", seed=2 * place + number)
    (tmp_path / "classes.txt").write_text("barrel\tbarrel\ncamera\tcamera\n")
    draft = imagenet(tmp_path, "val", "classes.txt")
    ids = ["barrel/image_1.jpg", "barrel/image_2.jpg", "camera/image_1.jpg", "camera/image_2.jpg"]
    assert draft.images["image_id"].tolist() == ids
    clean = audit(draft, tmp_path / "report.tsv", "pets", images=4)
    assert clean.images["class"].tolist() == ["barrel", "barrel", "camera", "camera"]


def test_what_a_folder_of_a_class_holds(folder):
    place = folder / "val" / WNIDS[0]
    save_image(place / "more" / "deep.PNG")
    save_image(place / "deep.PNG")
    (place / "folder.jpg").mkdir()
    (place / "gone.jpg").symlink_to("nowhere")
    (place / "._deep.PNG").write_bytes(b"x")
    save_image(folder / "val" / "loose.jpg")
    (folder / "val" / "labels.csv").write_text("x")
    (folder / "val" / "__MACOSX").mkdir()
    (folder / "val" / "n99999999").mkdir()
    with (folder / "classes.txt").open("a") as file:
        file.write("n00000001\tnothing\nn00000002\tnobody\n")
    (folder / "val" / "n00000002").mkdir()
    draft = imagenet(folder, "val", "classes.txt")
    clean = audit(draft, folder / "report.tsv", "pets", skip_bad=True)
    own = clean.images.loc[clean.images["class"] == WNIDS[0], "image_id"].tolist()
    assert own[2:] == [f"{WNIDS[0]}/deep.PNG", f"{WNIDS[0]}/more/deep.PNG"]
    lines = (folder / "report.tsv").read_text().splitlines()[1:]
    assert sorted(tuple(line.split("\t")) for line in lines) == [
        ("n00000001", "class without a folder; its prompt stays a candidate", "skipped"),
        ("n00000002", "class without images; its prompt stays a candidate", "skipped"),
        ("n99999999", "folder is not in the list of classes", "skipped"),
        ("val/__MACOSX", "hidden", "ignored"),
        ("val/labels.csv", "not an image", "ignored"),
        ("val/loose.jpg", "image outside the folders of the classes", "skipped"),
        (f"val/{WNIDS[0]}/._deep.PNG", "hidden", "ignored"),
        (f"val/{WNIDS[0]}/folder.jpg", "a folder, not a file", "skipped"),
        (f"val/{WNIDS[0]}/gone.jpg", "link to no file", "skipped"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_class_lists_as_windows_writes_them(tmp_path, encoding):
    nfd = unicodedata.normalize("NFD", "Crème brûlée")
    save_image(tmp_path / "val" / nfd / "1.jpg")
    save_image(tmp_path / "val" / "NA" / "1.jpg")
    text = "Crème brûlée\tcrème  brûlée \r\n\r\nNA\tNone\t\r\n"
    (tmp_path / "classes.txt").write_bytes(text.encode(encoding))
    draft = imagenet(tmp_path, "val", "classes.txt")
    assert draft.texts["text"].tolist() == ["A photo of a crème brûlée.", "A photo of a None."]
    assert draft.images["class"].tolist() == ["Crème brûlée", "NA"] or (
        draft.images["class"].tolist() == ["NA", "Crème brûlée"]
    )
    assert draft.problems == []
    assert len(audit(draft, tmp_path / "report.tsv", "food").images) == 2


def test_class_lists_that_are_no_text_or_empty(folder):
    (folder / "classes.txt").write_bytes("n1 tench\nn2 café\n".encode("cp1252"))
    with pytest.raises(InputError, match=r"classes\.txt: line 2 is not UTF-8"):
        imagenet(folder, "val", "classes.txt")
    (folder / "classes.txt").write_text("\n \n")
    with pytest.raises(InputError, match=r"classes\.txt: no class in it"):
        imagenet(folder, "val", "classes.txt")


def test_open_clips_twin_names_become_one_class(tmp_path):
    # Two classes are called missile and two sunglasses, among the 1,000 of open_clip.
    save_imagenet(tmp_path, ["n04008634", "n03773504", "n04356056", "n04355933"], per_class=1)
    draft = imagenet(tmp_path, "val")
    clean = audit(draft, tmp_path / "report.tsv", "imagenet", skip_bad=True, texts=1000)
    assert len(clean.texts) == 998
    assert clean.texts["text"].is_unique
    assert clean.images["class"].nunique() == 2
    assert set(clean.images["class"]) <= set(clean.texts["label"])


def test_a_split_under_another_name_and_images_that_are_not_sorted(folder):
    with pytest.raises(InputError, match=r"valid: no such folder; .* did you mean 'val'"):
        imagenet(folder, "valid", "classes.txt")
    save_image(folder / "flat" / "1.jpg")
    with pytest.raises(InputError, match=r"flat: expected one folder .*; sort the images"):
        imagenet(folder, "flat", "classes.txt")


@pytest.mark.parametrize("text", ['n1\t"tench, a fish"\n', 'val/n1 "tench, a fish"\n'])
def test_marks_around_a_name_and_the_split_before_a_folder_are_no_part_of_them(tmp_path, text):
    save_image(tmp_path / "val" / "n1" / "1.jpg")
    (tmp_path / "classes.txt").write_text(text)
    draft = imagenet(tmp_path, "val", "classes.txt")
    assert draft.texts["text"].tolist() == ["A photo of a tench, a fish."]
    assert (draft.images["path"].tolist(), draft.problems) == (["val/n1/1.jpg"], [])


def test_more_columns_are_no_part_of_a_name(tmp_path):
    """The prompt was "A photo of a tench 12."."""
    save_image(tmp_path / "val" / "n1" / "1.jpg")
    (tmp_path / "classes.txt").write_text("n1\ttench\t12\n")
    with pytest.raises(InputError, match=r"classes\.txt: line 1 has 3 cells; expected two"):
        imagenet(tmp_path, "val", "classes.txt")


def test_a_number_before_every_name_is_no_part_of_it(tmp_path):
    """As map_clsloc.txt of the development kit; the prompt was "A photo of a 1 kit_fox."."""
    save_image(tmp_path / "val" / "n1" / "1.jpg")
    (tmp_path / "classes.txt").write_text("n1 1 kit_fox\n")
    with pytest.raises(InputError, match=r"number stands before every name \('1 kit_fox'\)"):
        imagenet(tmp_path, "val", "classes.txt")


def test_words_parted_by_lines_are_parted_by_blanks(tmp_path):
    save_image(tmp_path / "val" / "n1_a" / "1.jpg")
    (tmp_path / "classes.txt").write_text("n1_a\tgreat_white_shark\n")
    draft = imagenet(tmp_path, "val", "classes.txt")
    assert draft.texts["text"].tolist() == ["A photo of a great white shark."]
    assert draft.images["class"].tolist() == ["n1_a"]
    assert [(note.item, note.remark, note.action) for note in draft.notes] == [
        ("classes.txt", "names of classes with _ between their words: 1", "taken as blanks")
    ]


def test_a_part_of_the_classes_needs_their_list(tmp_path):
    save_image(tmp_path / "val" / "n1" / "1.jpg")
    with pytest.raises(InputError, match=r"column classes of datasets\.tsv"):
        imagenet_subset(tmp_path, "val", "")


@pytest.mark.parametrize("split", ["val/", "./val"])
def test_another_spelling_of_a_split_makes_no_other_paths(folder, split):
    assert imagenet(folder, split).images.equals(imagenet(folder, "val").images)
