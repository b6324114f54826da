import logging

import numpy as np
import pytest

import modgap
from modgap.runtime import progress
from modgap.runtime.progress import Progress


@pytest.fixture
def clock(monkeypatch, caplog):
    """A clock that the test sets."""
    caplog.set_level(logging.INFO)
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def run(clock, caplog, seconds, **options):
    loop = Progress(4, "steps", **options)
    for second in seconds:
        clock[0] = second
        loop.add(1)
    return [record.getMessage().split(",")[0] for record in caplog.records]


def test_a_loop_logs_now_and_then_and_its_end(clock, caplog):
    assert run(clock, caplog, [1, 11, 12, 13]) == ["2/4 steps", "4/4 steps"]


def test_what_ended_is_told_with_its_rate_all_of_one_kind(clock, caplog, monkeypatch):
    monkeypatch.setattr(progress, "_ended", {})
    run(clock, caplog, [1, 2, 3])
    assert progress.rates() == []
    run(clock, caplog, [4, 5, 6, 8])
    assert progress.rates() == ["4 steps at 0.8/s"]
    run(clock, caplog, [9, 10, 11, 11])
    images = Progress(7, "images")
    clock[0] = 13
    images.add(7)
    assert progress.rates() == ["8 steps at 1.0/s", "7 images at 3.5/s"]


def test_a_brief_loop_is_silent_where_asked(clock, caplog):
    assert run(clock, caplog, [1, 2, 3, 4], brief=False) == []
    assert run(clock, caplog, [5, 16, 17, 18], brief=False) == ["2/4 steps", "4/4 steps"]


@pytest.mark.parametrize("metric", ["recall_at_k", "uniformity"])
def test_long_similarities_log_their_progress(caplog, monkeypatch, metric):
    ticks = iter(range(0, 10**6, 11))
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(ticks))
    caplog.set_level(logging.INFO)
    cloud = np.random.default_rng(0).normal(size=(20, 3))
    clouds = (cloud, cloud) if metric == "recall_at_k" else (cloud,)
    getattr(modgap, metric)(*clouds, budget=1000)
    assert "20/20 rows of" in caplog.text
    assert "s left" in caplog.text
