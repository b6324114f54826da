import csv
import unicodedata
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from helpers.tiny_layouts import save_caption_folder, save_image

from modgap.data.audit import audit
from modgap.data.caption_folder import caption_folder
from modgap.errors import InputError

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "flickr8k"
ROWS = [
    ("test", "b.jpg", 0, 'A "dog", running .'),
    ("test", "a.jpg", 0, "a cat"),
    ("test", "b.jpg", 1, "a dog"),
    ("train", "c.jpg", 0, "a horse"),
]


def test_one_split_in_the_order_of_the_table(tmp_path):
    draft = caption_folder(save_caption_folder(tmp_path, ROWS), "test")
    assert draft.images["image_id"].tolist() == ["b.jpg", "a.jpg"]
    assert draft.images["path"].tolist() == ["test/b.jpg", "test/a.jpg"]
    assert draft.texts["text_id"].tolist() == ["b.jpg#0", "a.jpg#0", "b.jpg#1"]
    assert draft.texts["text"][0] == 'A "dog", running .'
    assert draft.texts["image_id"].tolist() == ["b.jpg", "a.jpg", "b.jpg"]
    assert draft.problems == []


def test_splits_may_share_a_folder(tmp_path):
    save_caption_folder(tmp_path, [("images", *row[1:]) for row in ROWS])
    table = tmp_path / "captions.tsv"
    table.write_text("\n".join(["split\timage\tcaption_index\tcaption", "val\ta.jpg\t0\tcat"]))
    draft = caption_folder(tmp_path, "val")
    assert draft.images["path"].tolist() == ["images/a.jpg"]
    assert [p.item for p in draft.problems] == ["images/b.jpg", "images/c.jpg"]


def test_an_image_that_no_row_names_is_reported(tmp_path):
    folder = save_caption_folder(tmp_path, ROWS)
    save_image(folder / "test" / "z.png")
    (folder / "test" / "notes.txt").write_text("not an image")
    problems = caption_folder(folder, "test").problems
    assert [(p.item, p.problem) for p in problems] == [("test/z.png", "image without caption")]


def test_unsound_tables(tmp_path):
    with pytest.raises(InputError, match=r"captions\.tsv: no such file"):
        caption_folder(tmp_path, "test")
    table = tmp_path / "captions.tsv"
    table.write_text("split\timage\tcaption\ntest\ta.jpg\tcat\n")
    with pytest.raises(InputError, match=r"no column 'caption_index'"):
        caption_folder(tmp_path, "test")
    table.write_text("split\timage\tcaption_index\tcaption\ntest\ta.jpg\t0\tcat\n")
    with pytest.raises(InputError, match="no row of split 'dev'; its splits are: test"):
        caption_folder(tmp_path, "dev")


@pytest.mark.skipif(not SHARED.is_dir(), reason="no ../shared/data/flickr8k beside the checkout")
def test_flickr8k_has_the_known_counts():
    draft = caption_folder(SHARED, "test")
    assert (len(draft.images), len(draft.texts), draft.problems) == (1000, 5000, [])
    assert set(Counter(draft.texts["image_id"]).values()) == {5}
    assert all((SHARED / path).is_file() for path in draft.images["path"])


HEADER = "split\timage\tcaption_index\tcaption"


def _table(folder, *lines, encoding="utf-8", end="\n", images=("a.jpg", "b.jpg", "c.jpg")):
    """captions.tsv of these lines, with images in test/."""
    for number, name in enumerate(images):
        save_image(folder / "test" / name, seed=number)
    (folder / "captions.tsv").write_bytes(end.join([HEADER, *lines, ""]).encode(encoding))
    return folder


def _audited(folder, **known):
    draft = caption_folder(folder, "test")
    clean = audit(draft, folder / "report.tsv", "pets", skip_bad=True, **known)
    lines = (folder / "report.tsv").read_text().splitlines()[1:]
    return clean, [tuple(line.split("\t")[:2]) for line in lines]


SOUND = ["test\ta.jpg\t0\tUn café à l’heure", "test\tb.jpg\t0\tNone", "test\tc.jpg\t0\tNA"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n", "\t\t\r\n \t \r\n"])
def test_marks_line_ends_and_empty_cells_are_no_part_of_a_caption(tmp_path, encoding, end):
    folder = _table(tmp_path, *SOUND, encoding=encoding, end=end)
    clean, problems = _audited(folder, images=3, texts=3)
    assert clean.texts["text"].tolist() == ["Un café à l’heure", "None", "NA"]
    assert problems == []


def test_another_encoding_is_named_by_line(tmp_path):
    folder = _table(tmp_path, "test\tb.jpg\t0\tnone", SOUND[0], encoding="cp1252")
    with pytest.raises(InputError, match=r"captions\.tsv: line 3 is not UTF-8 text"):
        caption_folder(folder, "test")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("test\tb.jpg\t1", "3 cells, expected one for each of"),
        ("test\tb.jpg\t1\ta\tdog", "5 cells, expected one for each of"),
        ("a dog", "1 cells, expected one for each of"),
        ("test\t \t1\ta dog", "row names no image"),
    ],
)
def test_a_row_that_does_not_fit_is_one_problem(tmp_path, line, problem):
    folder = _table(tmp_path, SOUND[0], line, *SOUND[1:])
    clean, problems = _audited(folder, images=3, texts=4)
    assert len(clean.texts) == 3
    ((item, found),) = problems
    assert item == "captions.tsv line 3"
    assert found.startswith(problem)


def test_a_row_of_another_split_is_no_problem_of_this_one(tmp_path):
    folder = _table(tmp_path, *SOUND, "train\tz.jpg\t0\tword", "train\tz.jpg")
    assert _audited(folder, texts=3)[1] == []


def test_a_row_without_caption_leaves_the_others(tmp_path):
    folder = _table(tmp_path, *SOUND, "test\ta.jpg\t1\t \u200b")
    clean, problems = _audited(folder)
    assert problems == [("a.jpg#1", "caption is empty")]
    assert len(clean.texts) == 3


def test_quotes_are_words_unless_a_program_put_them_there(tmp_path):
    captions = ['A "big" dog', "A tab or a comma, and a 'word'", '"Stop" and "go"', '"Stop"']
    lines = [f"test\ta.jpg\t{n}\t{caption}" for n, caption in enumerate(captions)]
    folder = _table(tmp_path, *lines, images=["a.jpg"])
    assert _audited(folder)[0].texts["text"].tolist() == captions
    rows = [("test", "a.jpg", n, caption) for n, caption in enumerate(captions)]
    frame = pd.DataFrame(rows, columns=HEADER.split("\t"))
    for quoting, count in ((csv.QUOTE_MINIMAL, 3), (csv.QUOTE_ALL, 4), (csv.QUOTE_NONNUMERIC, 4)):
        frame.iloc[:count].to_csv(folder / "captions.tsv", sep="\t", index=False, quoting=quoting)
        assert _audited(folder)[0].texts["text"].tolist() == captions[:count]


def test_marks_of_a_spreadsheet_are_its_own(tmp_path):
    """They stand around the cells with a comma, and so around none of one's own words."""
    cells = ['"a cat, black"', "a dog", '"a ""big"" dog"']
    folder = _table(tmp_path, *(f"test\ta.jpg\t{n}\t{cell}" for n, cell in enumerate(cells)))
    texts = _audited(folder)[0].texts["text"].tolist()
    assert texts == ["a cat, black", "a dog", 'a "big" dog']
    folder = _table(tmp_path, f"test\ta.jpg\t0\t{cells[0]}", "test\ta.jpg\t1\ta dog, brown")
    assert _audited(folder)[0].texts["text"].tolist() == ['"a cat, black"', "a dog, brown"]


def test_marks_of_a_program_for_reasons_of_its_own(tmp_path):
    """duckdb puts them around "#1"; a mark that no program writes so shows that they are words."""
    cells = ['"#1 dog"', "a dog, brown", '"a ""big"" dog"']
    folder = _table(tmp_path, *(f"test\ta.jpg\t{n}\t{cell}" for n, cell in enumerate(cells)))
    texts = _audited(folder)[0].texts["text"].tolist()
    assert texts == ["#1 dog", "a dog, brown", 'a "big" dog']
    cells[1] = 'a "brown" dog'
    folder = _table(tmp_path, *(f"test\ta.jpg\t{n}\t{cell}" for n, cell in enumerate(cells)))
    texts = _audited(folder)[0].texts["text"].tolist()
    assert texts == ['"#1 dog"', 'a "brown" dog', 'a "big" dog']


def test_tabs_and_line_ends_within_marks_are_part_of_a_cell(tmp_path):
    """What pandas and spreadsheets write; the caption was '"a cat' under skip_bad."""
    captions = ["a cat\non a mat", "a\tdog", 'two\n\n"big"\nlines', "a horse"]
    rows = [("test", "a.jpg", n, caption) for n, caption in enumerate(captions)]
    folder = _table(tmp_path, images=["a.jpg"])
    frame = pd.DataFrame(rows, columns=HEADER.split("\t"))
    frame.to_csv(folder / "captions.tsv", sep="\t", index=False)
    clean, problems = _audited(folder)
    assert (clean.texts["text"].tolist(), problems) == (captions, [])
    frame[frame.columns[::-1]].to_csv(folder / "captions.tsv", sep="\t", index=False)
    assert _audited(folder)[0].texts["text"].tolist() == captions


def test_a_mark_that_is_never_closed_takes_no_other_row_along(tmp_path):
    folder = _table(tmp_path, 'test\ta.jpg\t0\t"a cat', "broken", *SOUND[1:])
    clean, problems = _audited(folder)
    assert clean.texts["text"][0] == '"a cat'
    assert [item for item, _ in problems] == ["captions.tsv line 3"]
    assert len(clean.texts) == len(SOUND)


def test_a_list_that_was_written_as_text_is_its_captions(tmp_path):
    cells = ['["a cat", "a pet"]', "['a dog', None]", "[sic]"]
    lines = [f"test\t{image}.jpg\t7\t{cell}" for image, cell in zip("abc", cells, strict=True)]
    clean, problems = _audited(_table(tmp_path, *lines))
    assert clean.texts["text"].tolist() == ["a cat", "a pet", "a dog", "[sic]"]
    ids = ["a.jpg#0", "a.jpg#1", "b.jpg#0", "c.jpg#7"]
    assert clean.texts["text_id"].tolist() == ids
    assert problems == [("b.jpg#1", "caption is null")]


def test_a_row_without_a_split_is_a_problem(tmp_path):
    clean, problems = _audited(_table(tmp_path, *SOUND, "\ta.jpg\t1\ta cat"))
    assert problems == [(f"captions.tsv line {len(SOUND) + 2}", "row names no split")]
    assert len(clean.texts) == len(SOUND)


def test_a_column_named_twice_is_refused(tmp_path):
    folder = _table(tmp_path, *SOUND)
    (folder / "captions.tsv").write_text(f"{HEADER}\tcaption\ntest\ta.jpg\t0\ta cat\tx\n")
    with pytest.raises(InputError, match=r"captions\.tsv: column 'caption' appears twice"):
        caption_folder(folder, "test")


def test_names_of_another_system_are_found(tmp_path):
    nfd = unicodedata.normalize("NFD", "Café noir.JPG")
    images = [nfd, "sub/b.png", "a.jpg"]
    lines = [
        "Café noir.jpg\t0\tone",
        "sub\\b.png\t0\ttwo",
        ".\\a.jpg\t0\tthree",
        "test/a.jpg\t1\t4",
    ]
    folder = _table(tmp_path, *(f"test\t{line}" for line in lines), images=images)
    clean, problems = _audited(folder, images=3, texts=4)
    assert problems == []
    assert clean.images["image_id"].tolist() == images
    assert clean.texts["image_id"].tolist() == [*images, "a.jpg"]


def test_names_as_seen_from_elsewhere_are_found_and_said(tmp_path):
    lines = [f"test\tD:\\pets\\test\\{name}\t0\ta dog" for name in ("a.jpg", "sub\\b.jpg")]
    lines += ["train\tD:\\pets\\train\\a.jpg\t0\ta cat"]
    folder = _table(tmp_path, *lines, images=["a.jpg", "sub/b.jpg"])
    clean, problems = _audited(folder, images=2, texts=2)
    assert clean.images["image_id"].tolist() == ["a.jpg", "sub/b.jpg"]
    assert problems == [("captions.tsv", "its images are named from D:/pets/test")]


@pytest.mark.parametrize("other", ["/data/b/test/a.jpg", "/data/a/train/b.jpg", "b.jpg"])
def test_names_of_several_places_are_not_those_of_one(tmp_path, other):
    """Two pictures of one name would be one, or those of another split would be taken for it."""
    lines = ["test\t/data/a/test/a.jpg\t0\ta dog", f"test\t{other}\t0\ta cat"]
    folder = _table(tmp_path, *lines, images=["a.jpg", "b.jpg"])
    paths = caption_folder(folder, "test").images["path"].tolist()
    assert paths == ["test//data/a/test/a.jpg", f"test/{other}"]


def test_a_row_may_end_before_a_column_that_is_not_used(tmp_path):
    folder = _table(tmp_path, "test\ta.jpg\t0\ta dog", images=["a.jpg"])
    table = folder / "captions.tsv"
    table.write_text(table.read_text().replace("caption\n", "caption\tsource\n"))
    clean, problems = _audited(folder, images=1, texts=1)
    assert (clean.texts["text"].tolist(), problems) == (["a dog"], [])


def test_what_else_the_folder_holds(tmp_path):
    folder = _table(tmp_path, *SOUND)
    for name in ("._a.jpg", "Thumbs.db", "readme.txt"):
        (folder / "test" / name).write_bytes(b"x")
    save_image(folder / "test" / "more" / "d.PNG")
    report = _audited(folder)[1]
    assert sorted(report) == [
        ("test/._a.jpg", "hidden"),
        ("test/Thumbs.db", "not an image"),
        ("test/more/d.PNG", "image without caption"),
        ("test/readme.txt", "not an image"),
    ]


def test_a_listed_file_is_an_image_whatever_its_name(tmp_path):
    folder = _table(tmp_path, *SOUND, "test\t.d.jpg\t0\tdog", "test\te\t0\tdog")
    for name in (".d.jpg", "e"):
        save_image(folder / "test" / f"{name}.png").rename(folder / "test" / name)
    clean, report = _audited(folder)
    assert (len(clean.images), report) == (5, [])


def test_a_folder_of_images_that_is_not_there(tmp_path):
    folder = _table(tmp_path, *SOUND)
    (folder / "test").rename(folder / "testing")
    with pytest.raises(InputError, match=r"test: no such folder; .* did you mean 'testing'"):
        caption_folder(folder, "test")
    (folder / "captions.tsv").write_text(HEADER + "\n")
    with pytest.raises(InputError, match="no row of split 'test'; it has no rows"):
        caption_folder(folder, "test")
    (folder / "captions.tsv").write_text(HEADER + "\nvalidation\ta.jpg\t0\tcat\n")
    with pytest.raises(InputError, match="no row of split 'val'; its splits are: validation"):
        caption_folder(folder, "val")
