import pytest

from modgap.errors import InputError
from modgap.study.config_files import check_config_files, check_start


def test_a_key_that_repeats_is_named_with_both_lines(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        "study: a\nexperiments:\n  f: {files: [a]}\n  g: {files: [b]}\n  f: {files: [c]}\n"
    )
    with pytest.raises(InputError, match=r"mine\.yaml: the key 'f' stands in line 3 and .* line 5"):
        check_config_files([path])


def test_the_same_key_in_other_places_and_merges_are_sound(tmp_path):
    path = tmp_path / "mine.yaml"
    lines = ("a: &a {data: {x: 1}}", "b: &b {seed: 0}", "c:", "  <<: *a", "  <<: *b")
    path.write_text("\ufeff" + "\n".join([*lines, "  data: [{x: 1}, {x: 2}]"]) + "\n")
    check_config_files([path, path])
    (tmp_path / "empty.yaml").write_text("")
    check_config_files([tmp_path / "empty.yaml"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mad:\n  test_items: 02000\n", r"line 2: 02000 is the number 1024 to YAML"),
        ("seed: -010\n", "line 1: -010 is the number -8 to YAML"),
        ("only: [a]\nmad: {train_items: 50:00}\n", "line 2: 50:00 is the number 3000 to YAML"),
        (
            "experiments:\n  a:\n    train:\n      epochs: [1, 1:30.5]\n",
            "line 4: 1:30.5 is .* 90.5",
        ),
        ("results: 12:30\n", "line 1: 12:30 is the number 750 .*words in quotes"),
    ],
)
def test_a_number_that_yaml_takes_for_another_is_named(tmp_path, text, message):
    """Octal digits and hours were taken without a word."""
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(InputError, match=rf"mine\.yaml: {message}"):
        check_config_files([tmp_path / "mine.yaml"])


def test_numbers_as_they_are_written_are_sound(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        'a: [0, 00, 007, 1_000, 0x10, 0b11, -1.5, 1.0e-3, "010", "1:30", 08, 2024-05-01]\n010: 1\n'
    )
    check_config_files([path])


def test_another_folder_than_that_of_the_snakefile_is_named(tmp_path, monkeypatch):
    """With --directory every module was a missing input file."""
    (tmp_path / "run").mkdir()
    (tmp_path / "link").symlink_to(tmp_path)
    monkeypatch.chdir(tmp_path)
    for folder in (tmp_path, tmp_path / "link"):
        check_start(folder, ())
    monkeypatch.chdir(tmp_path / "run")
    with pytest.raises(InputError, match=r"works in .*run, but the study's files lie in .*: start"):
        check_start(tmp_path, ())
