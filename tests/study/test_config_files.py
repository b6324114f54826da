import pytest

from modgap.errors import InputError
from modgap.study.config_files import check_repeats


def test_a_key_that_repeats_is_named_with_both_lines(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        "study: a\nexperiments:\n  f: {files: [a]}\n  g: {files: [b]}\n  f: {files: [c]}\n"
    )
    with pytest.raises(InputError, match=r"mine\.yaml: the key 'f' stands in line 3 and .* line 5"):
        check_repeats([path])


def test_the_same_key_in_other_places_and_merges_are_sound(tmp_path):
    path = tmp_path / "mine.yaml"
    lines = ("a: &a {data: {x: 1}}", "b: &b {seed: 0}", "c:", "  <<: *a", "  <<: *b")
    path.write_text("\ufeff" + "\n".join([*lines, "  data: [{x: 1}, {x: 2}]"]) + "\n")
    check_repeats([path, path])
    (tmp_path / "empty.yaml").write_text("")
    check_repeats([tmp_path / "empty.yaml"])
