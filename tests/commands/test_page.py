import shutil

import pytest
from helpers.results_folder import results_folder
from PIL import Image

from modgap.__main__ import main


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("results")
    results_folder(made)
    return made


def test_it_writes_the_page_and_says_where(folder, capsys):
    assert main(["page", str(folder)]) == 0
    assert capsys.readouterr().out == f"{folder / 'index.html'}\n"
    assert "two_effects_fig3" in (folder / "index.html").read_text()


def test_a_folder_that_is_none_is_one_line(tmp_path, capsys):
    assert main(["page", str(tmp_path)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: {tmp_path / 'study.yaml'}: no configuration of a study")


@pytest.mark.skipif(not shutil.which("chromium"), reason="no chromium (Debian: apt install it)")
def test_its_picture_is_small_and_not_empty(folder, tmp_path):
    path = tmp_path / "docs" / "board.png"
    assert main(["page", str(folder), "--picture", str(path)]) == 0
    assert path.stat().st_size < 200_000
    with Image.open(path) as picture:
        assert picture.size == (1280, 800)
        assert len(picture.convert("RGB").getcolors(2**24)) > 8


def test_without_a_browser_the_page_is_there_and_the_picture_is_refused(
    folder, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert main(["page", str(folder), "--picture", str(tmp_path / "x.png")]) == 1
    assert "needs a browser, one of chromium" in capsys.readouterr().err
    assert not (tmp_path / "x.png").exists()
