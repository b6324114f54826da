"""What a file is that is called an image, and that no decoder takes for one."""

import re
from pathlib import Path

from modgap.errors import InputError
from modgap.formats.pointers import POINTER_FAULT, check_fetched

# By how they begin.
_BEGIN = 64
_SAVE = "save it as JPEG or PNG"
_KINDS = (
    (rb"\s*<(!doctype )?html", "a web page, as a site sends it for a picture that is gone"),
    (rb".{4}ftyp(hei|hev|mif1|msf1)", f"HEIC, which is not read here; {_SAVE}"),
    (rb"\xff\x0a|\0\0\0\x0cJXL ", f"JPEG XL, which is not read here; {_SAVE}"),
    (rb"%PDF", f"a PDF; {_SAVE}"),
    (rb"\s*<(svg|\?xml)", f"a drawing in SVG, or other XML; {_SAVE}"),
)


def unidentified(path: Path) -> str:
    """The fault of a file that cannot be decoded, with what it is if its first bytes tell."""
    try:
        check_fetched(path)
    except InputError:
        return POINTER_FAULT
    with path.open("rb") as file:
        begin = file.read(_BEGIN)
    kinds = (what for mark, what in _KINDS if re.match(mark, begin, re.DOTALL | re.IGNORECASE))
    return f"cannot be decoded: {next(kinds, f'cannot identify image file {path.name!r}')}"
