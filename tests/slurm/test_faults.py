"""What goes wrong on a cluster: memory, time, cancelled jobs, a drained node, a lost controller."""

import re
import shutil
import signal

import pytest
from helpers.slurm_runs import TARGETS, rule_of, start, until

from modgap.claims.difference import compare_results
from modgap.formats.files import sha256

pytestmark = pytest.mark.slurm
MODELS = ("captions-k1-s0", "captions-k5-s0")
EMBEDDINGS = "results/embeddings/captions-k1-s0/mad-digit-k1"
WEIGHTS = [f"results/models/{model}/open_clip_model.safetensors" for model in MODELS]


def contents(study):
    """Every result but logs with its bytes and time."""
    return {
        path.relative_to(study.results): (sha256(path), path.stat().st_mtime_ns)
        for stage in ("data", "models", "embeddings", "metrics")
        for path in (study.results / stage).rglob("*")
        if path.is_file()
    }


def gone(before, after):
    """What is missing or made anew."""
    return {path for path, value in before.items() if after.get(path) != value}


def assert_complete(study, local):
    code, output = study.snakemake(*TARGETS, "-n")
    assert code == 0
    assert "Nothing to be done" in output, output[-3000:]
    assert compare_results(local.results, study.results).empty


def forget(study, *folders):
    """Delete folders of results, and the tables that would else do in their place."""
    for folder in folders:
        shutil.rmtree(study.folder / folder)
    for table in (*study.results.glob("models/*.csv"), *study.results.glob("metrics/*.parquet")):
        table.unlink()


def running_jobs(cluster, rule, count=1):
    """Wait until so many jobs of a rule run; returns their numbers."""

    def ready():
        ids = [j["id"] for j in cluster.queue() if j["state"] == "RUNNING" and rule in j["rule"]]
        return ids if len(ids) == count else None

    return until(ready)


def test_a_job_that_is_killed_for_memory_is_tried_again_with_more(cluster, finished, local):
    forget(finished, EMBEDDINGS, f"results/metrics/{MODELS[0]}")
    kept, before = contents(finished), len(cluster.completed())
    run = start(
        cluster, finished, "--set-resources", "embed:mem_mb=120*16**(attempt-1)", "--", *TARGETS
    )
    code, output = run.end()
    assert code == 0, output[-5000:]
    jobs = [job for job in cluster.completed()[before:] if "embed" in rule_of(job)]
    assert [re.search(r"mem=(\d+)M", job["Tres"])[1] for job in jobs] == ["120", "1920"]
    assert jobs[0]["JobState"] in ("OUT_OF_MEMORY", "CANCELLED", "FAILED")
    assert jobs[1]["JobState"] == "COMPLETED"
    # Of what is upstream or beside it nothing was made again.
    assert {path.parts[0] for path in gone(kept, contents(finished))} <= {"metrics"}
    assert_complete(finished, local)


def test_a_cancelled_job_is_noticed_and_the_rest_stands(cluster, finished, local):
    forget(finished, *(f"results/models/{model}" for model in MODELS))
    kept = contents(finished)
    run = start(cluster, finished, "--retries", "0", "--", *WEIGHTS)
    first, _ = running_jobs(cluster, "train", 2)
    cluster.command("scancel", first)
    code, output = run.end()
    assert code == 1
    assert f"SLURM-job '{first}' failed, SLURM status is: 'CANCELLED'" in output
    # One was trained, of the other there is nothing.
    assert sorted((finished.folder / path).exists() for path in WEIGHTS) == [False, True]
    assert not gone(kept, contents(finished))
    trained = {path: value for path, value in contents(finished).items() if path not in kept}
    code, output = start(cluster, finished, *TARGETS).end()
    assert code == 0, output[-5000:]
    assert not gone(trained, contents(finished))
    assert_complete(finished, local)


def test_jobs_outlive_a_killed_snakemake_and_a_rerun_completes(cluster, finished, local):
    forget(finished, *(f"results/models/{model}" for model in MODELS))
    kept = contents(finished)
    run = start(cluster, finished, *WEIGHTS)
    running_jobs(cluster, "train", 2)
    run.process.send_signal(signal.SIGKILL)
    run.end()
    # The next one does not start beside it.
    code, output = start(cluster, finished, *WEIGHTS).end()
    assert code == 1
    assert "--unlock" in output
    until(lambda: not cluster.queue())
    assert all((finished.folder / path).exists() for path in WEIGHTS)
    assert start(cluster, finished, "--unlock").end()[0] == 0
    before = len(cluster.completed())
    code, output = start(cluster, finished, *TARGETS).end()
    assert code == 0, output[-5000:]
    # The orphans' own Snakemake saw them end: nothing is trained again.
    assert not any(rule_of(job) == "train" for job in cluster.completed()[before:])
    assert {path.parts[0] for path in gone(kept, contents(finished))} <= {"embeddings", "metrics"}
    assert_complete(finished, local)


def test_a_job_out_of_time_is_tried_again_and_a_drained_node_only_waits(cluster, finished, local):
    forget(finished, f"results/models/{MODELS[0]}")
    node = cluster.command("sinfo", "-h", "-o", "%n").strip()
    cluster.command("scontrol", "update", f"nodename={node}", "state=drain", "reason=test")
    before = len(cluster.completed())
    run = start(cluster, finished, WEIGHTS[0])
    try:
        (waiting,) = until(lambda: [j for j in cluster.queue() if j["state"] == "PENDING"])
        assert run.process.poll() is None
    finally:
        cluster.command("scontrol", "update", f"nodename={node}", "state=resume")
    (first,) = running_jobs(cluster, "train")
    assert first == waiting["id"]
    # As if its time were over, once its script has started.
    until(lambda: f"{first}.0" in cluster.command("squeue", "--steps", "-h", "-j", first))
    cluster.command("scontrol", "update", f"jobid={first}", "EndTime=now")
    code, output = run.end()
    assert code == 0, output[-5000:]
    jobs = cluster.completed()[before:]
    assert [job["JobState"] for job in jobs] == ["TIMEOUT", "COMPLETED"]
    assert [job["TimeLimit"] for job in jobs][1] == "1440"
    code, output = start(cluster, finished, *TARGETS).end()
    assert code == 0, output[-5000:]
    assert_complete(finished, local)
