import logging

import pytest
import torch

from modgap.errors import InputError
from modgap.runtime import device
from modgap.runtime.device import PRECISIONS, autocast, check_precision, choose_device, input_dtype

without_gpu = pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")


def test_cpu_is_the_cpu():
    assert choose_device("cpu") == torch.device("cpu")


@without_gpu
def test_auto_falls_back_to_the_cpu():
    assert choose_device("auto") == torch.device("cpu")


@without_gpu
@pytest.mark.parametrize("name", ["cuda", "cuda:1"])
def test_a_missing_gpu_is_refused_with_the_remedy(name):
    with pytest.raises(InputError, match=f"{name}.*0 CUDA devices.*cpu or auto"):
        choose_device(name)


@pytest.mark.parametrize("name", ["gpu", "cuda:", "cuda:x", "", "CPU"])
def test_unknown_devices_are_refused(name):
    with pytest.raises(InputError, match="expected auto, cpu, cuda or cuda:N"):
        choose_device(name)


def test_gpu_numbers_are_counted_from_zero(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert choose_device("auto") == torch.device("cuda", 0)
    assert choose_device("cuda") == torch.device("cuda", 0)
    assert choose_device("cuda:1") == torch.device("cuda", 1)
    with pytest.raises(InputError, match="shows 2 CUDA devices"):
        choose_device("cuda:2")


def test_precisions():
    assert [check_precision(name) for name in PRECISIONS] == ["fp32", "bf16", "fp16", "amp"]
    with pytest.raises(InputError, match="'fp8': expected one of fp32, bf16, fp16, amp"):
        check_precision("fp8")
    assert input_dtype("bf16") == torch.bfloat16
    assert input_dtype("amp") == torch.float32


def test_autocast_lowers_matrix_products_only_for_amp():
    ones = torch.ones(2, 2)
    with autocast("amp", torch.device("cpu")):
        assert (ones @ ones).dtype == torch.bfloat16
    with autocast("fp32", torch.device("cpu")):
        assert (ones @ ones).dtype == torch.float32


@without_gpu
@pytest.mark.parametrize(
    ("name", "there", "visible", "line"),
    [
        ("auto", 0, None, "device auto: no GPU on this machine; computing on the CPU"),
        ("auto", 2, None, "this machine has 2 GPUs, but torch sees none (check the driver"),
        ("auto", 2, "1", "torch sees none (CUDA_VISIBLE_DEVICES is '1')"),
        ("cpu", 2, None, "device cpu: the 2 GPUs of this machine are not used"),
        ("cpu", 2, "", ""),
        ("cpu", 0, None, ""),
    ],
)
def test_a_gpu_that_is_not_used_is_one_line(monkeypatch, caplog, name, there, visible, line):
    monkeypatch.setattr(device, "count_gpus", lambda: there)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert choose_device(name) == torch.device("cpu")
    assert line in caplog.text
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * bool(line)
