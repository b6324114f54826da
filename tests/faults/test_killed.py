"""Processes that are killed: Snakemake, its jobs, the whole machine."""

import os
import signal

import pytest
from helpers.faults import (
    MODELS,
    TARGETS,
    assert_same_values,
    assert_untouched,
    assert_whole,
    end,
    jobs_run,
)

pytestmark = [pytest.mark.workflow, pytest.mark.faults]
WEIGHTS = [f"results/models/{model}/open_clip_model.safetensors" for model in MODELS]


def test_power_lost_while_training(study, undisturbed):
    """Also a stale lock: the next run says how to take it away."""
    study.forget_from("models", MODELS[0])
    before = study.contents()
    process = study.start(*TARGETS)
    study.job("train")
    end(process)
    assert not (study.folder / WEIGHTS[0]).exists()
    assert_untouched(before, study)
    code, output = study.run(*TARGETS)
    assert code == 1
    assert "--unlock" in output
    assert study.run("--unlock")[0] == 0
    made = assert_whole(study, undisturbed)
    assert (made["train"], made["embed"], made["measure"]) == (1, 1, 1)
    assert made["mad"] == made["manifest"] == 0


def test_snakemake_killed_and_started_again_beside_its_orphan(study, undisturbed):
    """SIGKILL: the job runs on, while the next run makes the same files."""
    study.forget_from("models", MODELS[0])
    before = study.contents()
    process = study.start(WEIGHTS[0])
    orphan = study.job("train")
    process.kill()
    assert study.run("--unlock")[0] == 0
    made = assert_whole(study, undisturbed)
    process.communicate(timeout=60)
    assert made["train"] == 1
    assert made["mad"] == made["manifest"] == 0
    kept = {path: value for path, value in before.items() if path.parts[0] in ("data", "models")}
    assert_untouched(kept, study)
    assert not os.path.exists(f"/proc/{orphan}")  # noqa: PTH110
    assert_same_values(study, undisturbed)


def test_snakemake_told_to_end_lets_its_jobs_finish(study, undisturbed):
    """SIGTERM: no lock stays, and what was finished is not made again."""
    study.forget_from("models", *MODELS)
    before = study.contents()
    process = study.start(*TARGETS)
    study.job("train")
    process.terminate()
    process.communicate(timeout=120)
    assert process.returncode != 0
    finished = sum((study.folder / path).exists() for path in WEIGHTS)
    assert 1 <= finished <= 2
    assert_untouched(before, study)
    made = assert_whole(study, undisturbed)
    assert made["train"] == 3 - finished


@pytest.mark.parametrize(
    ("script", "stage", "how"),
    [
        ("train", "models", signal.SIGKILL),
        ("train", "models", signal.SIGTERM),
        ("embed", "embeddings", signal.SIGKILL),
    ],
)
def test_a_job_killed(study, undisturbed, script, stage, how):
    study.forget_from(stage, MODELS[0])
    before = study.contents()
    process = study.start(*TARGETS)
    os.kill(study.job(script), how)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    assert f"Error in rule {script}:" in output
    place = study.results / stage / MODELS[0]
    assert not [*place.rglob("*.parquet"), *place.rglob("*.safetensors")]
    assert_untouched(before, study)
    made = assert_whole(study, undisturbed)
    assert made[script] == 1
    assert made["mad"] == made["manifest"] == 0


def test_two_runs_in_one_folder(study, undisturbed):
    """The second one leaves the first alone."""
    study.forget_from("models", MODELS[0])
    first = study.start(*TARGETS)
    study.job("train")
    code, output = study.run(*TARGETS)
    assert code == 1
    assert "Directory cannot be locked" in output
    output, _ = first.communicate(timeout=120)
    assert first.returncode == 0, output[-3000:]
    assert jobs_run(output)["train"] == 1
    assert_same_values(study, undisturbed)
