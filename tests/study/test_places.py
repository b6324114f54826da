import os
import shutil

import pytest

from modgap.errors import InputError
from modgap.study.places import check_there, state_of, those_there


def test_the_state_of_files_changes_with_each_of_them_and_not_with_their_place(tmp_path):
    folder = tmp_path / "a"
    folder.mkdir()
    paths = [folder / "x", folder / "y"]
    for path in paths:
        path.write_text("1")
        os.utime(path, (9, 9))
    before = state_of(map(str, paths))
    shutil.copytree(folder, tmp_path / "b")
    assert state_of(str(tmp_path / "b" / path.name) for path in paths) == before
    os.utime(paths[1], (8, 8))
    assert state_of(map(str, paths)) != before
    os.utime(paths[1], (9, 9))
    assert state_of(map(str, paths)) == before
    paths[0].write_text("10")
    os.utime(paths[0], (9, 9))
    assert state_of(map(str, paths)) != before
    paths[0].unlink()
    assert state_of(map(str, paths)) not in (before, state_of([]))


def test_a_path_at_which_nothing_lies_is_named_with_what_names_it(tmp_path):
    (tmp_path / "a").touch()
    there, missing = str(tmp_path / "a"), str(tmp_path / "b")
    assert those_there([there, missing, str(tmp_path)]) == [there, str(tmp_path)]
    check_there({"a": there})
    with pytest.raises(InputError, match=rf"^cell x: nothing lies at {missing}; correct the path"):
        check_there({"a": there, "cell x": missing})
