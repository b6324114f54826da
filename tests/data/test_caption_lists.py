import pytest
from helpers.caption_folders import audited, captioned

from modgap.data.caption_folder import caption_folder
from modgap.data.caption_lists import read_captions
from modgap.errors import InputError


def test_records_of_all_splits_in_one_list(tmp_path):
    rows = "train/0.jpg,nan\ntest/0.jpg,42\ntest/1.jpg,🐈 &amp; قطة\n"
    folder = captioned(
        tmp_path / "data",
        *("train/0.jpg", "test/0.jpg", "test/1.jpg"),
        metadata_dot_csv=f"file_name,text\n{rows}",
    )
    assert audited(folder, "test") == ([("0.jpg", "42"), ("1.jpg", "🐈 &amp; قطة")], [])
    assert len(audited(folder, "all", images=3, texts=3)[0]) == 3
    with pytest.raises(InputError, match=r"metadata\.csv: no row of split 'val'; its splits are"):
        caption_folder(folder, "val")


def test_karpathys_own_archives_call_the_list_dataset(tmp_path):
    text = '{"images": [{"filename": "0.jpg", "split": "val", "sentences": [{"raw": "a"}]}]}'
    folder = captioned(tmp_path / "data", "images/0.jpg", dataset_dot_json=text)
    assert audited(folder, "val") == ([("0.jpg", "a")], [])


def test_an_absolute_name_is_of_no_split(tmp_path):
    folder = captioned(tmp_path / "data", "t/0.jpg", captions_dot_csv="image,text\n/x/t/0.jpg,a\n")
    with pytest.raises(InputError, match=r"no row of split 't'; its splits are: all"):
        caption_folder(folder, "t")


def test_two_lists_and_none(tmp_path):
    folder = captioned(tmp_path / "data", metadata_dot_csv="", captions_dot_txt="")
    with pytest.raises(InputError, match=r"holds 2 lists of captions, metadata\.csv and captions"):
        read_captions(folder, "all")
    assert read_captions(tmp_path, "all") is None


def test_what_is_packed_is_refused_with_what_to_do(tmp_path):
    folder = captioned(tmp_path / "data", data__00000_dot_parquet="x")
    with pytest.raises(
        InputError,
        match=r"captions\.tsv: no such file; .* data/00000\.parquet is a table.*picture_table",
    ):
        caption_folder(folder, "all")
    (folder / "data" / "00000.tar").write_bytes(b"x")
    with pytest.raises(InputError, match=r"data/00000\.tar is a shard.*picture_shards"):
        caption_folder(folder, "all")


def test_splits_number_their_images_anew(tmp_path):
    """An image of one split has no caption because that of another has the same name."""
    rows = "0.jpg,a,train\n1.jpg,b,train\n2.jpg,c,train\n0.jpg,d,test\n"
    folder = captioned(
        tmp_path / "data",
        *("train/0.jpg", "train/1.jpg", "train/2.jpg", "test/0.jpg", "test/1.jpg"),
        metadata_dot_csv=f"image,caption,split\n{rows}",
    )
    pairs, report = audited(folder, "test")
    assert pairs == [("0.jpg", "d")]
    assert report == [("test/1.jpg", "image without caption", "skipped")]


def test_an_image_without_a_folder_where_folders_are_splits(tmp_path):
    folder = captioned(
        tmp_path / "data",
        *("test/0.jpg", "test/1.jpg", "train/0.jpg"),
        metadata_dot_csv="image,caption\ntest/0.jpg,a\n1.jpg,b\ntrain/0.jpg,c\n",
    )
    pairs, report = audited(folder, "test")
    assert pairs == [("0.jpg", "a")]
    fault = "its image has no folder, as others have that of their split"
    assert report[0] == ("metadata.csv line 3", fault, "skipped")


def test_an_image_beside_the_folder_of_a_split_is_of_another(tmp_path):
    text = "image,caption\ncats/0.jpg,a\n1.jpg,b\n"
    folder = captioned(tmp_path / "data", "images/cats/0.jpg", "images/1.jpg")
    (folder / "metadata.csv").write_text(text)
    assert audited(folder, "cats") == ([("cats/0.jpg", "a")], [])


def test_a_list_of_one_split_heeds_its_splits(tmp_path):
    text = "image,caption,split\n0.jpg,a,train\n1.jpg,b,val\n"
    folder = captioned(tmp_path / "data", "images/0.jpg", "images/1.jpg", train_dot_csv=text)
    assert audited(folder, "train") == ([("0.jpg", "a")], [])


def test_two_spellings_of_one_image_are_numbered_together(tmp_path):
    text = "image,caption\nimages/0.jpg,a\n0.jpg,b\n"
    folder = captioned(tmp_path / "data", "images/0.jpg", metadata_dot_csv=text)
    assert audited(folder, "all", texts=2) == ([("0.jpg", "a"), ("0.jpg", "b")], [])


def test_a_packed_list_is_named(tmp_path):
    folder = captioned(tmp_path / "data", "images/0.jpg", captions_dot_csv_dot_gz="x")
    with pytest.raises(InputError, match=r"captions\.csv\.gz is packed: unpack it \(gunzip"):
        caption_folder(folder, "all")
