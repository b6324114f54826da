import pytest

from modgap.data.caption_folder import caption_folder
from modgap.data.corpus import read_captions
from modgap.data.picture_shards import picture_shards
from modgap.data.picture_table import picture_table
from modgap.errors import InputError
from modgap.formats.pointers import check_fetched
from modgap.formats.text import read_text

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:66523291\nsize 146946961\n"
READERS = {
    "a.txt": lambda path: list(read_captions(path)),
    "a.csv": read_text,
    "a.parquet": lambda path: list(read_captions(path)),
    "metadata.parquet": lambda path: caption_folder(path.parent, "all"),
    "test.parquet": lambda path: picture_table(path.parent, "test", path.parent / "out"),
    "test.tar": lambda path: picture_shards(path.parent, "test", path.parent / "out"),
}


@pytest.mark.parametrize("name", READERS)
def test_a_pointer_is_told_from_the_file_itself(tmp_path, name):
    """Its three lines were captions of a corpus, or those of an image beside them."""
    path = tmp_path / name
    path.write_bytes(POINTER)
    with pytest.raises(InputError, match=r"is a git-lfs pointer, .* `git lfs pull`"):
        READERS[name](path)


def test_other_files_are_no_pointers(tmp_path):
    (tmp_path / "a.txt").write_text("version 1 of https://git-lfs.github.com")
    check_fetched(tmp_path / "a.txt")
    (tmp_path / "empty").write_bytes(b"")
    check_fetched(tmp_path / "empty")
