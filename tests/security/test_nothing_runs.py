"""Data that comes from elsewhere is data: nothing of it is executed, nothing lands outside."""

import base64
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from helpers.sheet_rows import add_row, dataset_row, model_row
from helpers.tiny_study import overlaid
from snakemake.common.configfile import load_configfile

from modgap.artifacts.write_table import write_table
from modgap.embed.shards import Shards
from modgap.errors import InputError
from modgap.formats.arrays import read_array
from modgap.formats.tables import read_table
from modgap.formats.vectors import read_vectors
from modgap.study.study import Study

ROOT = Path(__file__).parents[2]


class Payload:
    """Unpickled in full, it makes a file."""

    def __init__(self, path: Path):
        self.path = str(path)

    def __reduce__(self):
        return (Path.touch, (Path(self.path),))


@pytest.fixture
def ran(tmp_path):
    """The file that code from elsewhere would make."""
    path = tmp_path / "ran"
    yield path
    assert not path.exists()


def test_the_payload_works(tmp_path):
    pickle.loads(pickle.dumps(Payload(tmp_path / "ran")))
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize("reader", [read_array, lambda path: read_vectors(path, "images")])
def test_an_npy_of_objects_is_refused(tmp_path, ran, reader):
    path = tmp_path / "vectors.npy"
    np.save(path, np.array([Payload(ran)], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match=r"vectors\.npy"):
        reader(path)


def test_a_shard_of_objects_is_encoded_anew(tmp_path, ran, caplog):
    shards = Shards(tmp_path / "image.parquet", {})
    shards.folder.mkdir()
    path = shards.folder / f"{shards.digest}-{0:010d}.npy"
    np.save(path, np.array([Payload(ran)], dtype=object), allow_pickle=True)
    assert shards.read(0, 1) is None
    assert "encoded anew" in caplog.text


@pytest.mark.parametrize("name", ["arrow.py_extension_type", "modgap"])
def test_metadata_of_a_parquet_file_is_text(tmp_path, ran, name):
    """Arrow once unpickled the metadata of its Python extension types."""
    payload = pickle.dumps(Payload(ran))
    field = pa.field(
        "value",
        pa.int64(),
        metadata={"ARROW:extension:name": name, "ARROW:extension:metadata": payload},
    )
    table = pa.table([pa.array([1, 2])], schema=pa.schema([field], metadata={"pandas": payload}))
    pq.write_table(table, tmp_path / "table.parquet")
    read, record = read_table(tmp_path / "table.parquet")
    assert read["value"].to_pylist() == [1, 2]
    assert record == {}


def test_a_record_that_is_no_json_is_refused(tmp_path, ran):
    schema = pa.schema([("value", pa.int64())], metadata={"modgap": pickle.dumps(Payload(ran))})
    pq.write_table(pa.table([[1]], schema=schema), tmp_path / "table.parquet")
    with pytest.raises(InputError, match=r"table\.parquet: not a readable Parquet file"):
        read_table(tmp_path / "table.parquet")


@pytest.mark.parametrize("tag", ["object/apply:pathlib.Path.touch", "name:os.system"])
def test_a_tag_of_yaml_makes_no_object(tmp_path, ran, tag):
    path = tmp_path / "study.yaml"
    path.write_text(f"study: !!python/{tag} ['{ran}']\n")
    with pytest.raises(Exception, match="not valid JSON or YAML"):
        load_configfile(path)


SHELL = ["a; touch ran", "$(touch ran)", "`touch ran`", "a|b", "../up", "/etc/x", "a b"]
SHELL += ["=1+1", "-rf"]


@pytest.fixture
def sheets(tmp_path):
    shutil.copytree(ROOT / "config", tmp_path / "config")
    return tmp_path / "config"


@pytest.mark.parametrize("name", SHELL)
def test_a_name_for_a_shell_or_outside_is_no_name_of_a_data_set_or_a_model(sheets, name):
    kept = (sheets / "datasets.tsv").read_text()
    add_row(sheets / "datasets.tsv", **dataset_row(name, "caption_folder", how="Make"))
    with pytest.raises(InputError, match=r"datasets\.tsv"):
        Study.of(overlaid(), sheets)
    (sheets / "datasets.tsv").write_text(kept)
    add_row(sheets / "models.tsv", **model_row(name, hub_repository="tiny/clip"))
    with pytest.raises(InputError, match=r"models\.tsv"):
        Study.of(overlaid(), sheets)


@pytest.mark.parametrize("name", SHELL)
def test_nor_is_it_one_of_a_study_or_an_experiment(name):
    if name != "-rf":  # of a study, which names no file
        with pytest.raises(InputError, match="configuration"):
            Study.of(overlaid({"study": name}), ROOT / "config")
    one = {name: {"train": {"seed": [0]}, "data": {"retrieval": "own"}}}
    with pytest.raises(InputError, match="configuration"):
        Study.of(overlaid({"experiments": one}), ROOT / "config")


FORMULA, SCRIPT, TEX = '=HYPERLINK("x")', "<script>alert(1)</script>", r"\input{/etc/passwd}"


def test_text_of_tables_stays_text(tmp_path):
    """In the .csv as it is, in LaTeX escaped."""
    frame = pd.DataFrame({"caption": [FORMULA, SCRIPT, TEX]})
    paths = {kind: tmp_path / f"table.{kind}" for kind in ("csv", "md", "tex")}
    write_table(frame, {"caption": "Caption"}, **paths)
    assert pd.read_csv(paths["csv"])["caption"].tolist() == frame["caption"].tolist()
    assert r"\input{" not in paths["tex"].read_text()
    assert r"\textbackslash" in paths["tex"].read_text()


_SNAKEFILE = """
rule table:
    output: report("table.csv", caption="caption.rst", category="Tables")
    shell: "cp given.csv {output}"
"""


def test_a_caption_with_a_script_is_in_the_report_in_base64_alone(tmp_path):
    (tmp_path / "Snakefile").write_text(_SNAKEFILE)
    pd.DataFrame({"caption": [SCRIPT]}).to_csv(tmp_path / "given.csv", index=False)
    (tmp_path / "caption.rst").write_text("Samples of a data set.\n")
    for more in (["--cores", "1"], ["--report", "report.html"]):
        command = [sys.executable, "-m", "snakemake", "table", *more]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    report = (tmp_path / "report.html").read_text()
    assert base64.b64encode((tmp_path / "table.csv").read_bytes()).decode() in report
    assert "alert(1)" not in report
