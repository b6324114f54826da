import numpy as np
import pandas as pd
import pytest

from modgap.artifacts.write_table import cell, escaped, latex, write_table
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
    assert md.read_text(encoding="utf-8") == (
        "| score | models | τ |\n"
        "| --- | ---: | ---: |\n"
        "| zero_shot:digit | 12 | −0.012 |\n"
        "| a\\|b & 5% | 20,000 |  |\n"
    )


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
    text = escaped(f"a{character}b")
    assert text != f"a{character}b"
    assert text.startswith("a\\")
    assert text.endswith("b")


def test_a_backslash_is_not_escaped_twice():
    assert escaped("\\%") == r"\textbackslash{}\%"


def test_two_writings_have_the_same_bytes(tmp_path):
    first, second = written(tmp_path / "a"), written(tmp_path / "b")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_a_heading_without_column_is_named(tmp_path):
    with pytest.raises(InputError, match=r"no columns \['p'\]; it has \['score'"):
        written(tmp_path, headings={"p": "p"})


def test_an_empty_table_keeps_its_head():
    assert latex(["a", "b"], [], [False, True]).splitlines()[2] == r"a & b \\"


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
