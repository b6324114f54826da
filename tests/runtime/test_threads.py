import os
import threading
from types import SimpleNamespace

import numpy as np
import pytest

from modgap.metrics import rows
from modgap.runtime.threads import beside_others, thread_count

CORES = len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("declared", "expected"),
    [("1", 1), ("1,4", 1), (str(CORES + 7), CORES), ("", CORES), ("0", CORES), ("many", CORES)],
)
def test_no_more_than_the_rule_declares_and_the_machine_has(monkeypatch, declared, expected):
    monkeypatch.setenv("OMP_NUM_THREADS", declared)
    assert thread_count() == expected


@pytest.mark.parametrize(
    ("cores", "main", "expected"),
    [(1, True, 1), (2, True, 1), (7, True, 3), (64, True, 8), (None, True, 8), (2, False, 8)],
)
def test_a_job_leaves_half_of_one_machine_to_others(cores, main, expected):
    settings = SimpleNamespace(cores=cores)
    workflow = SimpleNamespace(resource_settings=settings, is_main_process=main)
    assert beside_others(8, workflow) == expected


@pytest.mark.parametrize("declared", [1, 2])
def test_sums_over_rows_take_the_declared_threads_and_give_the_same_bits(monkeypatch, declared):
    values = np.random.default_rng(0).normal(size=2_000_000)
    threads = set()

    def work(part):
        threads.add(threading.get_ident())
        return (values[part].sum(),)

    monkeypatch.setattr(rows, "thread_count", lambda: declared)
    (total,) = rows.add_up(len(values), 17, np.float32, work)
    assert len(threads) <= declared
    assert (threading.get_ident() in threads) == (declared == 1)
    monkeypatch.setattr(rows, "thread_count", lambda: 1)
    assert rows.add_up(len(values), 17, np.float32, work) == [total]
