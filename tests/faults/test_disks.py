"""Disks that are full, cannot be written to, or lose what they held."""

import re
import shutil

import pytest
from helpers.faults import (
    MODELS,
    TARGETS,
    assert_untouched,
    assert_whole,
    can_mount,
    cut,
    flip,
    jobs_run,
)

pytestmark = [pytest.mark.workflow, pytest.mark.faults]
mounts = pytest.mark.skipif(not can_mount(), reason="no disk can be mounted in a name space here")
DATASET = "mad-digit-k{}"
# The place that is full → what the job that writes there says it cannot write.
FULL = {
    "models/captions-k1-s0": ("train", "tokenizer.json"),
    "embeddings/captions-k3-s0/mad-digit-k3": ("embed", "image.parquet"),
    "metrics/captions-k5-s0": ("measure", "mad-digit-k5.parquet"),
    "mind_the_gap": ("figure", "fig3e"),
}
_SMALL_DISKS = """
for place in "$@"; do
  shift
  [ "$place" = -- ] && break
  mkdir -p "results/$place"
  mount -t tmpfs -o size=4k none "results/$place" || exit 9
  touch "results/$place/kept"
done
exec "$@"
"""
_READ_ONLY = """
mount --bind results results && mount -o remount,bind,ro results || exit 9
exec "$@"
"""


def in_a_name_space(script: str, *arguments: str) -> tuple[str, ...]:
    return ("unshare", "-Urm", "sh", "-c", script, "sh", *arguments)


@pytest.fixture(scope="module")
def full(undisturbed, tmp_path_factory):
    """A run on four full disks at once, each in the way of another stage."""
    folder = tmp_path_factory.mktemp("full") / "study"
    shutil.copytree(undisturbed.folder, folder, copy_function=shutil.copy2)
    study = type(undisturbed)(folder)
    for model, stage in zip(MODELS, ("models", "embeddings", "metrics"), strict=True):
        study.forget_from(stage, model)
    study.forget("mind_the_gap")
    before = study.contents()
    code, output = study.run(*TARGETS, prefix=in_a_name_space(_SMALL_DISKS, *FULL, "--"))
    assert code == 1, output[-3000:]
    return study, before, output


@mounts
@pytest.mark.parametrize("place", list(FULL))
def test_a_full_disk_is_named_by_the_stage_that_meets_it(full, place):
    study, before, output = full
    _, file = FULL[place]
    lines = [line for line in output.splitlines() if "no space left on the disk" in line]
    assert any(f"results/{place}" in line and file in line for line in lines), lines
    assert not list((study.results / place).rglob("*.*"))
    assert_untouched(before, study)


@mounts
def test_with_room_again_only_what_failed_is_made(full, undisturbed):
    study, _, _ = full
    made = assert_whole(study, undisturbed)
    assert (made["train"], made["embed"], made["measure"]) == (1, 2, 3)
    assert made["mad"] == made["manifest"] == made["simulate"] == 0


@mounts
def test_results_that_cannot_be_written_to(study, undisturbed):
    study.forget_from("metrics", MODELS[0])
    before = study.contents()
    code, output = study.run(*TARGETS, prefix=in_a_name_space(_READ_ONLY))
    assert code == 1
    assert "Write-protected output files" in output
    # Of the jobs to be done Snakemake names the outputs of whichever it looks at first.
    assert re.search(r"^\s*results/two_effects/fig7[ab]\.png", output, re.MULTILINE), output[-3000:]
    assert_untouched(before, study)
    assert assert_whole(study, undisturbed)["measure"] == 1


# What is damaged → the result that was to be made from it, who reads it, and what is said.
DAMAGED = {
    "weights, a bit flipped": (
        flip,
        "models/captions-k1-s0/open_clip_model.safetensors",
        "embeddings/captions-k1-s0",
        "SHA-256 is",
    ),
    "embeddings, a bit flipped": (
        flip,
        "embeddings/captions-k3-s0/mad-digit-k3/image.parquet",
        "metrics/captions-k3-s0",
        "not a readable Parquet file",
    ),
    "embeddings, cut short": (
        cut,
        "embeddings/captions-k5-s0/mad-digit-k5/text.parquet",
        "metrics/captions-k5-s0",
        "not a readable Parquet file",
    ),
    "history, cut short": (
        cut,
        "models/captions-k5-s0/history.parquet",
        "two_effects/fig7b.csv",
        "not a readable Parquet file",
    ),
    "simulation, cut short": (
        cut,
        "simulations/sphere.parquet",
        "mind_the_gap/fig3e.csv",
        "not a readable Parquet file",
    ),
}


@pytest.fixture(scope="module")
def damaged(undisturbed, tmp_path_factory):
    """A run that meets all of these at once."""
    folder = tmp_path_factory.mktemp("damaged") / "study"
    shutil.copytree(undisturbed.folder, folder, copy_function=shutil.copy2)
    study = type(undisturbed)(folder)
    for damage, path, forgotten, _ in DAMAGED.values():
        damage(study.results / path)
        study.forget(forgotten)
    study.forget_from("metrics", *MODELS)
    before = study.contents()
    code, output = study.run(*TARGETS)
    assert code == 1, output[-3000:]
    return study, before, output


@pytest.mark.parametrize("fault", list(DAMAGED))
def test_a_damaged_file_is_named_by_who_reads_it(damaged, fault):
    study, before, output = damaged
    _, path, forgotten, message = DAMAGED[fault]
    lines = [line for line in output.splitlines() if f"ERROR modgap: results/{path}" in line]
    assert any(message in line for line in lines), output[-6000:]
    place = study.results / forgotten
    assert not place.is_file()
    assert not list(place.rglob("*.parquet"))
    assert_untouched(before, study)


def test_a_damaged_file_deleted_is_made_again(damaged, undisturbed):
    study, _, _ = damaged
    # Of a model the folder, as the message says: its weights alone would not be missed.
    study.forget("models/captions-k1-s0")
    study.forget(*(path for name, (_, path, _, _) in DAMAGED.items() if "weights" not in name))
    made = assert_whole(study, undisturbed)
    assert made["mad"] == made["manifest"] == 0
    assert made["train"] == 2
    assert made["simulate"] == 1


def test_a_cut_mnist_array_is_named_and_made_into_nothing(study, undisturbed):
    array = study.folder / "resources/mnist/train_images.npy"
    whole = array.read_bytes()
    cut(array)
    study.forget("data/mad/train")
    before = study.contents()
    code, output = study.run("results/data/mad/train/pixels.npy")
    assert code == 1
    assert "resources/mnist/train_images.npy: not a readable .npy array" in output
    assert not list((study.results / "data/mad/train").glob("*"))
    assert_untouched(before, study)
    array.write_bytes(whole)
    made = assert_whole(study, undisturbed)
    assert made["mad"] >= 1


def test_results_moved_to_another_folder_are_not_made_again(study, undisturbed):
    """To another disk, say: the study goes by what it finds there."""
    study.results.rename(study.folder / "moved")
    (study.folder / "tiny.yaml").open("a").write("results: moved\n")
    code, output = study.run(*TARGETS, "--dry-run")
    assert code == 0
    assert not jobs_run(output), output[-3000:]
