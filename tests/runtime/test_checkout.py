import os
import subprocess
import sys

from modgap.runtime.checkout import prefer_package


def test_processes_import_the_package_of_this_folder_before_any_other(tmp_path, monkeypatch):
    for name in ("ours", "theirs"):
        (tmp_path / name / "some_package").mkdir(parents=True)
        (tmp_path / name / "some_package" / "__init__.py").write_text(f"WHOSE = {name!r}\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "theirs"))
    prefer_package(tmp_path / "ours")
    prefer_package(tmp_path / "ours")
    code = "import some_package; print(some_package.WHOSE)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "ours"
    assert os.environ["PYTHONPATH"].split(os.pathsep) == [
        str(tmp_path / "ours"),
        str(tmp_path / "theirs"),
    ]
