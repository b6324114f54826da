"""Text files that somebody wrote: one reader for captions, class lists, pair lists and sheets.

Byte order marks are no part of a word and a line may end as Windows ends it. Text is UTF-8, or
UTF-16 or UTF-32 if a mark says so; anything else is refused by file and line, since a guessed
encoding would change words without a word.
"""

import codecs
import csv
import io
import os
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from modgap.errors import InputError
from modgap.formats.packed import read_unpacked
from modgap.formats.pointers import POINTER_FAULT, is_pointer

# UTF-32 first: its little-endian mark begins like that of UTF-16.
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
    codecs.BOM_UTF8: "utf-8",
}
# A cell may hold thousands of numbers, but not, by a stray quote, all of a file.
csv.field_size_limit(2**24)
_PACKED = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"\x28\xb5\x2f\xfd": "zstd"}
_PACKED |= {b"\xfd7zXZ": "xz"}
_CHUNK = 2**20
_QUOTING = (
    "a cell that holds quotes or separators stands in double quotes, and quotes in it are doubled: "
    '"a ""b"" c"'
)


def read_text(path: str | os.PathLike) -> str:
    r"""Read a text file whole, without byte order marks, with lines that end in "\n".

    Parameters
    ----------
    path
        A file in UTF-8, or in UTF-16 or UTF-32 with its mark; packed by gzip if it is called .gz.

    Raises
    ------
    InputError
        Naming the file if it is missing, a folder, not readable or not to be unpacked, and the line
        that is no text.
    """
    check_file(path)
    try:
        data = read_unpacked(path)
    except OSError as error:
        raise InputError(f"{path}: not readable ({error.strerror})") from error
    return decode(data, path)


def read_lines(path: str | os.PathLike) -> list[tuple[int, str]]:
    """Read a text file as (line number from 1, line without its end); errors as `read_text`.

    Only line ends part lines, not the form feeds and separators within a line at which
    `str.splitlines` would cut a caption.
    """
    return _numbered(read_text(path), 1)


def stream_lines(file: BinaryIO, name: str | os.PathLike) -> Iterator[tuple[int, str]]:
    """Yield what `read_lines` returns from an open binary file, never all of it in memory.

    `name` is what errors call the file. One unpacked on the way (gzip) may be damaged: that is an
    `InputError` too.
    """
    first = 1
    while True:
        try:
            lines = file.readlines(_CHUNK)
            if first == 1 and lines and _encoding(lines[0])[0] != "utf-8":
                lines.append(file.read())  # a byte 0x0A may be half a character here
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(f"{name}: not readable to its end ({error})") from error
        if not lines:
            return
        chunk = _numbered(decode(b"".join(lines), name, first), first)
        yield from chunk
        first += len(chunk)


def read_rows(path: str | os.PathLike, separator: str) -> list[tuple[int, list[str]]]:
    """Read a table of text as (number of the line it begins in, cells without blanks around them).

    Cells may be quoted as in CSV, with line ends within the quotes and blanks around them; blank
    lines are left out. A line with a quote that is not closed or not doubled is a row of one cell,
    see `cells_fault`. Errors as `read_text`.
    """
    return sound_rows_of(read_text(path), separator)


def sound_rows_of(text: str, separator: str) -> list[tuple[int, list[str]]]:
    """The rows of a text that has been read; see `read_rows`."""
    lines = [*io.StringIO(_closed_up(text, separator))]
    rows, place, error = _rows_from(lines, 0, separator)
    while error:
        rows.append((place + 1, [lines[place].strip()]))
        more, place, error = _rows_from(lines, place + 1, separator)
        rows += more
    return rows


def rows_of(text: str, separator: str, name: str | os.PathLike) -> list[tuple[int, list[str]]]:
    """The same of a text whose rows must all be sound, as written.

    Raises
    ------
    InputError
        Naming the file, and the line of a quote that is not closed or not doubled.
    """
    rows, place, error = _rows_from([*io.StringIO(text)], 0, separator)
    if error:
        raise InputError(f"{name}: line {place + 1}: {error}; {_QUOTING}") from error
    return rows


def _rows_from(
    lines: list[str], first: int, separator: str
) -> tuple[list[tuple[int, list[str]]], int, csv.Error | None]:
    """The rows from a line on to the first that is not sound, where that is, and why it is not."""
    reader = csv.reader(
        (lines[n] for n in range(first, len(lines))), delimiter=separator, strict=True
    )
    rows, begin = [], first
    try:
        for cells in reader:
            # A blank line is none; one with separators or quotes is a row of empty cells.
            if len(cells) > 1 or (cells and not cells[0].isspace()):
                rows.append((begin + 1, [cell.strip() for cell in cells]))
            begin = first + reader.line_num
    except csv.Error as error:
        return rows, begin, error
    return rows, begin, None


def _closed_up(text: str, separator: str) -> str:
    """The text without the blanks around cells in quotation marks.

    Behind a blank the marks would be part of the cell, and a separator within would end it.

    >>> _closed_up('a, "b, ""c"" d" , "e"', ","), _closed_up('a, "b" c', ",")
    ('a,"b, ""c"" d","e"', 'a, "b" c')
    """
    cell, mark = r'"[^"]*(?:""[^"]*)*"', re.escape(separator)
    # One without blanks is passed over whole: the words within may look like this too.
    pattern = rf"(^|{mark}) *({cell}) *(?={mark}|\n|\Z)"
    return re.sub(pattern, r"\1\2", text, flags=re.MULTILINE)


def cells_fault(cells: list[str], header: Sequence[str]) -> str | None:
    """Why a row of `read_rows` has other cells than the header, None where it has the same.

    >>> cells_fault(["a", "b", "c"], ["image", "caption"])
    "3 cells, expected one for each of ['image', 'caption']"
    """
    if len(cells) == len(header):
        return None
    if len(cells) == 1 and '"' in cells[0]:
        return f"its quotation marks are not those of a table; {_QUOTING}"
    return f"{len(cells)} cells, expected one for each of {list(header)}"


def fitted_row(cells: list[str], header: Sequence[str], used: Iterable[str]) -> list[str]:
    """A row with the empty cells that a spreadsheet puts behind the header, or leaves out, undone.

    As it is where a cell of the columns `used` is not there, or one behind the header is filled.

    >>> fitted_row(["a.jpg", "a dog"], ["image", "caption", "source"], ["image", "caption"])
    ['a.jpg', 'a dog', '']
    """
    last = len(header)
    if len(cells) >= last:
        return cells if any(cells[last:]) else cells[:last]
    missing = header[len(cells) :]
    return cells if set(used) & set(missing) else [*cells, *("" for _ in missing)]


def told_separator(text: str) -> tuple[str | None, str]:
    r"""The separator that a spreadsheet is told above a table, and the table; None if it is not.

    The lines keep their numbers.

    >>> told_separator("sep=;\na;b\n")
    (';', '\na;b\n')
    """
    told = re.match(r"sep=(.)\n", text)
    return (told[1], "\n" + text[told.end() :]) if told else (None, text)


def decode(data: bytes, name: str | os.PathLike, first_line: int = 1) -> str:
    """The text of bytes of the file `name` that begin in line `first_line`; see `read_text`."""
    for magic, packer in _PACKED.items():
        if first_line == 1 and data.startswith(magic):
            hint = "unpack it first" if packer != "gzip" else f"call it {name}.gz, or unpack it"
            raise InputError(f"{name}: is packed ({packer}) and no text; {hint}")
    if first_line == 1 and is_pointer(data):
        raise InputError(f"{name}: {POINTER_FAULT}")
    encoding, mark = _encoding(data) if first_line == 1 else ("utf-8", b"")
    data = data[len(mark) :]
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = first_line + data[: error.start].decode(encoding, "replace").count("\n")
        raise InputError(
            f"{name}: line {line} is not {encoding.upper()} text (byte 0x{data[error.start]:02x}); "
            "save the file as UTF-8. One written on Windows is often in cp1252: iconv -f cp1252 "
            "-t utf-8 OLD > NEW"
        ) from error
    if "\0" in text:
        line = first_line + text[: text.index("\0")].count("\n")
        raise InputError(
            f"{name}: line {line} holds a zero byte, so this is no UTF-8 text: another kind of "
            "file, or UTF-16 without a byte order mark; save it as UTF-8"
        )
    # A mark within the text comes from files put one behind the other.
    return text.replace("\ufeff", "").replace("\r\n", "\n").replace("\r", "\n")


def need_columns(path: str | os.PathLike, header: Sequence[str], columns: Iterable[str]) -> None:
    """Raise `InputError` for a column that the header of a table lacks, or names twice."""
    missing = [name for name in columns if name not in header]
    if missing:
        named = ", ".join(map(repr, missing))
        raise InputError(f"{path}: no column {named}; it has {list(header)}")
    for name in columns:
        if header.count(name) > 1:
            raise InputError(f"{path}: column {name!r} appears twice; name each column once")


def check_file(path: str | os.PathLike) -> None:
    """Raise `InputError` unless `path` is a file, saying whether it is a folder or nothing."""
    if Path(path).is_dir():
        raise InputError(f"{path}: is a folder, expected a file; name the file in it")
    if Path(path).exists() and not Path(path).is_file():
        raise InputError(
            f"{path}: is a pipe or a device; write what comes out of it to a file first, and call "
            "it by its format"
        )
    if not Path(path).is_file():
        raise InputError(f"{path}: no such file")


def _encoding(data: bytes) -> tuple[str, bytes]:
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return encoding, mark
    return "utf-8", b""


def _numbered(text: str, first: int) -> list[tuple[int, str]]:
    lines = text.split("\n")
    return list(enumerate(lines if lines[-1] else lines[:-1], first))
