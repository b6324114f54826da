import pickle

import pytest
import torch
from helpers.tiny_layouts import save_compositions, save_image

from modgap.data.audit import audit
from modgap.data.compositions import compositions
from modgap.errors import InputError

METADATA = "metadata_compositional-split-natural.t7"


@pytest.mark.parametrize("separator", ["_", " "])
def test_the_test_split_and_all_prompts(tmp_path, separator):
    draft = compositions(save_compositions(tmp_path, separator), "test")
    assert draft.images["attribute"].tolist() == ["Faux.Fur"] * 2 + ["Leather"] * 2
    assert set(draft.images["object"]) == {"Sandals"}
    assert all((tmp_path / path).is_file() for path in draft.images["path"])
    assert draft.images["image_id"][0] == "Faux.Fur_Sandals/test.1.jpg"
    assert (draft.object_factor, draft.attribute_factors) == ("object", ("attribute",))
    assert draft.texts["text"].tolist() == [
        "an image of a faux fur object",
        "an image of a leather object",
        "image of a ankle boots",
        "image of a sandals",
        "an image of a faux fur ankle boots",
        "an image of a faux fur sandals",
        "an image of a leather ankle boots",
        "an image of a leather sandals",
    ]
    assert draft.texts["kind"].tolist() == ["class"] * 4 + ["pair"] * 4
    assert draft.texts["factor"].tolist() == ["attribute"] * 2 + ["object"] * 2 + ["attribute"] * 4
    last = draft.texts.iloc[-1]
    assert (last["label"], last["object"]) == ("Leather", "Sandals")


def test_the_other_splits(tmp_path):
    folder = save_compositions(tmp_path)
    assert len(compositions(folder, "train").images) == 4
    assert len(compositions(folder, "val").images) == 2
    with pytest.raises(InputError, match=r"no image of split 'valid'; expected train, val or test"):
        compositions(folder, "valid")


class _Attack:
    def __reduce__(self):
        return print, ("code from a data file ran",)


@pytest.mark.parametrize("legacy", [False, True])
def test_a_file_with_code_is_refused_without_running_it(tmp_path, capsys, legacy):
    folder = save_compositions(tmp_path)
    torch.save([{"image": _Attack()}], folder / METADATA, _use_new_zipfile_serialization=not legacy)
    with pytest.raises(InputError, match="not a list of plain records") as caught:
        compositions(folder, "test")
    # What torch says of it advises to run it.
    assert "weights_only" not in str(caught.value)
    (folder / METADATA).write_bytes(pickle.dumps([_Attack()], protocol=2))
    with pytest.raises(InputError, match="not a list of plain records"):
        compositions(folder, "test")
    assert "ran" not in capsys.readouterr().out


def test_the_format_of_older_torch_is_read_too(tmp_path):
    folder = save_compositions(tmp_path)
    records = torch.load(folder / METADATA, weights_only=True)
    torch.save(records, folder / METADATA, _use_new_zipfile_serialization=False)
    assert len(compositions(folder, "test").images) == 4


def test_missing_files_and_keys_are_named(tmp_path):
    folder = save_compositions(tmp_path)
    torch.save([{"image": "a/b"}], folder / METADATA)
    with pytest.raises(InputError, match=r"t7: records without \['attr', 'obj', 'set'\]"):
        compositions(folder, "test")
    (folder / METADATA).unlink()
    with pytest.raises(InputError, match=r"t7: no such file; unpack"):
        compositions(folder, "test")
    pairs = folder / "compositional-split-natural" / "val_pairs.txt"
    pairs.write_text("Leather Boots Ankle\n")
    with pytest.raises(InputError, match=r"val_pairs\.txt: line 1: expected an attribute"):
        compositions(folder, "test")
    pairs.write_text("\n")
    with pytest.raises(InputError, match=r"val_pairs\.txt: no pair in it; unpack"):
        compositions(folder, "test")
    pairs.unlink()
    with pytest.raises(InputError, match=r"val_pairs\.txt: no such file"):
        compositions(folder, "test")


def test_lists_as_windows_writes_them(tmp_path):
    folder = save_compositions(tmp_path)
    sound = compositions(folder, "test")
    for path in (folder / "compositional-split-natural").iterdir():
        lines = path.read_text().split("\n")
        path.write_bytes("\r\n".join([*lines, "", ""]).encode("utf-8-sig"))
    draft = compositions(folder, "test")
    assert draft.texts["text"].tolist() == sound.texts["text"].tolist()
    assert len(draft.images) == len(sound.images)
    path = folder / "compositional-split-natural" / "val_pairs.txt"
    path.write_bytes("Leather Sandals\nCafé Sandals\n".encode("cp1252"))
    with pytest.raises(InputError, match=r"val_pairs\.txt: line 2 is not UTF-8 text"):
        compositions(folder, "test")


def _changed(folder, change, row):
    records = torch.load(folder / METADATA, weights_only=True)
    records[row] = change(records[row])
    torch.save(records, folder / METADATA)
    return folder


@pytest.mark.parametrize(
    ("change", "item", "problem"),
    [
        (lambda r: r | {"attr": None}, "Faux.Fur_Sandals/test.1.jpg", "record without attr"),
        (lambda r: r | {"obj": 0.5}, "Faux.Fur_Sandals/test.1.jpg", "record without obj"),
        (lambda r: {k: r[k] for k in ("attr", "obj", "set")}, "record 6", "record without image"),
        (lambda r: None, "record 6", "record without image and attr and obj and set"),
    ],
)
def test_one_bad_record_is_one_problem(tmp_path, change, item, problem):
    folder = save_compositions(tmp_path)
    position = 6  # the first of the test split
    draft = compositions(_changed(folder, change, position), "test")
    clean = audit(draft, tmp_path / "report.tsv", "shoes", skip_bad=True, images=4)
    assert clean.images["image_id"].tolist()[0] == "Faux.Fur_Sandals/test.2.jpg"
    assert f"{item}\t{problem}\tskipped" in (tmp_path / "report.tsv").read_text().splitlines()


def test_numbers_and_bytes_are_words(tmp_path):
    folder = tmp_path
    (folder / "compositional-split-natural").mkdir()
    for part in ("train", "val", "test"):
        path = folder / "compositional-split-natural" / f"{part}_pairs.txt"
        path.write_text("7 None\nNA 8\n")
    records = [
        {"image": b"7_None\\1.jpg", "attr": 7, "obj": b"None", "set": "test"},
        {"image": "NA_8/2.jpg", "attr": "NA", "obj": 8, "set": b"test"},
    ]
    torch.save(records, folder / METADATA)
    for name in ("7_None/1.JPG", "NA_8/2.jpg"):
        save_image(folder / "images" / name)
    draft = compositions(folder, "test")
    clean = audit(draft, folder / "report.tsv", "shoes")
    assert clean.images["attribute"].tolist() == ["7", "NA"]
    assert clean.images["object"].tolist() == ["None", "8"]
    assert clean.images["path"].tolist() == ["images/7_None/1.JPG", "images/NA_8/2.jpg"]


def test_records_of_the_split_that_are_no_part_of_it_are_listed(tmp_path, caplog):
    with caplog.at_level("INFO"):
        draft = compositions(save_compositions(tmp_path), "test")
    assert [(note.item, note.remark, note.action) for note in draft.notes] == [
        ("NA_Sandals/test.4.jpg", "its attribute is unknown", "ignored"),
        ("Suede_Sandals/test.5.jpg", "pair 'Suede Sandals' is in no list of pairs", "ignored"),
    ]
    assert "1 of 13 records are of no split" in caplog.text


@pytest.mark.parametrize("damage", [lambda data: data[:100], lambda data: b"", lambda data: b"[]"])
def test_a_damaged_file_is_named(tmp_path, damage):
    folder = save_compositions(tmp_path)
    (folder / METADATA).write_bytes(damage((folder / METADATA).read_bytes()))
    with pytest.raises(InputError, match="t7: not a list of plain records"):
        compositions(folder, "test")


@pytest.mark.parametrize("contents", [7, [], {}, ["a"], [[1]]])
def test_other_contents_are_named(tmp_path, contents):
    folder = save_compositions(tmp_path)
    torch.save(contents, folder / METADATA)
    with pytest.raises(InputError, match=r"t7: (not a list|records without)"):
        compositions(folder, "test")
