import hashlib

import pytest
from helpers.file_server import serve_files

from modgap.errors import InputError
from modgap.models.embeddings import fetch_embeddings


def test_a_published_file_arrives_with_its_checksum_or_not_at_all(tmp_path):
    content = bytes(range(256)) * 40
    target = tmp_path / "embeddings" / "a.npy"
    with serve_files({"a.npy": content}) as server:
        address = f"{server.address}/a.npy"
        with pytest.raises(InputError, match=r"a\.npy.*SHA-256.*models\.tsv"):
            fetch_embeddings(address, "0" * 64, target)
        assert not target.exists()
        fetch_embeddings(address, hashlib.sha256(content).hexdigest(), target)
    assert target.read_bytes() == content
