"""A study through a real SLURM: the same numbers, and who computed them."""

import re
from collections import Counter

import pytest
from helpers.slurm_runs import TARGETS, rule_of, start
from helpers.tiny_study import copy_repository

from modgap.claims.difference import compare_results

pytestmark = pytest.mark.slurm


def test_a_study_through_slurm_has_the_numbers_of_a_local_run(cluster, local, tmp_path):
    study = copy_repository(tmp_path)
    (study.folder / "tiny.yaml").write_text((local.folder / "tiny.yaml").read_text())
    before = len(cluster.completed())
    code, output = start(cluster, study, *TARGETS).end()
    assert code == 0, output[-5000:]

    differences = compare_results(local.results, study.results)
    assert differences.empty, differences

    jobs = cluster.completed()[before:]
    assert {job["JobState"] for job in jobs} == {"COMPLETED"}
    # A group is named by itself and its rules.
    assert Counter(map(rule_of, jobs)) == {
        "mad": 2,
        "train": 2,
        "manifest_manifest": 1,
        "embed_embed": 1,
        "measure_look_measure": 1,
        "simulate": 1,
        "correlations_correlations": 1,
    }
    # Each GPU job was given one, no other job was.
    with_gpu = {rule_of(job) for job in jobs if job.get("TresPerJob") == "gres:gpu:1"}
    assert with_gpu == {"train", "embed_embed"}
    assert {job.get("TresPerJob", "") for job in jobs} == {"gres:gpu:1", ""}
    # Times of a group add up, memory does not: manifests ask for 4,000 MiB and 30 minutes each.
    (group,) = (job for job in jobs if rule_of(job) == "manifest_manifest")
    manifests = len(list((study.results / "data").glob("*/texts.parquet")))
    assert int(group["TimeLimit"]) == 30 * manifests
    assert "mem=4000M" in group["Tres"]
    # Drawing and what is downloaded stay here.
    drawn = re.findall(r"^localrule (\w+):$", output, re.MULTILINE)
    assert {"two_effects_fig7a", "metric_table", "model_table"} <= set(drawn)
    # `device: auto` found none of the GPUs that it was promised, and said so.
    log = (study.results / "logs/train/captions-k1-s0.log").read_text()
    assert "WARNING modgap.runtime.device: device auto: " in log
