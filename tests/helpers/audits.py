"""Small data sets of pictures for an audit, and what it reports of them."""

import csv

import pytest
from helpers.tiny_layouts import save_image

from modgap.data.audit import audit
from modgap.data.draft import (
    Draft,
    captions_table,
    images_table,
)
from modgap.errors import InputError


def drafted(folder, n=4, captions=True, **labels):
    names = [f"{number}.jpg" for number in range(n)]
    for number, name in enumerate(names):
        save_image(folder / name, seed=number)
    ids = [f"i{number}" for number in range(n)]
    texts = captions_table([f"c{i}" for i in ids], ["a dog"] * n, ids)
    return Draft(folder, images_table(ids, names, **labels), texts if captions else texts[:0])


def reported(path):
    with path.open() as file:
        return [tuple(row.values()) for row in csv.DictReader(file, delimiter="\t")]


def refused_and_skipped(draft, tmp_path, problems, left):
    """Both policies on one draft: the same rows named, an error or the rest of the images."""
    report = tmp_path / "problems.tsv"
    with pytest.raises(InputError, match="or add pets to skip_bad in the config") as caught:
        audit(draft, report, "pets")
    assert reported(report) == [(*problem, "refused") for problem in problems]
    assert str(caught.value).startswith(
        f"data set pets: {len(problems)} problems: {problems[0][0]}"
    )
    clean = audit(draft, report, "pets", skip_bad=True)
    assert reported(report) == [(*problem, "skipped") for problem in problems]
    assert clean.images["image_id"].tolist() == left
    return clean
