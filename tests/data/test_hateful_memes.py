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
        ('{"id": 1, "img": "img/1.png"}\n', r"dev\.jsonl: line 1: KeyError\('label'\)"),
        ("\n{broken\n", "line 2"),
        ("\n", "no meme in it"),
    ],
)
def test_lists_without_labels_are_refused(tmp_path, text, message):
    (tmp_path / "dev.jsonl").write_text(text)
    with pytest.raises(InputError, match=message):
        hateful_memes(tmp_path, "dev")
