import numpy as np
import pandas as pd
import pytest

from modgap.artifacts.write_table import cell, latex, markdown, write_table
from modgap.errors import InputError

TABLE = pd.DataFrame(
    {
        "score": ["zero_shot:digit", "a|b & 5%"],
        "tau": [-0.0123456, np.nan],
        "n": [12, 20000],
        "hidden": [1 / 3, 2 / 3],
    }
)
HEADINGS = {"score": "score", "n": "models", "tau": "τ"}


def written(folder, table=TABLE, headings=HEADINGS):
    files = [folder / f"t.{suffix}" for suffix in ("csv", "md", "tex")]
    write_table(table, headings, *files)
    return files


def test_csv_holds_every_column_unrounded(tmp_path):
    csv, _, _ = written(tmp_path)
    pd.testing.assert_frame_equal(pd.read_csv(csv), TABLE, check_exact=True)


def test_markdown_holds_the_headings_in_their_order(tmp_path):
    _, md, _ = written(tmp_path)
    text = md.read_text(encoding="utf-8")
    assert [[part.strip() for part in line.split(" | ")] for line in text.splitlines()[::2]] == [
        ["| score", "models", "τ |"],
        ["| zero_shot:digit", "12", "−0.012 |"],
    ]
    _, rule, first, second = text.splitlines()
    rules = rule.strip("|").split("|")
    assert [set(part) for part in rules] == [set(":-")] * 3
    assert [(part[0], part[-1]) for part in rules] == [(":", "-"), ("-", ":"), ("-", ":")]
    assert second.startswith("| a\\|b & 5% ")
    assert second.count("|") == first.count("|") + 1 == 5
    assert second.endswith("20,000 |        |")


def test_tex_is_a_booktabs_tabular_with_escaped_text(tmp_path):
    _, _, tex = written(tmp_path)
    assert tex.read_text(encoding="utf-8") == "\n".join(
        [
            r"\begin{tabular}{lrr}",
            r"\toprule",
            r"score & models & $\tau$ \\",
            r"\midrule",
            r"zero\_shot:digit & 12 & $-$0.012 \\",
            r"a|b \& 5\% & 20,000 &  \\",
            r"\bottomrule",
            r"\end{tabular}",
            "",
        ]
    )


@pytest.mark.parametrize("character", list(r"&%$#_{}~^" + "\\"))
def test_no_character_that_tex_acts_on_stays_bare(character):
    text = latex(pd.DataFrame({f"a{character}b": [f"c{character}d"]}), [False])
    body = text.splitlines()
    assert body[2].startswith("a\\")
    assert body[4].startswith("c\\")
    plain = body[4].removesuffix("\\\\").replace("\\" + character, "")
    assert plain.count(character) == (1 if character == "\\" else 0)


def test_a_backslash_is_not_escaped_twice():
    text = latex(pd.DataFrame({"a": ["\\%"]}), [False])
    assert "\\textbackslash \\%" in text


def test_numbers_as_text_stay_text():
    text = markdown(pd.DataFrame({"a": ["1e3"], "b": ["007"]}), [False, True])
    assert text.splitlines()[-1].split() == ["|", "1e3", "|", "007", "|"]


def test_two_writings_have_the_same_bytes(tmp_path):
    first, second = written(tmp_path / "a"), written(tmp_path / "b")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_a_heading_without_column_is_named(tmp_path):
    with pytest.raises(InputError, match=r"no columns \['p'\]; it has \['score'"):
        written(tmp_path, headings={"p": "p"})


def test_an_empty_table_keeps_its_head():
    empty = pd.DataFrame({"a": [], "b": []}, dtype=object)
    assert latex(empty, [False, True]).splitlines()[2] == r"a & b \\"
    assert markdown(empty, [False, True]).splitlines()[0].split() == ["|", "a", "|", "b", "|"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, "3"),
        (np.int64(1234567), "1,234,567"),
        (0.0, "0.000"),
        (-0.00012345, "−1.2e-04"),
        (12.3456, "12.3"),
        (-1234.5, "−1,234"),
        (float("nan"), ""),
        (np.float64("nan"), ""),
        (None, ""),
        (True, "True"),
        ("text", "text"),
    ],
)
def test_cell(value, text):
    assert cell(value) == text
