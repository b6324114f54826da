import pytest

from modgap.errors import InputError
from modgap.formats.vectors import read_vectors

# Ending → what is said of it.
SAID = {
    ".mat": r"scipy\.io\.loadmat.*version 7\.3 .*\.T",
    ".h5": r"h5py.*pandas\.read_hdf",
    ".xlsx": r"pandas\.read_excel\(path\)\.to_csv",
    ".orc": r"pandas\.read_orc",
    ".joblib": r"may run code",
    ".kv": r"gensim",
    ".fvecs": r"d \+ 1",
    ".JSONL.ZST": r"zstd -d",
    ".arrows": r"call it \.arrow",
}


@pytest.mark.parametrize("ending", SAID)
def test_a_format_that_is_not_read_is_told_how_to_save_it(tmp_path, ending):
    (tmp_path / f"a{ending}").write_bytes(b"\xff\xff")
    message = rf"is not read \(.*{SAID[ending]}.*\); expected one of \.npy"
    with pytest.raises(InputError, match=message):
        read_vectors(tmp_path / f"a{ending}", "images")


def test_an_ending_that_is_not_known_has_no_advice(tmp_path):
    (tmp_path / "a.docx").write_text("x")
    with pytest.raises(InputError, match=r"format '\.docx' is not read; expected one of"):
        read_vectors(tmp_path / "a.docx", "images")
