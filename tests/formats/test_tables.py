import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modgap.errors import InputError
from modgap.formats.tables import read_frames, read_table, write_frame

ROWS = pd.DataFrame(
    {
        "model": ["NA", "None", "007", "null"],
        "dataset": ["nan", "1e5", "N/A", "x"],
        "value": [1.5, None, 2.0, -1.0],
        "group": ["medium", None, "NA", "None"],
    }
)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_names_that_look_missing_or_like_numbers_come_back(tmp_path, suffix):
    path = tmp_path / f"rows{suffix}"
    if suffix == ".csv":
        ROWS.to_csv(path, index=False)
    else:
        write_frame(path, ROWS, {})
    frame = read_frames([path])
    pd.testing.assert_frame_equal(frame, ROWS, check_dtype=False)
    assert frame["value"].dtype == float


def test_a_csv_with_a_mark_keeps_its_first_column(tmp_path):
    ROWS.to_csv(tmp_path / "rows.csv", index=False, encoding="utf-8-sig")
    assert list(read_frames([tmp_path / "rows.csv"])) == list(ROWS)


def test_tables_that_cannot_be_read_are_named(tmp_path):
    (tmp_path / "old.csv").write_bytes("model\ncafé\n".encode("cp1252"))
    with pytest.raises(InputError, match=r"old\.csv: line 2 is not UTF-8"):
        read_frames([tmp_path / "old.csv"])
    (tmp_path / "ragged.csv").write_text("a,b\n1,2,3,4\n")
    (tmp_path / "empty.csv").write_text("")
    for name in ("ragged.csv", "empty.csv"):
        with pytest.raises(InputError, match=rf"{name}: not a readable table"):
            read_frames([tmp_path / name])
    with pytest.raises(InputError, match="is a folder"):
        read_table(tmp_path)
    table = pa.table({"a": [1]}).replace_schema_metadata({b"modgap": b"{not json"})
    pq.write_table(table, tmp_path / "odd.parquet")
    with pytest.raises(InputError, match=r"odd\.parquet: not a readable Parquet file"):
        read_table(tmp_path / "odd.parquet")
