import gzip

import pytest
from helpers.tiny_shards import jpeg, pairs, save_shards, write_shard

from modgap.data.adapters import build_manifest
from modgap.data.picture_shards import picture_shards
from modgap.errors import InputError
from modgap.formats.manifest import read_manifest
from modgap.study.datasets import DatasetRow

ROW = DatasetRow("pets", "picture_shards", "pets", "all", "", *[None] * 2, *["no"] * 5, "Get it")


def read(folder, split="all"):
    return picture_shards(folder, split, folder.parent / "out")


def test_pictures_and_captions_are_those_of_the_shards(tmp_path):
    draft = read(save_shards(tmp_path / "in", 2, 3))
    expected = pairs(0, 3) | pairs(1000, 3)
    keys = [f"{number:08d}" for number in (0, 1, 2, 1000, 1001, 1002)]
    assert draft.images["image_id"].tolist() == keys
    assert draft.texts["image_id"].tolist() == keys
    assert draft.texts["text"].tolist() == [expected[f"{key}.txt"].decode() for key in keys]
    stored = [(draft.root / path).read_bytes() for path in draft.images["path"]]
    assert stored == [expected[f"{key}.jpg"] for key in keys]
    assert (draft.notes, draft.problems) == ([], [])


CAPTIONS = {
    "lines of the text": ({"txt": b"a dog\r\nit runs\r\n"}, ["a dog", "it runs"], 1),
    "record before the text": (
        {"txt": b"a dog\nof two lines", "json": rb'{"caption": "a dog\nof two lines"}'},
        ["a dog\nof two lines"],
        0,
    ),
    "list in the record": ({"json": b'{"caption": ["a dog", "it runs"]}'}, ["a dog", "it runs"], 0),
    "list as text in the record": (
        {"txt": b'["a dog", "it runs"]', "json": rb'{"caption": "[\"a dog\", \"it runs\"]"}'},
        ["a dog", "it runs"],
        0,
    ),
    "list in the text": ({"txt": b"['a dog'\n 'it runs']"}, ["a dog", "it runs"], 0),
    "record without caption": ({"txt": b"a dog", "json": b'{"status": "success"}'}, ["a dog"], 0),
    "record that says another": ({"txt": b"a cat", "json": b'{"caption": "a dog"}'}, ["a dog"], 1),
    "record that is none": ({"txt": b"a dog", "json": b"{"}, ["a dog"], 1),
}


@pytest.mark.parametrize("kind", CAPTIONS)
def test_captions_of_a_sample(tmp_path, kind):
    files, expected, notes = CAPTIONS[kind]
    as_bytes = {
        name: text if isinstance(text, bytes) else text.encode() for name, text in files.items()
    }
    content = {"a/1.jpg": jpeg(1)} | {f"a/1.{name}": data for name, data in as_bytes.items()}
    write_shard(tmp_path / "in" / "0.tar", content)
    draft = read(tmp_path / "in")
    assert draft.texts["text"].tolist() == expected
    assert set(draft.texts["image_id"]) == {"1"}
    assert len(draft.notes) == notes


def test_the_shards_of_a_split_in_the_order_of_their_numbers(tmp_path):
    for number in (0, 1, 2, 10):
        if number != 1:
            write_shard(tmp_path / "in" / f"test-{number}.tar", pairs(number, 1))
    write_shard(tmp_path / "in" / "train-0.tar", pairs(50, 1))
    with pytest.raises(InputError, match="test: no part 1, but one after it"):
        read(tmp_path / "in", "test")
    for number in (1, *range(3, 10)):
        write_shard(tmp_path / "in" / f"test-{number}.tar", pairs(number, 1))
    keys = read(tmp_path / "in", "test").images["image_id"].tolist()
    assert keys == [f"{number:08d}" for number in range(11)]
    with pytest.raises(InputError, match=r"no \.tar file of split 'tset'.*test"):
        read(tmp_path / "in", "tset")


def test_numbered_shards_are_of_the_split_all(tmp_path):
    folder = save_shards(tmp_path / "in", 2, 3)
    with pytest.raises(InputError, match="its splits are: all"):
        read(folder, "test")
    shards = save_shards(tmp_path / "two" / "val", 1, 2)
    assert len(read(shards.parent, "val").images) == 2


def test_a_name_that_ends_in_a_number_is_a_split(tmp_path):
    write_shard(tmp_path / "in" / "val2017.tar", pairs(0, 1))
    write_shard(tmp_path / "in" / "val2014.tar", pairs(5, 2))
    assert len(read(tmp_path / "in", "val2017").images) == 1
    assert len(read(tmp_path / "in").images) == 3


def test_repeated_keys_are_no_ids_and_names_lead_nowhere(tmp_path):
    for number in (0, 1):
        evil = {"../../evil.jpg": jpeg(number), "../../evil.txt": b"words"}
        write_shard(tmp_path / "in" / f"{number}.tar", evil)
    draft = read(tmp_path / "in")
    assert draft.images["image_id"].is_unique
    assert not list(tmp_path.rglob("evil*"))


def test_what_macos_leaves_between_the_files_is_ignored_and_said(tmp_path):
    files = {}
    for name, data in pairs(0, 2).items():
        files |= {f"pets/._{name}": b"mac", f"pets/{name}": data}
    draft = read(write_shard(tmp_path / "in" / "0.tar", files).parent)
    assert draft.texts["text"].tolist() == [pairs(0, 2)[f"0000000{n}.txt"].decode() for n in (0, 1)]
    assert [(note.item, note.remark) for note in draft.notes] == [
        (f"0.tar/pets/._{name}", "hidden") for name in pairs(0, 2)
    ]


def test_hidden_shards_are_ignored_and_said(tmp_path):
    folder = save_shards(tmp_path / "in", 1, 2)
    (folder / "._00000.tar").write_bytes(b"\0\5\x16\7" + bytes(4092))
    draft = read(folder)
    assert (len(draft.images), draft.problems) == (2, [])
    assert [(note.item, note.remark) for note in draft.notes] == [("._00000.tar", "hidden")]


def test_a_key_that_repeats_is_a_problem(tmp_path):
    """The second picture took the place of the first, which was lost unnamed."""
    files = {"0.jpg": jpeg(0), "0.txt": b"first", "0.JPG": jpeg(1), "0.TXT": b"second"}
    files |= {"1.JPG": jpeg(2), "1.jpg": jpeg(3), "1.txt": b"third"}
    files |= {"2.jpg": jpeg(4), "2.txt": b"fourth"}
    write_shard(tmp_path / "in" / "0.tar", files)
    with pytest.raises(InputError, match="problems"):
        build_manifest(ROW, tmp_path / "in", tmp_path / "data")
    report = (tmp_path / "data" / "problems.tsv").read_text()
    assert "0.tar/0 (repeated)\t2 files of one suffix under this key" in report
    assert "0.tar/1\timage without caption" in report
    assert "0.tar/1 (repeated)\t2 files of one suffix under this key" in report
    build_manifest(ROW, tmp_path / "in", tmp_path / "data", skip_bad=True)
    texts = read_manifest(tmp_path / "data").texts
    assert texts["text"].tolist() == ["first", "fourth"]
    assert texts["image_id"].tolist() == ["0.tar/0", "0.tar/2"]


def test_half_a_character_is_a_problem_of_its_caption(tmp_path):
    files = {"0.jpg": jpeg(0), "0.json": rb'{"caption": "a smile \ud83d"}'} | pairs(1, 1)
    write_shard(tmp_path / "in" / "0.tar", files)
    build_manifest(ROW, tmp_path / "in", tmp_path / "data", skip_bad=True)
    report = (tmp_path / "data" / "problems.tsv").read_text()
    assert "0#0\tcaption holds half a character: a smile \\ud83d" in report
    assert read_manifest(tmp_path / "data").images["image_id"].tolist() == ["00000001"]


def test_keys_that_are_no_text_and_repeat_between_shards_are_written_as_escapes(tmp_path):
    for number in (0, 1):
        files = {"\udce9.jpg": jpeg(number), "\udce9.txt": b"words"}
        write_shard(tmp_path / "in" / f"{number}.tar", files)
    ids = read(tmp_path / "in").images["image_id"].tolist()
    assert ids == [r"0.tar/\udce9", r"1.tar/\udce9"]


def test_joined_shards_and_packed_ones_by_another_name_say_what_to_do(tmp_path):
    folder = save_shards(tmp_path / "in", 2, 3)
    (folder / "00000.tar").write_bytes(
        b"".join((folder / f"0000{number}.tar").read_bytes() for number in (0, 1))
    )
    (folder / "00001.tar").write_bytes(gzip.compress((folder / "00001.tar").read_bytes()))
    draft = read(folder)
    assert len(draft.images) == 3
    problems = {each.item: each.problem for each in draft.problems}
    assert "joined by cat" in problems["00000.tar"]
    assert problems["00001.tar"].endswith("packed by gzip; unpack it to a .tar")


def test_files_of_a_key_that_lie_apart_are_said_with_what_to_do(tmp_path):
    files = dict(sorted(pairs(0, 2).items(), key=lambda file: file[0][-4:]))
    write_shard(tmp_path / "in" / "0.tar", files)
    with pytest.raises(InputError, match="problems"):
        build_manifest(ROW, tmp_path / "in", tmp_path / "data")
    report = (tmp_path / "data" / "problems.tsv").read_text()
    assert "its files lie side by side (tar --sort=name)" in report


def test_what_cannot_be_used_is_a_problem_each(tmp_path):
    files = pairs(0, 2) | {
        "a.jpg": jpeg(5),
        "b.txt": b"alone",
        "c.v2.jpg": jpeg(6),
        "c.txt": b"of another key",
        "d.jpg": jpeg(7),
        "d.png": jpeg(8),
        "d.txt": b"which",
        "e.jpg": b"",
        "e.txt": b"empty",
        "f.jpg": jpeg(9),
        "f.txt": b"caf\xe9",
    }
    write_shard(tmp_path / "in" / "0.tar", files)
    whole = write_shard(tmp_path / "in" / "1.tar", pairs(10, 4)).read_bytes()
    (tmp_path / "in" / "1.tar").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="problems"):
        build_manifest(ROW, tmp_path / "in", tmp_path / "data")
    report = (tmp_path / "data" / "problems.tsv").read_text()
    for problem in (
        "a#0\tno caption among jpg; expected KEY.txt, or `caption` in KEY.json",
        "b\tno image among txt; a key ends at the first dot",
        "c\tno image among txt, v2.jpg",
        "d\t2 images of one key among jpg, png, txt",
        "e\timage is empty",
        "f#0\tcaption is b'caf\\xe9', expected words",
        "1.tar\tshard cannot be read to its end",
    ):
        assert problem in report, report
    build_manifest(ROW, tmp_path / "in", tmp_path / "data", skip_bad=True)
    kept = read_manifest(tmp_path / "data").images["image_id"].tolist()
    assert kept[:2] == ["00000000", "00000001"]
    assert 3 <= len(kept) <= 5


def test_packed_shards_of_other_splits_are_nothing_to_a_split(tmp_path):
    folder = write_shard(tmp_path / "in" / "test.tar", pairs(0, 2)).parent
    for name in ("train.tar.gz", "train-00000.tgz", "test.tar.gz", "._val.tar.gz"):
        (folder / name).write_bytes(b"packed")
    assert len(read(folder, "test").images) == 2
    for split, name in (("train", r"train-00000\.tgz"), ("all", r"train-00000\.tgz")):
        with pytest.raises(InputError, match=f"{name}: a packed shard; unpack it"):
            read(folder, split)


def test_no_shard_packed_ones_and_none_with_an_image(tmp_path):
    (tmp_path / "in").mkdir()
    with pytest.raises(InputError, match=r"no \.tar file of split 'all'.*it holds none"):
        read(tmp_path / "in")
    path = write_shard(tmp_path / "in" / "0.tar", {"a.txt": b"words"})
    with pytest.raises(InputError, match=r"no image in the shards .*\(no image among txt"):
        read(tmp_path / "in")
    (tmp_path / "in" / "1.tar.gz").write_bytes(gzip.compress(path.read_bytes()))
    with pytest.raises(InputError, match=r"1\.tar\.gz: a packed shard; unpack it"):
        read(tmp_path / "in")


def test_shards_of_one_name_in_the_folders_of_splits_are_told_apart(tmp_path):
    """As every split is written with numbers and keys from 0 on."""
    for part, first in (("test", 0), ("train", 2)):
        files = {"0.jpg": jpeg(first), "0.txt": part.encode()}
        files |= {"1.jpg": jpeg(first + 1), "1.txt": f"{part} again".encode()}
        write_shard(tmp_path / "in" / part / "00000.tar", files)
    draft = read(tmp_path / "in")
    keys = [f"{part}/00000.tar/{key}" for part in ("test", "train") for key in (0, 1)]
    assert draft.images["image_id"].tolist() == keys
    assert draft.texts["text"].tolist() == ["test", "test again", "train", "train again"]
    stored = [(draft.root / path).read_bytes() for path in draft.images["path"]]
    assert stored == [jpeg(seed) for seed in range(4)]
