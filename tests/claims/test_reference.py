import re
from pathlib import Path

import pytest

from modgap.claims.reference import read_claims, read_reference_values
from modgap.errors import InputError

REPO = Path(__file__).parents[2]
VALUES = REPO / "config" / "reference_values.tsv"
REFERENCE = REPO.parent / "shared" / "reference"
HEADER = "source\tartifact\tkeys\tmetric\trelation\tvalue\tstatus\tnote\n"


def test_one_row_per_number():
    found = read_reference_values(VALUES)
    keys = found.drop(columns=["relation", "value", "status", "note"])
    # The drop of accuracy stands there twice: as it follows, and as the paper prints it.
    assert set(found[keys.duplicated()]["metric"]) == {"accuracy_drop"}
    assert found["value"].notna().all()


def test_second_hand_numbers_are_marked():
    table1 = read_reference_values(VALUES, "two_effects", "table1")
    assert list(table1["status"]) == ["review", "review"]
    values = table1.set_index(["dataset", "group", "against"])["value"]
    assert values["imagenet", "medium", "l2m"] == -0.008
    assert values["imagenet", "medium", "rmg"] == -0.109


def test_only_the_keys_of_the_artifact_become_columns():
    found = read_reference_values(VALUES, "mind_the_gap", "fig2b")
    assert list(found)[:6] == ["source", "artifact", "activation", "bias", "depth", "limit"]
    relu = found[(found["activation"] == "relu") & (found["bias"] == "yes")]
    assert list(relu["value"]) == [0.32, 0.51, 0.60, 0.67, 0.73, 0.95, 1.0]
    assert (found["limit"] == "").sum() == len(found) - 1


def test_every_number_is_one_that_the_reference_states():
    if not REFERENCE.is_dir():
        pytest.skip("the reference texts are not beside the repository")
    text = " ".join(path.read_text() for path in sorted(REFERENCE.glob("*.md")))
    text = text.replace(",000", "000").replace("−", "-")
    stated = {abs(float(number)) for number in re.findall(r"\d*\.?\d+", text)}
    for row in read_reference_values(VALUES).itertuples():
        as_percent = round(row.value * 100, 6)
        assert {abs(row.value), as_percent} & stated, row


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("blog\tfig3\t\tl2m\t=\t1\tpaper\t", "line 2: source is 'blog'"),
        ("two_effects\tfig3\t\tl2m\t=\t1\tguess\t", "status is 'guess'"),
        ("two_effects\tfig3\t\tl2m\tat\t1\tpaper\t", "relation is 'at'"),
        ("two_effects\tfig3\t\tl2m\t=\tlow\tpaper\t", "value 'low' is no number"),
        ("two_effects\tfig3\tk\tl2m\t=\t1\tpaper\t", "keys 'k' is not of the form"),
        ("two_effects\tfig3\tvalue=2\tl2m\t=\t1\tpaper\t", "keys 'value=2'"),
    ],
)
def test_bad_rows_are_named(tmp_path, line, message):
    path = tmp_path / "values.tsv"
    path.write_text(HEADER + line + "\n")
    with pytest.raises(InputError, match=message):
        read_reference_values(path)


def test_seven_claims_with_their_artifacts(tmp_path):
    claims = read_claims(REPO / "config" / "claims.tsv")
    assert list(claims["claim"]) == [1, 2, 3, 4, 5, 6, 7]
    named = [name for artifacts in claims["artifacts"] for name in artifacts]
    assert all(re.fullmatch(r"(fig|table)\d+[a-d]?", name) for name in named)
    assert claims["statement"].str.len().gt(20).all()
    path = tmp_path / "claims.tsv"
    header = "claim\tsource\tstatement\tartifacts\tpaper_evidence\tcriticism\n"
    path.write_text(header + "1\ttwo_effects\tx\t\t\t\n")
    with pytest.raises(InputError, match="line 2: a claim needs a source and its artifacts"):
        read_claims(path)
