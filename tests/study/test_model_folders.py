import pytest
from helpers.tiny_models import save_tiny_siglip
from helpers.users_folders import CONFIG, SQUASHED, WEIGHTS, row, users

from modgap.errors import InputError
from modgap.study.model_folders import check_given_folder, given_folder_files


def test_what_decides_embeddings_is_watched_and_nothing_beside_it(tmp_path):
    folder = save_tiny_siglip(tmp_path / "theirs")
    (folder / "out.log").touch()
    (folder / "README.md").touch()
    paths = given_folder_files(row(folder, **SQUASHED))
    names = [path.removeprefix(f"{folder}/") for path in paths]
    assert names == [WEIGHTS, CONFIG, "tokenizer.json", "tokenizer_config.json"]


@pytest.mark.parametrize(
    ("change", "cells", "message"),
    [
        (lambda f: f.rename(f.with_name("other")), {}, "model 'mine': no folder .*theirs; correct"),
        (lambda f: (f / CONFIG).unlink(), {}, r"open_clip_config\.json: no such file"),
        (lambda f: (f / WEIGHTS).rename(f / "epoch_3.pt"), {}, r"rename epoch_3\.pt to"),
        (lambda f: None, {"preprocessing": "224-bicubic-shortest"}, "write 28-bicubic-shortest in"),
    ],
)
def test_a_folder_is_looked_at_before_anything_runs(tmp_path, change, cells, message):
    folder = users(tmp_path / "theirs")
    check_given_folder(row(folder))
    change(folder)
    model = row(folder, **cells)
    with pytest.raises(InputError, match=message):
        check_given_folder(model)
    assert given_folder_files(model) == []
