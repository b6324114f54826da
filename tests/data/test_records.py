import json

import pytest

from modgap.data.records import read_json
from modgap.errors import InputError


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_json_in_the_encodings_that_say_so(tmp_path, encoding):
    path = tmp_path / "x.json"
    path.write_bytes(json.dumps({"é": [1, "ü"]}, ensure_ascii=False).encode(encoding))
    assert read_json(path) == {"é": [1, "ü"]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"images": [{"id": 1},\n {"id"', r"x\.json: ends too soon in line 2, column"),
        ("", r"x\.json: ends too soon in line 1"),
        ("<html>\n</html>", r"x\.json: is no JSON in line 1, column 1"),
        ("[" * 200_000, r"x\.json: "),
    ],
)
def test_damage_is_named_by_line(tmp_path, text, message):
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_json(path)


def test_missing_files_and_other_encodings(tmp_path):
    with pytest.raises(InputError, match=r"none\.json: no such file"):
        read_json(tmp_path / "none.json")
    (tmp_path / "x.json").write_bytes('{\n"é": 1}'.encode("cp1252"))
    with pytest.raises(InputError, match=r"x\.json: line 2 is not UTF-8"):
        read_json(tmp_path / "x.json")
