import subprocess
import sys
from pathlib import Path

import pytest

from modgap.errors import InputError
from modgap.study.datasets import read_datasets

SHEET = Path(__file__).parents[2] / "config" / "datasets.tsv"


def test_the_declared_data_sets():
    known = {
        "coco": (5000, 25000),
        "imagenet": (50000, 1000),
        "mit-states": (12995, 115 + 245 + 115 * 245),
        "mit-states-train": (30338, 115 + 245 + 115 * 245),
        "ut-zappos": (2914, 16 + 12 + 16 * 12),
        "ut-zappos-train": (22998, 16 + 12 + 16 * 12),
        "cifar10": (10000, 10),
        "cifar100": (10000, 100),
        "flickr8k": (1000, 5000),
        **{f"imagenet100-{number}": (5000, 100) for number in (1, 2, 3)},
    }
    # Further rows are a user's own.
    rows = {name: row for name, row in read_datasets(SHEET).items() if name in known}
    assert {name: (row.images, row.texts) for name, row in rows.items()} == known
    titles = [row.title for row in rows.values()]
    assert len(set(titles)) == len(titles)
    for row in rows.values():
        assert row.roles
        assert row.licence
        assert row.how
        assert row.source.startswith("http")


def test_unsound_sheets(tmp_path):
    header = "dataset adapter folder split classes images texts download licence source md5 members"
    good = dict.fromkeys([*header.split(), "how", "title", "roles"], "x") | {
        "adapter": "coco", "images": "", "texts": "3", "download": "no", "md5": "", "members": "",
        "roles": "retrieval",
    }  # fmt: skip
    sheet = tmp_path / "datasets.tsv"

    def read(*rows):
        lines = ["\t".join(good), *("\t".join((good | row).values()) for row in rows)]
        sheet.write_text("\n".join(lines) + "\n")
        return read_datasets(sheet)

    assert read({})["x"].texts == 3
    assert read({})["x"].images is None
    pets = read({"adapter": "cifar10", "roles": "classification", "title": "Pets"})["x"]
    assert (pets.title, pets.roles) == ("Pets", "classification")
    # Without a word of its own a row has its name, and every role of its adapter.
    plain = read({"adapter": "cifar10", "roles": "", "title": ""})["x"]
    assert (plain.title, plain.roles) == ("x", "classification class_sets")
    with pytest.raises(InputError, match="line 2: split is empty; expected its name, or all"):
        read({"split": ""})
    for roles in ("attributes", "retrieval attributes"):
        with pytest.raises(InputError, match="line 2: role 'attributes': adapter 'coco' makes a"):
            read({"roles": roles})
    with pytest.raises(InputError, match="line 2: role 'retrieval' is named twice"):
        read({"roles": "retrieval retrieval"})
    with pytest.raises(InputError, match="line 3: data set 'x' is declared twice"):
        read({}, {})
    with pytest.raises(InputError, match="line 2: unknown adapter 'coca'; did you mean 'coco'"):
        read({"adapter": "coca"})
    for count in ("many", "²", "-3", "1,000"):
        with pytest.raises(InputError, match=f"line 2: texts '{count}': expected a whole number"):
            read({"texts": count})
    with pytest.raises(InputError, match="line 2: download 'maybe': expected yes or no"):
        read({"download": "maybe"})
    with pytest.raises(InputError, match="line 2: md5 and members are for download=yes"):
        read({"members": "val2017/*"})
    offered = {"download": "yes", "source": "http://a/x.zip http://b/y.zip", "members": "val2017/*"}
    one, two = "0" * 32, "f" * 32
    assert read(offered | {"md5": f"{one} {two}"})["x"].md5 == f"{one} {two}"
    for wrong in ({"md5": one}, {"md5": f"{one} {two}", "members": ""}, {"md5": ""}):
        with pytest.raises(InputError, match="line 2: download=yes needs an md5 for each address"):
            read(offered | wrong)
    for wrong in ("x.zip", "ftp://a/x.zip", "http://a/", "file:///x.zip"):
        with pytest.raises(InputError, match=f"line 2: source '{wrong}': expected the web address"):
            read(offered | {"md5": one, "source": wrong})
    package = "npm:@of/icons@1.2.3 npm:texts@4.0.3"
    assert read(offered | {"md5": f"{one} {two}", "source": package})["x"].source == package
    for wrong in ("npm:icons", "npm:a/b@1", "npm:@../b@1", "npm:--x@1 y", "pip:x==1"):
        with pytest.raises(InputError, match=r"line 2: source .*or a package as npm:NAME@VERSION"):
            read(offered | {"md5": f"{one} {one}", "source": f"{wrong} npm:a@1"})
    with pytest.raises(InputError, match=r"line 2: md5 'F+' is not 32 lower-case"):
        read(offered | {"md5": f"{one} {'F' * 32}"})
    with pytest.raises(InputError, match=r"data set '\.\./x': the name becomes a folder name"):
        read({"dataset": "../x"})
    for name, meaning in (("own", "each model's own"), ("mad", "data"), ("mad-digit-k5", "data")):
        with pytest.raises(InputError, match=f"data set '{name}': in a .* means {meaning}.*choose"):
            read({"dataset": name})
    assert list(read({"dataset": "mad-men"})) == ["mad-men"]


def test_reading_the_sheets_needs_no_heavy_package():
    heavy = {"numpy", "pandas", "torch", "open_clip", "PIL", "huggingface_hub"}
    code = (
        "import sys, modgap.study.datasets, modgap.study.models; "
        f"print(sorted({heavy!r} & set(sys.modules)))"
    )
    package = Path(__file__).parents[2] / "workflow"
    found = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
    )
    assert found.stdout.strip() == "[]", found.stderr
