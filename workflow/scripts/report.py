import subprocess
import sys

from modgap.formats.files import whole_file
from modgap.runtime.logs import configure_logging

configure_logging(snakemake.log[0])
# Snakemake makes its report in a run of its own; --nolock, since this run holds the lock.
with whole_file(snakemake.output[0]) as partial:
    command = [sys.executable, "-m", "snakemake", *snakemake.params.targets]
    command += ["--report", str(partial), "--nolock", "--cores", "1"]
    command += ["--configfile", snakemake.input.study]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"snakemake --report failed:\n{done.stdout}{done.stderr}")
