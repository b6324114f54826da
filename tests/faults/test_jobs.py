"""Jobs that lie, and clocks that do."""

import os
import time

import pytest
from helpers.faults import TARGETS, assert_untouched, assert_whole, jobs_run

pytestmark = [pytest.mark.workflow, pytest.mark.faults]


def test_a_job_that_leaves_no_output(study, undisturbed):
    study.forget_from("metrics", "captions-k1-s0")
    before = study.contents()
    script = study.folder / "workflow/scripts/measure.py"
    text, times = script.read_text(), script.stat()
    script.write_text("print('done')\n")
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
    """Data of tomorrow: what is made of it is no older for that, and its values are the same."""
    study.forget_from("metrics", "captions-k1-s0")
    tomorrow = time.time() + 86_400
    for path in (study.results / "embeddings/captions-k1-s0").rglob("*.parquet"):
        os.utime(path, (tomorrow, tomorrow))
    made = assert_whole(study, undisturbed)
    assert made["measure"] == 1
    assert made["train"] == made["embed"] == 0
    code, output = study.run(*TARGETS, "--dry-run")
    assert code == 0
    assert set(jobs_run(output)).isdisjoint({"mad", "manifest", "train", "embed"})
