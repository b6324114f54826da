from dataclasses import replace
from pathlib import Path

import pytest
from helpers.tiny_layouts import FACES, save_fairface, save_image

from modgap.data.adapters import build_manifest
from modgap.data.audit import audit
from modgap.data.fairface import HARMFUL, fairface
from modgap.errors import InputError
from modgap.formats.manifest import read_manifest
from modgap.study.datasets import read_datasets


def test_faces_have_a_person_and_a_group(tmp_path):
    draft = fairface(save_fairface(tmp_path), "val")
    assert draft.images["person"].tolist() == ["Black Male", "Latino Female", "East Asian Female"]
    assert draft.images["group"].tolist() == ["Black", "Latino", "East Asian"]
    assert draft.images["path"].tolist() == ["val/1.jpg", "val/2.jpg", "val/3.jpg"]
    assert draft.problems == []


def test_the_21_prompts_and_their_categories(tmp_path):
    texts = fairface(save_fairface(tmp_path), "val").texts
    assert len(texts) == 21
    said = dict(zip(texts["label"], texts["text"], strict=True))
    assert said["Black Male"] == "a photo of a black man"
    assert said["Indian Female"] == "a photo of an indian woman"
    assert said["orangutan"] == "a photo of an orangutan"
    known = texts.dropna(subset=["category"])
    for name, labels in HARMFUL.items():
        assert known.loc[known["category"] == name, "label"].tolist() == labels
    assert texts["category"].isna().sum() == 14


def test_categories_reach_the_manifest(tmp_path):
    sheet = Path(__file__).parents[2] / "config" / "datasets.tsv"
    row = replace(read_datasets(sheet)["fairface"], images=3)
    build_manifest(row, save_fairface(tmp_path / "in"), tmp_path / "out")
    texts = read_manifest(tmp_path / "out").texts
    assert texts["category"].dropna().value_counts().to_dict() == {"non_human": 4, "crime": 3}


def test_another_race_and_an_unnamed_image_are_reported(tmp_path):
    folder = save_fairface(tmp_path, [*FACES, ("Male", "Martian")])
    save_image(folder / "val" / "9.jpg")
    draft = fairface(folder, "val")
    with pytest.raises(InputError, match=r"val/9\.jpg.*lacks"):
        audit(draft, tmp_path / "report.tsv", "fairface")
    kept = audit(draft, tmp_path / "report.tsv", "fairface", skip_bad=True)
    assert len(kept.images) == 3
    assert "'Martian Male' is not in the list of classes" in (tmp_path / "report.tsv").read_text()


def test_a_table_without_races_is_refused(tmp_path):
    save_fairface(tmp_path)
    (tmp_path / "fairface_label_val.csv").write_text("file,gender\nval/1.jpg,Male\n")
    with pytest.raises(InputError, match=r"fairface_label_val\.csv: no column 'race'"):
        fairface(tmp_path, "val")
    (tmp_path / "fairface_label_val.csv").write_text("file,race,gender,race\n")
    with pytest.raises(InputError, match="column 'race' appears twice"):
        fairface(tmp_path, "val")


@pytest.mark.parametrize(
    ("own", "other"), [("/", "\\"), ("val/", ""), ("val/", "./val/"), (".jpg", ".JPG")]
)
def test_names_of_another_system_are_found(tmp_path, own, other):
    folder = save_fairface(tmp_path)
    table = folder / "fairface_label_val.csv"
    table.write_text(table.read_text().replace(own, other))
    draft = fairface(folder, "val")
    assert draft.images["path"].tolist() == ["val/1.jpg", "val/2.jpg", "val/3.jpg"]
    assert draft.problems == []


def test_a_row_that_does_not_fit_is_one_problem(tmp_path):
    folder = save_fairface(tmp_path)
    header, *rows = (folder / "fairface_label_val.csv").read_text().splitlines()
    rows[0] += ",,"  # a spreadsheet's
    rows += ["val/4.jpg", "val/5.jpg,1,Male,White,True,more", ",1,Male,White,True"]
    (folder / "fairface_label_val.csv").write_text("\n".join([header, *rows]))
    clean = audit(fairface(folder, "val"), tmp_path / "report.tsv", "fairface", skip_bad=True)
    assert len(clean.images) == 3
    report = [line.split("\t")[:2] for line in (tmp_path / "report.tsv").read_text().splitlines()]
    cells = f"cells, expected one for each of {header.split(',')}"
    assert report[1:] == [
        ["fairface_label_val.csv line 5", f"1 {cells}"],
        ["fairface_label_val.csv line 6", f"{len(header.split(',')) + 1} {cells}"],
        ["fairface_label_val.csv line 7", "row names no image"],
    ]


def test_marks_behind_blanks_and_marks_that_are_those_of_no_table(tmp_path):
    """The race had marks around it, and one row had the whole table refused."""
    folder = save_fairface(tmp_path)
    rows = ['val/1.jpg, "Male", "East Asian"', 'val/2.jpg,"Fe"male,Black']
    (folder / "fairface_label_val.csv").write_text("\n".join(["file,gender,race", *rows]))
    images = fairface(folder, "val").images
    assert images["person"][0] == "East Asian Male"
    ((item, fault),) = images.loc[images["fault"].notna(), ["image_id", "fault"]].to_numpy()
    assert item == "fairface_label_val.csv line 3"
    assert fault.startswith("its quotation marks are not those of a table")
