import pytest

from modgap.data.unidentified import unidentified

KINDS = {
    b"\n<!DOCTYPE html><html>404</html>": "a web page",
    b"\0\0\0\x18ftypheic\0\0\0\0mif1heic": "HEIC, which is not read here; save it as JPEG",
    b"\0\0\0\x0cJXL \r\n": "JPEG XL",
    b"%PDF-1.7": "a PDF",
    b"<svg xmlns='http://www.w3.org/2000/svg'/>": "a drawing in SVG",
    b"version https://git-lfs.github.com/spec/v1\noid sha256:6\n": "is a git-lfs pointer",
    b"\xff\xd8\xff": "cannot identify image file 'a.jpg'",
    b"": "cannot identify image file 'a.jpg'",
}


@pytest.mark.parametrize("content", KINDS)
def test_what_is_no_picture_is_called_what_it_is(tmp_path, content):
    (tmp_path / "a.jpg").write_bytes(content)
    assert KINDS[content] in unidentified(tmp_path / "a.jpg")
