import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("statement", "expected", "traceback"),
    [
        ("raise InputError('bad.csv: no such row')", "bad.csv: no such row", False),
        ("1 / 0", "ZeroDivisionError", True),
    ],
)
def test_an_uncaught_error_is_in_the_log(tmp_path, statement, expected, traceback):
    log = tmp_path / "logs" / "job.log"
    code = (
        "from modgap.errors import InputError\n"
        "from modgap.runtime.logs import configure_logging\n"
        f"configure_logging({str(log)!r})\n{statement}\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    for text in (log.read_text(), done.stderr):
        assert expected in text
        assert ("Traceback" in text) == traceback
