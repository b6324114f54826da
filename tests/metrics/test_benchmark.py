import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_benchmark_runs_and_both_versions_agree():
    run = subprocess.run(
        [sys.executable, "benchmarks/metrics.py", "--quick", "--repeats", "1"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": "workflow", "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert "VALUES DIFFER" not in run.stdout
    rows = [line for line in run.stdout.splitlines() if line.startswith("| ")]
    assert len(rows) == 2 + 11 + 2
