import io
from types import SimpleNamespace

import numpy as np
import torch
from PIL import Image

from modgap.train.distributed.pairs import Faults, PairFilter, ViewTokenizer, picture


def sample(key="1", **files):
    return {"__key__": key, "__url__": "/somewhere/0.tar", **files}


def problems(faults):
    return {each.item: each.problem for each in faults.read()}


def test_nothing_but_the_pair_goes_on_to_be_decoded(tmp_path):
    """A pickle among the files of a sample would be run."""
    pair = sample(jpg=b"i", txt=b"a dog", pkl=b"evil", json=b"{}", png=b"second")
    assert PairFilter(Faults(tmp_path))(pair)
    assert pair == sample(jpg=b"i", txt=b"a dog")


def test_what_is_no_pair_is_noted_once(tmp_path):
    check = PairFilter(Faults(tmp_path))
    for _ in range(2):
        assert not check(sample("none", jpg=b"i"))
        assert not check(sample("empty", jpg=b"i", txt=b" ...\n"))
        assert not check(sample("bytes", jpg=b"i", txt=b"caf\xe9"))
        assert not check(sample("text", txt=b"a dog"))
    assert check(sample("sound", jpg=b"i", txt="été".encode()))
    assert check.failed(OSError("image file is\ntruncated"))
    noted = problems(check.faults)
    assert noted.pop("0.tar/bytes").startswith("caption: line 1 is not UTF-8 text (byte 0xe9)")
    assert noted == {
        "0.tar/none": "image without caption",
        "0.tar/empty": "caption without a word",
        "0.tar/sound": "cannot be decoded: image file is truncated",
    }
    assert len(next(tmp_path.iterdir()).read_text().splitlines()) == 4


def test_marks_are_no_part_of_a_caption(tmp_path):
    check = PairFilter(Faults(tmp_path))
    for encoding in ("utf-8-sig", "utf-16"):
        pair = sample(jpg=b"i", txt="a dog".encode(encoding))
        assert check(pair)
        assert pair["txt"] == b"a dog"


def test_pictures_are_read_as_everywhere(tmp_path):
    """webdataset's own decoder clips deep pictures at 255 and leaves turned ones on their side."""
    deep, turned, exif = io.BytesIO(), io.BytesIO(), Image.Exif()
    Image.fromarray(np.full((20, 30), 77 * 257, np.uint16)).save(deep, "png")
    exif[0x0112] = 6
    Image.new("RGB", (30, 20)).save(turned, "jpeg", exif=exif)
    assert np.unique(picture(".png", deep.getvalue())).tolist() == [77]
    assert picture("jpg", deep.getvalue()).mode == "RGB"
    assert picture("JPG", turned.getvalue()).size == (20, 30)
    assert picture("txt", b"a dog") is None


def test_processes_write_files_of_their_own(tmp_path, monkeypatch):
    for process, item in ((1, "b"), (2, "a"), (2, "b")):
        monkeypatch.setattr("os.getpid", lambda process=process: process)
        Faults(tmp_path).note(item, "bad")
    assert list(problems(Faults(tmp_path))) == ["a", "b"]


class Words:
    """A tokenizer that keeps what it was given."""

    def __init__(self):
        self.seen = []

    def __call__(self, texts):
        self.seen += texts
        return torch.zeros(len(texts), 3)


def drawn(texts, epoch=0, seed=0, name="half"):
    words = Words()
    tokens = ViewTokenizer(words, name, seed, SimpleNamespace(get_value=lambda: epoch))(texts)
    assert tokens.shape == (1 if isinstance(texts, str) else len(texts), 3)
    return words.seen


def test_the_draw_depends_on_caption_epoch_and_seed_alone():
    texts = [f"a b c {number}" for number in range(40)]
    views = drawn(texts)
    # Another process, another order, one by one: the same.
    assert [drawn(text)[0] for text in texts] == views
    assert drawn(texts[::-1]) == views[::-1]
    assert all(each in ("a b", f"c {number}") for number, each in enumerate(views))
    assert 8 < views.count("a b") < 32
    assert drawn(texts, epoch=1) != views
    assert drawn(texts, seed=1) != views
    assert drawn(texts, name="full") == texts
