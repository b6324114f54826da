import subprocess
import sys
from pathlib import Path

from modgap.runtime.summary import job_table, stage_table

_JOB = """
import sys
sys.path.insert(0, sys.argv[1])
from modgap.runtime.logs import configure_logging
configure_logging(sys.argv[2])
block = bytearray(b"x") * (200 * 2**20)
if len(sys.argv) > 3:
    raise RuntimeError("broken")
"""


def run_job(log: Path, *how: str) -> None:
    package = Path(__file__).parents[2] / "workflow"
    subprocess.run([sys.executable, "-c", _JOB, str(package), str(log), *how], capture_output=True)


def test_a_finished_job_says_what_it_took_and_a_failed_one_does_not(tmp_path):
    run_job(tmp_path / "train/captions-k1-s0.log")
    run_job(tmp_path / "train/captions-k5-s0.log", "fail")
    jobs = job_table(tmp_path)
    assert jobs[["stage", "job"]].to_numpy().tolist() == [["train", "captions-k1-s0"]]
    assert 0 < jobs.loc[0, "seconds"] < 60
    assert 200 < jobs.loc[0, "memory_mib"] < 400
    text = (tmp_path / "train/captions-k5-s0.log").read_text()
    assert "broken" in text
    assert "finished" not in text


def line(path: Path, seconds: float, mib: int, did: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f"2026-01-01 00:00:00,000 INFO modgap: a line\n"
        f"2026-01-01 00:00:00,000 INFO modgap.runtime.logs: finished in {seconds} s, "
        f"{mib} MiB at most{did}\n"
    )


def test_stages_add_up(tmp_path):
    line(tmp_path / "embed/a/coco.log", 30.0, 900)
    line(tmp_path / "embed/b/coco.log", 50.5, 700, "; 100 images at 2.5/s; 500 texts at 90.0/s")
    line(tmp_path / "word_counts.log", 1.0, 100)
    (tmp_path / "embed/c").mkdir()
    (tmp_path / "embed/c/coco.log").write_text("killed in the middle of a li")
    (tmp_path / "empty.log").write_text("")
    jobs = job_table(tmp_path)
    assert jobs["rate"].tolist() == ["100 images at 2.5/s; 500 texts at 90.0/s", "", ""]
    stages = stage_table(jobs).to_dict("records")
    embed = {"jobs": 2, "seconds": 80.5, "longest": 50.5, "memory_mib": 900, "slowest": "b/coco"}
    counts = {"jobs": 1, "seconds": 1.0, "longest": 1.0, "memory_mib": 100, "slowest": ""}
    assert stages == [{"stage": "embed"} | embed, {"stage": "word_counts"} | counts]


def test_nothing_finished_is_a_table_without_rows(tmp_path):
    assert len(stage_table(job_table(tmp_path))) == 0
