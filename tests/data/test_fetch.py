import hashlib
import json
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.file_server import serve_files
from helpers.packed import NOISE, contents, tarred, zipped
from helpers.tiny_layouts import save_cifar10, save_cifar100, save_coco

from modgap.data.adapters import build_manifest
from modgap.data.fetch import fetch_dataset
from modgap.downloads import archives, http, retry
from modgap.errors import InputError
from modgap.study.datasets import DatasetRow, read_datasets

SHEET = Path(__file__).parents[2] / "config" / "datasets.tsv"


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(retry, "_WAIT_SECONDS", 0.0)
    monkeypatch.setattr(http, "_CHUNK", 10_000)
    with serve_files({}) as files:
        yield files


def row_of(server, name: str = "cifar10", **archives: bytes) -> DatasetRow:
    """A row of the sheet whose archives are served here."""
    row = read_datasets(SHEET)[name]
    names = [address.rsplit("/", 1)[1] for address in row.source.split()]
    assert len(names) == len(archives)
    server.contents = dict(zip(names, archives.values(), strict=True))
    return replace(
        row,
        source=" ".join(f"{server.address}/{name}" for name in names),
        md5=" ".join(hashlib.md5(content).hexdigest() for content in archives.values()),
        images=None,
        texts=None,
    )


def small(server) -> DatasetRow:
    """CIFAR-10's row with an archive of one file of noise."""
    return row_of(server, archive=tarred({"cifar-10-batches-py/noise": NOISE}))


def test_coco_arrives_as_its_adapter_reads_it(server, tmp_path):
    source = contents(save_coco(tmp_path / "source"))
    images = {name: data for name, data in source.items() if name.startswith("val2017/")}
    notes = {name: data for name, data in source.items() if name.startswith("annotations/")}
    unneeded = {
        "annotations/instances_val2017.json": b"{}",
        "annotations/captions_train2017.json": b"",
    }
    row = row_of(server, "coco", images=zipped(images), notes=zipped(notes | unneeded))
    facts = fetch_dataset(row, tmp_path / "there")
    record = (tmp_path / "there" / "coco.json").read_bytes()
    assert json.loads(record) == facts
    assert [entry["md5"] for entry in facts["archives"]] == row.md5.split()
    assert [entry["bytes"] for entry in facts["archives"]] == [
        len(content) for content in server.contents.values()
    ]
    found = contents(tmp_path / "there")
    assert found.keys() - source == {"coco.json", ".coco.files.json"}
    assert found | source | {"coco.json": record} == found
    manifest = build_manifest(row, tmp_path / "there", tmp_path / "manifest")
    assert (len(manifest.images), len(manifest.texts)) == (3, 15)


def test_two_data_sets_share_a_folder(server, tmp_path):
    save_cifar10(tmp_path / "ten")
    save_cifar100(tmp_path / "hundred")
    for name, source in (("cifar10", "ten"), ("cifar100", "hundred")):
        row = row_of(server, name, archive=tarred(contents(tmp_path / source)))
        fetch_dataset(row, tmp_path / "cifar")
    expected = {**contents(tmp_path / "ten"), **contents(tmp_path / "hundred")}
    found = contents(tmp_path / "cifar")
    records = {
        f"{name}.json" for name in ("cifar10", "cifar100", ".cifar10.files", ".cifar100.files")
    }
    assert found.keys() - expected == records
    assert all(found[name] == data for name, data in expected.items())
    for name in ("cifar10", "cifar100"):
        row = replace(read_datasets(SHEET)[name], images=None, texts=None)
        assert len(build_manifest(row, tmp_path / "cifar", tmp_path / name).images) > 0


def test_a_cut_connection_goes_on_where_it_stood(server, tmp_path):
    row = small(server)
    server.cuts = [100_000, 50_000]
    fetch_dataset(row, tmp_path)
    assert (tmp_path / "cifar-10-batches-py" / "noise").read_bytes() == NOISE
    assert [asked for _, asked in server.asked] == ["", "bytes=100000-", "bytes=150000-"]


def test_more_cuts_than_tries_are_no_failure_as_long_as_something_comes(server, tmp_path):
    row = small(server)
    server.cuts = [30_000] * 8
    fetch_dataset(row, tmp_path)
    assert len(server.asked) == 9


def test_the_next_run_goes_on_where_a_failed_one_stood(server, tmp_path):
    row = small(server)
    server.cuts, server.status = [200_000], []
    # The server is gone after the first piece.
    first = row.source
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("time.sleep", lambda seconds: server.status.append(503))
        with pytest.raises(
            InputError, match=rf"{first}: no download in 4 tries .* next run goes on where"
        ):
            fetch_dataset(row, tmp_path)
    assert not (tmp_path / "cifar10.json").exists()
    assert not (tmp_path / "cifar-10-batches-py").exists()
    server.asked, server.status = [], []
    fetch_dataset(row, tmp_path)
    assert [asked for _, asked in server.asked] == ["bytes=200000-"]
    assert [path.name for path in tmp_path.glob(".*")] == [".cifar10.files.json"]


def test_a_server_that_knows_no_ranges_starts_anew(server, tmp_path):
    row = small(server)
    server.cuts, server.ranges = [100_000], False
    fetch_dataset(row, tmp_path)
    assert (tmp_path / "cifar-10-batches-py" / "noise").read_bytes() == NOISE


@pytest.fixture
def fetched(server, tmp_path):
    """A row and its files; DATASET.json is gone, as Snakemake removes it before a job."""
    row = small(server)
    facts = fetch_dataset(row, tmp_path)
    before = contents(tmp_path)
    (tmp_path / "cifar10.json").unlink()
    server.asked.clear()
    return row, facts, before


def test_what_is_there_is_not_downloaded_again(server, tmp_path, fetched):
    row, facts, before = fetched
    other_texts = replace(row, how="Ask somebody", licence="unknown", images=7)
    assert fetch_dataset(other_texts, tmp_path) == facts
    assert server.asked == []
    assert contents(tmp_path) == before


def test_what_is_missing_or_cut_is_downloaded_again(server, tmp_path, fetched):
    row, facts, before = fetched
    noise = tmp_path / "cifar-10-batches-py" / "noise"
    for damage in (noise.unlink, lambda: noise.write_bytes(NOISE[:-1])):
        damage()
        server.asked.clear()
        assert fetch_dataset(row, tmp_path) == facts
        assert len(server.asked) == 1
        assert contents(tmp_path) == before


def test_other_archives_or_members_are_downloaded(server, tmp_path, fetched):
    row, _, _ = fetched
    fetch_dataset(replace(row, members="*/noise"), tmp_path)
    assert len(server.asked) == 1
    other = row_of(server, archive=tarred({"cifar-10-batches-py/noise": NOISE[::-1]}))
    fetch_dataset(other, tmp_path)
    assert (tmp_path / "cifar-10-batches-py" / "noise").read_bytes() == NOISE[::-1]
    (tmp_path / ".cifar10.files.json").write_text("{")
    server.asked.clear()
    fetch_dataset(other, tmp_path)
    assert len(server.asked) == 1


def test_a_whole_part_is_not_asked_for_again(server, tmp_path):
    row = small(server)
    (name, content), *_ = server.contents.items()
    parts = tmp_path / ".cifar10.download"
    parts.mkdir()
    (parts / f".{name}.{row.md5[:16]}.part").write_bytes(content)
    fetch_dataset(row, tmp_path)
    assert [asked for _, asked in server.asked] == [f"bytes={len(content)}-"]


def test_a_part_of_something_else_is_dropped(server, tmp_path):
    row = small(server)
    (name, content), *_ = server.contents.items()
    parts = tmp_path / ".cifar10.download"
    for wrong in (b"x" * 1000, b"x" * (len(content) + 1)):
        parts.mkdir()
        (parts / f".{name}.{row.md5[:16]}.part").write_bytes(wrong)
        fetch_dataset(row, tmp_path)
        assert (tmp_path / "cifar-10-batches-py" / "noise").read_bytes() == NOISE


def test_a_wrong_sum_is_refused_and_nothing_of_it_kept(server, tmp_path):
    row = small(server)
    (name, content), *_ = server.contents.items()
    server.contents[name] = content[:-1] + bytes([content[-1] ^ 1])
    found = hashlib.md5(server.contents[name]).hexdigest()
    with pytest.raises(
        InputError, match=f"{name}: its MD5 is {found}, expected {row.md5}.* datasets.tsv"
    ):
        fetch_dataset(row, tmp_path)
    assert contents(tmp_path) == {}
    server.contents[name] = content
    fetch_dataset(row, tmp_path)


def test_an_archive_of_another_sum_is_not_taken_for_it(server, tmp_path):
    other = row_of(server, archive=zipped({"elsewhere": b"x"}))
    with pytest.raises(InputError, match="no file matches"):
        fetch_dataset(other, tmp_path)
    fetch_dataset(small(server), tmp_path)
    assert (tmp_path / "cifar-10-batches-py" / "noise").read_bytes() == NOISE


def test_an_address_without_file_is_said_at_once(server, tmp_path):
    row = small(server)
    server.contents = {}
    with pytest.raises(InputError, match=r"gz: the server answers 404 .*columns\s+source"):
        fetch_dataset(row, tmp_path)
    assert len(server.asked) == 1


def test_no_server_is_tried_again_and_named(server, tmp_path, caplog):
    row = replace(small(server), source="http://127.0.0.1:9/a.tar.gz")
    with pytest.raises(
        InputError, match=r"http://127\.0\.0\.1:9/a\.tar\.gz: no download in 4 tries"
    ):
        fetch_dataset(row, tmp_path)
    assert caplog.text.count("trying again") == 3


@pytest.mark.parametrize("pack", [zipped, tarred])
@pytest.mark.parametrize("evil", ["../evil", "/evil", "cifar-10-batches-py/../../../evil"])
def test_a_member_that_points_outside_stops_everything(server, tmp_path, pack, evil):
    members = {"cifar-10-batches-py/good": b"good", evil: b"evil"}
    if evil == "/evil":
        members = {"cifar-10-batches-py/good": b"good", f"{tmp_path}/evil": b"evil"}
    row = row_of(server, archive=pack(members))
    with pytest.raises(InputError, match=r"data set cifar10: .*evil', which points outside"):
        fetch_dataset(row, tmp_path / "a" / "there")
    assert not list(tmp_path.rglob("evil"))
    assert not list((tmp_path / "a" / "there").rglob("good"))


def test_a_link_is_not_followed(server, tmp_path):
    link = tarfile.TarInfo("cifar-10-batches-py/link")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
    row = row_of(server, archive=tarred({"link": link}))
    with pytest.raises(InputError, match="'cifar-10-batches-py/link' is no plain file"):
        fetch_dataset(row, tmp_path)


def test_an_archive_without_what_is_needed(server, tmp_path):
    row = row_of(server, archive=zipped({"elsewhere/data_batch_1": b"x"}))
    with pytest.raises(InputError, match=r"no file matches 'cifar-10-batches-py/\*' in cifar-10-"):
        fetch_dataset(row, tmp_path)
    assert not (tmp_path / "cifar10.json").exists()


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_an_archive_that_was_published_damaged(server, tmp_path, pack):
    whole = pack({"cifar-10-batches-py/noise": NOISE})
    row = row_of(server, archive=whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"data set cifar10: .*cannot be unpacked"):
        fetch_dataset(row, tmp_path)
    assert not (tmp_path / "cifar-10-batches-py").exists()


def _full(*args, **options):
    raise OSError(28, "No space left on device")


def test_a_disk_that_fills_up_during_the_download(server, tmp_path, monkeypatch):
    row = small(server)

    class Full(http.Progress):
        def add(self, count):
            super().add(count)
            if self.done >= 150_000:
                _full()

    with monkeypatch.context() as patch:
        patch.setattr(http, "Progress", Full)
        with pytest.raises(
            InputError, match=r"gz: no space left on the disk .* fetched so far\s+stays"
        ):
            fetch_dataset(row, tmp_path)
    assert len(server.asked) == 1
    fetch_dataset(row, tmp_path)
    assert [asked for _, asked in server.asked] == ["", "bytes=150000-"]


def test_a_disk_that_fills_up_during_the_unpacking(server, tmp_path, monkeypatch):
    row = small(server)
    with monkeypatch.context() as patch:
        patch.setattr(archives.tarfile.TarFile, "extract", _full)
        with pytest.raises(InputError, match="no space left on the disk"):
            fetch_dataset(row, tmp_path)
    assert not (tmp_path / "cifar-10-batches-py").exists()
    fetch_dataset(row, tmp_path)
    assert len(server.asked) == 1


def test_what_may_not_be_downloaded_says_how_to_get_it(tmp_path):
    row = read_datasets(SHEET)["imagenet"]
    expected = r"imagenet is not for download \(.*\)\. Register.*https://.*; then set folders\.imag"
    with pytest.raises(InputError, match=expected):
        fetch_dataset(row, tmp_path / "there")
    assert not (tmp_path / "there").exists()


def test_every_row_for_download_declares_what_its_adapter_reads():
    rows = {name: row for name, row in read_datasets(SHEET).items() if row.download == "yes"}
    assert set(rows) >= {"coco", "cifar10", "cifar100"}
    for row in rows.values():
        addresses = row.source.split()
        assert len({address.rsplit("/", 1)[-1] for address in addresses}) == len(addresses)
