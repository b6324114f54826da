import pytest
from helpers.tiny_shards import jpeg, pairs, save_shards, write_shard

from modgap.errors import InputError
from modgap.train.distributed.shards import read_pairs, read_shards


def test_pairs_of_all_shards_are_counted(tmp_path):
    found = read_shards(save_shards(tmp_path, 3, 4))
    assert (found.pairs, found.problems) == (12, ())
    assert found.counts == {f"{tmp_path}/{number:05d}.tar": 4 for number in range(3)}


def test_what_is_no_pair_is_named(tmp_path):
    files = pairs(0, 2) | {"a.jpg": jpeg(1), "b.txt": b"alone", "c.PNG": b"x", "c.TXT": b"y"}
    write_shard(tmp_path / "0.tar", files)
    whole = write_shard(tmp_path / "1.tar", pairs(10, 4)).read_bytes()
    (tmp_path / "1.tar").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "2.tar").write_bytes(b"no archive at all" * 100)
    found = read_shards(tmp_path)
    problems = {each.item: each.problem for each in found.problems}
    assert problems["0.tar/a"] == "image without caption"
    assert problems["0.tar/b"] == "no image"
    assert problems["1.tar"].startswith("shard cannot be read to its end")
    assert problems["2.tar"].startswith("shard cannot be read to its end")
    assert set(problems) == {"0.tar/a", "0.tar/b", "1.tar", "2.tar"}
    # The pairs before the cut count; a shard without any is not read.
    assert 3 < found.pairs < 7
    assert [path.rsplit("/", 1)[1] for path in found.counts] == ["0.tar", "1.tar"]


@pytest.mark.parametrize("damage", ["cut in a header", "cut between files", "header overwritten"])
def test_a_shard_that_ends_too_soon_is_named(tmp_path, damage):
    """tarfile takes what is no header for the end, so the pairs behind it were lost unnamed."""
    write_shard(tmp_path / "0.tar", pairs(0, 1))
    first = (tmp_path / "0.tar").read_bytes().rstrip(b"\0")
    begin = -(-len(first) // 512) * 512  # of the second pair
    path = write_shard(tmp_path / "1.tar", pairs(0, 3))
    whole = path.read_bytes()
    cut = {"cut in a header": whole[: begin + 300], "cut between files": whole[:begin]}
    path.write_bytes(cut.get(damage, whole[:begin] + b"x" * 512 + whole[begin + 512 :]))
    found = read_shards(tmp_path)
    assert [each.item for each in found.problems] == ["1.tar"]
    assert found.problems[0].problem.startswith("shard cannot be read to its end: no end mark")
    assert set(found.counts.values()) == {1}


def test_a_packed_shard_is_named(tmp_path):
    (save_shards(tmp_path, 2, 4) / "00002.tar.gz").write_bytes(b"packed")
    found = read_shards(tmp_path)
    assert [each.item for each in found.problems] == ["00002.tar.gz"]
    assert found.pairs == 8


def test_what_macos_leaves_beside_a_shard_is_none(tmp_path):
    save_shards(tmp_path, shards=1)
    (tmp_path / "._00000.tar").write_bytes(b"\x00\x05\x16\x07")
    found = read_shards(tmp_path)
    assert (found.pairs, found.problems) == (4, ())


def test_no_shards_and_shards_without_text(tmp_path):
    with pytest.raises(InputError, match=rf"{tmp_path}: no shard"):
        read_shards(tmp_path)
    (tmp_path / "0.tar.gz").write_bytes(b"")
    with pytest.raises(InputError, match=r"no shard .*; unpack 0\.tar\.gz to a \.tar"):
        read_shards(tmp_path)
    (tmp_path / "0.tar.gz").unlink()
    write_shard(tmp_path / "0.tar", {"a.jpg": jpeg(1)})
    expected = r"no image with a caption in 1 shards; .* 0\.tar/a: image without caption"
    with pytest.raises(InputError, match=expected):
        read_shards(tmp_path)


def test_the_first_pairs_of_a_shard_are_read(tmp_path):
    files = {"a.jpg": b"alone", "b.txt": b"text"} | pairs(0, 3)
    path = write_shard(tmp_path / "0.tar", files)
    found = list(read_pairs(path, 2))
    assert [key for key, _, _ in found] == ["00000000", "00000001"]
    assert found[1][1:] == (files["00000001.jpg"], files["00000001.txt"])
    assert len(list(read_pairs(path, 99))) == 3
