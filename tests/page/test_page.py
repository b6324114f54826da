"""The page as a file: what stands in it, where its links lead, what it does without."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from helpers.results_folder import CLAIMS, results_folder

from modgap.errors import InputError
from modgap.page.board import counts, read_board
from modgap.page.captions import read_caption
from modgap.page.contents import read_markdown
from modgap.page.scatter import scatter_points
from modgap.page.write import write_page

EVIL = "<script>alert('x')</script>"


class Parsed(HTMLParser):
    """Tags with their attributes, ids, and the text outside of scripts and styles."""

    def __init__(self, path):
        super().__init__()
        self.tags, self.text, self._skip = [], "", False
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._skip = tag in ("script", "style")

    def handle_endtag(self, tag):
        self._skip = False

    def handle_data(self, data):
        if not self._skip:
            self.text += data

    def all(self, tag, attribute):
        return [attrs[attribute] for name, attrs in self.tags if name == tag and attribute in attrs]

    @property
    def ids(self):
        return [attrs["id"] for _, attrs in self.tags if "id" in attrs]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("results")
    results_folder(made, left_out=("pools",), model=EVIL)
    write_page(made)
    return made


@pytest.fixture(scope="module")
def page(folder):
    return Parsed(folder / "index.html")


def test_every_link_leads_to_a_part_of_the_page_or_a_file_beside_it(folder, page):
    links = page.all("a", "href")
    assert len(links) > 100
    for link in links:
        if link.startswith("#"):
            assert page.ids.count(link[1:]) == 1, link
        else:
            assert (folder / link).is_file(), link
    assert "report.html" in links
    assert len(page.ids) == len(set(page.ids))


def test_nothing_is_loaded_from_anywhere_else(page):
    sources = [value for tag, attrs in page.tags for key, value in attrs.items() if key == "src"]
    assert all(value.startswith("data:image/png;base64,") for value in sources)
    assert all(value == "data:," for value in page.all("link", "href"))


def test_every_picture_says_what_it_shows(page):
    alts = [attrs.get("alt", "") for tag, attrs in page.tags if tag == "img"]
    assert len(alts) > 15
    for alt in alts:
        assert re.match(r"\w+: .{20,}", alt), alt


def test_every_claim_stands_there_with_its_evidence_and_its_command(page):
    for claim in CLAIMS.to_dict("records"):
        assert f"claim-{claim['claim']}" in page.ids
        assert claim["statement"] in page.text
        assert claim["rule"] in page.text
        if claim["artifact"] != "-":
            assert f"snakemake {claim['artifact'].replace('/', '_')} --cores all" in page.text


def test_what_is_absent_is_said_with_the_reason(page):
    assert "two_effects_table4: the study has no experiment 'pools'" in page.text
    assert "#absent-two_effects_table4" not in page.all("a", "href")  # no claim reads it
    assert "absent-two_effects_table4" in page.ids


def test_a_model_with_a_name_that_is_code_is_a_name(folder, page):
    text = (folder / "index.html").read_text(encoding="utf-8")
    assert EVIL not in text
    assert r"\u003cscript\u003ealert(\u0027x\u0027)\u003c/script\u003e" in text
    assert len([tag for tag, _ in page.tags if tag == "script"]) == 3


def test_text_of_the_configuration_and_of_the_sheets_is_escaped(tmp_path):
    results_folder(tmp_path)
    study = tmp_path / "study.yaml"
    study.write_text(study.read_text().replace("A controlled analogue", "<b>bold</b>"))
    board = tmp_path / "about/claims.csv"
    board.write_text(board.read_text().replace("Few dimensions", "<img src=x onerror=alert(1)>"))
    text = write_page(tmp_path).read_text(encoding="utf-8")
    assert "<b>bold</b>" not in text
    assert "&lt;b&gt;bold" in text
    assert "<img src=x" not in text
    assert "&lt;img src=x" in text


def test_a_folder_half_built_makes_a_page_that_says_what_is_missing(tmp_path):
    results_folder(tmp_path)
    for name in ("two_effects/fig3.png", "about/claims.csv", "models/zoo.csv", "report.html"):
        (tmp_path / name).unlink()
    page = Parsed(write_page(tmp_path))
    assert "not there: two_effects/fig3.png" in page.text
    assert "The board is not there yet" in page.text
    assert "report.html" not in page.all("a", "href")
    assert "two_effects/fig3.csv" in page.all("a", "href")


def test_a_folder_without_a_study_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"study.yaml: no configuration of a study"):
        write_page(tmp_path)
    assert not (tmp_path / "index.html").exists()


def test_the_same_folder_makes_the_same_page(folder, tmp_path):
    again = write_page(folder, tmp_path / "again.html")
    assert again.read_bytes() == (folder / "index.html").read_bytes()


def test_commands_of_another_study_name_its_configuration(tmp_path):
    study = results_folder(tmp_path / "tiny")
    claims = {claim.name: claim for claim in read_board(tmp_path / "tiny/about/claims.csv", study)}
    assert claims["few_dimensions"].command == (
        f"snakemake two_effects_fig4a --cores all --configfile {tmp_path}/tiny/study.yaml"
    )
    assert sum(counts(list(claims.values())).values()) == len(CLAIMS)
    assert len(counts(list(claims.values()))) >= 3


def test_the_scatter_has_every_model_with_each_gap_and_score(tmp_path):
    study = results_folder(tmp_path)
    points = scatter_points(study, tmp_path)
    of_zoo = points[points["experiment"] == "zoo"]
    assert set(of_zoo["model"]) == {"medium0", "medium1", "medium2", "large0", "large1"}
    assert set(of_zoo["x_name"]) == {"L2M", "RMG"}
    row = of_zoo[(of_zoo["model"] == "large1") & (of_zoo["x_name"] == "RMG")].set_index("y_name")
    assert row["x"].unique() == pytest.approx([0.35])
    assert row.loc["retrieval R@1, text to image [%]", "y"] == pytest.approx(35 / 4)
    assert row["training_set"].unique().tolist() == ["MAD, large"]


def test_a_table_with_bars_in_its_cells_is_read_cell_by_cell(tmp_path):
    path = tmp_path / "x.md"
    path.write_text("| a | b |\n|:--|--:|\n| x\\|y | 1.5 |\n|  | 2 |\n")
    table = read_markdown(path)
    assert (table.headings, table.numeric) == (["a", "b"], [False, True])
    assert table.rows == [["x|y", "1.5"], ["", "2"]]
    path.write_text("nothing")
    with pytest.raises(InputError, match="no table"):
        read_markdown(path)


def test_a_caption_is_html_and_one_sentence(tmp_path):
    config = {"study": "x", "statistics": {"confidence": 0.9}}
    path = tmp_path / "x.rst"
    path.write_text(
        'A *gap* < 1, study "{{ snakemake.config["study"] }}",\n'
        "{{ snakemake.params.confidence }}. More.\n{{ snakemake.params.stands_for }}\n"
    )
    caption = read_caption(path, config)
    assert caption.alt == 'A gap < 1, study "x", 0.9.'
    assert "<em>gap</em> &lt; 1" in caption.html
    path.write_text("{{ snakemake.wildcards.model }}")
    with pytest.raises(InputError, match=r"x.rst: no caption"):
        read_caption(path, config)
    path.write_text(".. raw:: html\n\n   <script>1</script>\n")
    assert "<script>" not in read_caption(path, config).html
    with pytest.raises(InputError, match="no caption"):
        read_caption(Path("nowhere.rst"), config)
