import json

import numpy as np
import pandas as pd
import pytest
from helpers.vector_files import IDS, ROWS, D, N

from modgap.errors import InputError
from modgap.formats.json_frames import holds_columns
from modgap.formats.vectors import read_vectors

# What stands beside the dimensions of a wide frame, and how these are called.
BESIDE = {
    "words": ({"name": IDS}, "{}"),
    "whole numbers": ({"label": [5 * row for row in range(N)]}, "{}"),
    "numbers": ({"score": [0.25 * row for row in range(N)]}, "{}"),
    "dimensions in words": ({"label": [row % 3 for row in range(N)]}, "feat_{}"),
    "words, dimensions in words": ({"name": IDS}, "e{}"),
}


def wide(beside, name):
    columns = {name.format(n): ROWS[:, n].astype(float) for n in range(D)}
    return pd.DataFrame({**beside, **columns})


@pytest.mark.parametrize("case", BESIDE)
@pytest.mark.parametrize("orient", ["columns", "index"])
def test_columns_beside_dimensions_tell_columns_from_rows(tmp_path, case, orient):
    """Rows were taken for columns: other numbers, without a word."""
    frame = wide(*BESIDE[case])
    frame.to_json(tmp_path / "a.json", orient=orient, double_precision=15)
    cloud = read_vectors(tmp_path / "a.json", "images")
    np.testing.assert_allclose(cloud.vectors, ROWS, rtol=1e-6)
    (name,) = BESIDE[case][0]
    assert cloud.table[name].tolist() == frame[name].tolist()


@pytest.mark.parametrize("orient", ["columns", "index"])
def test_where_a_word_and_numbers_may_name_items_nothing_is_guessed(tmp_path, orient):
    """e0, e1, …, score: dimensions and a score, or items."""
    wide(BESIDE["numbers"][0], "e{}").to_json(tmp_path / "a.json", orient=orient)
    with pytest.raises(InputError, match=r"a\.json: .*cannot be told .*orient=\"records\""):
        read_vectors(tmp_path / "a.json", "images")


@pytest.mark.parametrize("names", [["cat1", "cat2", "dog1"], ["a.jpg", "1.jpg", "2.jpg"]])
def test_items_named_by_words_and_numbers_are_rows(names):
    rows = {name: {"0": 0.5, "1": float(place)} for place, name in enumerate(names)}
    assert not holds_columns(json.loads(json.dumps(rows)), "a.json")


def test_what_numbers_in_names_alone_say_is_warned_of(tmp_path, caplog):
    """PC1, PC2, … may be items as well as dimensions."""
    names, rows = [f"PC{n + 1}" for n in range(D)], [f"dog{n}" for n in range(N)]
    wide({}, "{}").set_axis(names, axis=1).set_axis(rows).to_json(tmp_path / "a.json")
    read_vectors(tmp_path / "a.json", "images")
    assert f"read as {D} rows, 'PC1', …, of {N} columns, 'dog0', …; if they are" in caplog.text


def test_dimensions_that_say_so_are_not_warned_of(tmp_path, caplog):
    wide({}, "emb{}").set_axis([f"dog{n + 1}" for n in range(N)]).to_json(tmp_path / "a.json")
    np.testing.assert_allclose(read_vectors(tmp_path / "a.json", "images").vectors, ROWS, rtol=1e-6)
    assert "read as" not in caplog.text
