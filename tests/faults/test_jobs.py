"""Jobs that lie, and clocks that do."""

import os
import time

import pytest
from helpers.faults import TARGETS, assert_untouched, assert_whole

pytestmark = [pytest.mark.workflow, pytest.mark.faults]


def test_a_job_that_leaves_no_output(study, undisturbed):
    study.forget_from("metrics", "captions-k1-s0")
    before = study.contents()
    script = study.folder / "workflow/scripts/measure.py"
    text, times = script.read_text(), script.stat()
    # With the same imports: other inputs would be a reason to measure all models again.
    script.write_text("print('done')\nraise SystemExit\n" + text)
    os.utime(script, ns=(times.st_atime_ns, times.st_mtime_ns))
    code, output = study.run(*TARGETS)
    assert code == 1
    assert "metrics/captions-k1-s0/mad-digit-k1.parquet" in output
    assert "missing" in output.lower()
    assert_untouched(before, study)
    script.write_text(text)
    os.utime(script, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert assert_whole(study, undisturbed)["measure"] == 1


def test_a_clock_set_back(study, undisturbed):
    """Data of tomorrow: Snakemake takes nothing for made of them that is older."""
    study.forget_from("metrics", "captions-k1-s0")
    before = study.contents()
    files = list((study.results / "embeddings/captions-k1-s0").rglob("*.parquet"))
    times = {path: path.stat() for path in files}
    tomorrow = time.time() + 86_400
    for path in files:
        os.utime(path, (tomorrow, tomorrow))
    code, output = study.run(*TARGETS)
    assert code == 1
    assert "captions-k1-s0/mad-digit-k1.parquet has older modification time" in output
    assert "clock skew" in output
    for path, was in times.items():
        os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))
    assert_untouched(before, study)
    made = assert_whole(study, undisturbed)
    assert made["measure"] == 1
    assert made["train"] == made["embed"] == 0
