import pytest
from helpers.tiny_layouts import save_memes

from modgap.data.audit import audit
from modgap.data.hateful_memes import hateful_memes
from modgap.errors import InputError


def test_two_classes_of_which_the_second_is_hateful(tmp_path):
    save_memes(tmp_path, [0, 1, 0])
    draft = hateful_memes(tmp_path, "dev")
    assert draft.images["class"].tolist() == ["0", "1", "0"]
    assert draft.texts["text"].tolist() == ["a meme.", "a hatespeech meme."]
    assert sorted(draft.texts["label"]) == ["0", "1"]
    assert len(audit(draft, tmp_path / "report.tsv", "memes").images) == 3


def test_another_label_is_reported(tmp_path):
    save_memes(tmp_path, [0, 2])
    with pytest.raises(InputError, match="'2' is not in the list of classes"):
        audit(hateful_memes(tmp_path, "dev"), tmp_path / "report.tsv", "memes")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '{"id": 1, "img": "img/1.png"}\n',
            r"dev\.jsonl: no meme in it; line 1: line without label",
        ),
        ("\n{broken\n", "line 2: no JSON"),
        ("\n", "no meme in it"),
    ],
)
def test_lists_without_labels_are_refused(tmp_path, text, message):
    (tmp_path / "dev.jsonl").write_text(text)
    with pytest.raises(InputError, match=message):
        hateful_memes(tmp_path, "dev")


def test_one_bad_line_is_one_problem(tmp_path):
    folder = save_memes(tmp_path, [0, 1, 0])
    with (folder / "dev.jsonl").open("a") as file:
        file.write(
            '{"id": 7, "img": "img/7.png"}\n{broken\n[1]\n{"id": 8, "img": null, "label": 1}\n'
        )
    clean = audit(hateful_memes(folder, "dev"), tmp_path / "report.tsv", "memes", skip_bad=True)
    assert clean.images["image_id"].tolist() == ["0", "1", "2"]
    report = (tmp_path / "report.tsv").read_text().splitlines()[1:]
    assert [line.split("\t")[0] for line in report] == [f"dev.jsonl line {n}" for n in (4, 5, 6, 7)]
    assert "line without label" in report[0]
    assert "no JSON" in report[1]


def test_an_image_under_two_labels_is_reported(tmp_path):
    folder = save_memes(tmp_path, [0, 1])
    lines = [
        '{"id": 1, "img": "img/00000.png", "label": 0}',
        '{"id": 2, "img": "img/00000.png", "label": 1}',
        '{"id": 3, "img": "img/00001.png", "label": 1}',
    ]
    (folder / "dev.jsonl").write_text("\n".join(lines))
    clean = audit(hateful_memes(folder, "dev"), tmp_path / "report.tsv", "memes", skip_bad=True)
    assert clean.images["image_id"].tolist() == ["1", "3"]
    assert "2\tlabelled 1, in an earlier line 0\t" in (tmp_path / "report.tsv").read_text()


def test_numbers_and_names_as_others_write_them(tmp_path):
    folder = save_memes(tmp_path, [0, 1])
    lines = [
        '{"id": 0.0, "img": "img\\\\00000.PNG", "label": 0.0}',
        '{"id": 1, "img": "00001.png", "label": "1"}',
    ]
    (folder / "dev.jsonl").write_text("\n".join(lines))
    images = hateful_memes(folder, "dev").images
    assert images["image_id"].tolist() == ["0", "1"]
    assert images["class"].tolist() == ["0", "1"]
    assert images["path"].tolist() == ["img/00000.png", "img/00001.png"]


def test_a_label_may_be_true_or_false_and_stands_once(tmp_path):
    folder = save_memes(tmp_path, [0, 1, 0])
    lines = [
        '{"id": 0, "img": "img/00000.png", "label": false}',
        '{"id": 1, "img": "img/00001.png", "label": true}',
        '{"id": 2, "img": "img/00002.png", "label": 0, "label": 1}',
    ]
    (folder / "dev.jsonl").write_text("\n".join(lines))
    images = hateful_memes(folder, "dev").images
    assert images["class"].tolist() == ["0", "1", ""]
    assert images["fault"].dropna().tolist() == [
        "no JSON (the key 'label' stands 2 times in one object; name it once)"
    ]
