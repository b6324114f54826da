import pytest

from modgap.errors import InputError
from modgap.formats.json_text import read_documents


def test_documents_come_with_the_line_they_begin_in(tmp_path):
    (tmp_path / "a.json").write_text('\n{"a": 1}\n\n[\n2\n] 3\n')
    assert list(read_documents(tmp_path / "a.json")) == [(2, {"a": 1}), (4, [2]), (6, 3)]
    (tmp_path / "a.json").write_text(" \n")
    assert list(read_documents(tmp_path / "a.json")) == []


def test_the_line_of_a_fault_is_that_in_the_file(tmp_path):
    (tmp_path / "a.json").write_text('{"a": 1}\n{"a": }\n')
    with pytest.raises(InputError, match=r"a\.json: is no JSON in line 2, column 7 .*write the"):
        list(read_documents(tmp_path / "a.json"))
    (tmp_path / "a.json").write_text('{"a": 1}\n{"a": 1')
    with pytest.raises(InputError, match=r"a\.json: ends too soon in line 2"):
        list(read_documents(tmp_path / "a.json"))
