"""Picture files as a model should see them: 8 bits per channel, upright.

What follows a picture's mode (gray, palette, CMYK, transparency → RGB) is left to open_clip's own
conversion. Two things it would get wrong without a word are done here, in the one place that every
reader of picture files goes through:

- more than 8 bits per channel, where Pillow clips at 255 what it cannot convert, leaves gray in
  which 0 is white a negative, and reads colours in planes of their own as noise;
- a camera's note that the picture lies on its side, which every viewer heeds.
"""

import os
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from modgap.errors import InputError

# What is done, as the metadata of embeddings say it.
DECODING = "8 bits per channel, upright by EXIF"
_ORIENTATION = 0x0112
# How a picture with this EXIF orientation is turned upright; 1 is upright already.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_AS_THEY_ARE = ("RGB", "L")
# The customary ranges of values whose type says nothing: a share, 8 bits, 16 bits.
_WHITES = {"F": (1, 255, 65535), "I": (255, 65535)}
_STILL = ("GIF", "WEBP", "PNG", "TIFF", "AVIF")
# What a TIFF says of its first picture and of its values.
_SUBFILE, _BITS, _PHOTOMETRIC, _PLANES, _OTHERS, _SIGN = 254, 258, 262, 284, 330, 339
_REDUCED, _ZERO_IS_WHITE, _APART, _SIGNED = 1, 0, 2, 2


def read_picture(path: str | os.PathLike) -> Image.Image:
    """Decode a picture file: upright, 8 bits per channel, its mode any that Pillow turns into RGB.

    Raises
    ------
    InputError
        Naming the file, if it cannot be decoded or `eight_bits` cannot tell its range.
    """
    try:
        return decode_picture(path)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    except Exception as error:  # a decoder meets damage with whatever class comes to its mind
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(
            f"{path}: cannot be decoded ({reason.replace(str(path), Path(path).name)}). Replace "
            "the file or remove it from the data set"
        ) from error


def decode_picture(file: str | os.PathLike | BinaryIO) -> Image.Image:
    """As `read_picture`, of a path or an open file; a decoder's errors are its own."""
    with Image.open(file) as image:
        image.load()
        turn = _TURNS.get(_orientation(image))
        upright = eight_bits(image)
        return upright if turn is None else upright.transpose(turn)


def eight_bits(image: Image.Image) -> Image.Image:
    """The picture with 8 bits per channel; itself if it has no more.

    Parameters
    ----------
    image : PIL image
        Mode I;16, I;16L, I;16B or I;16N (16-bit gray): 0 … 65,535 become 0 … 255, whatever part of
        that range it uses, so that pictures of one data set keep their brightness; of a TIFF of 12
        bits it is 0 … 4,095. Mode I (wide integers) or F (floats), whose type has no meaningful
        range: white is the smallest of 255 and 65,535, for F also 1, that no value exceeds. Where a
        TIFF says that 0 is white, it becomes 255.

    Returns
    -------
    PIL image
        Of mode L where something was scaled.

    Raises
    ------
    InputError
        For values of mode I or F that fit no customary range: negative, not a number, too large.
        For a TIFF that Pillow misreads, or of which it reads a preview alone.
    """
    _check_tiff(image)
    white = _white(image)
    if white is None:
        return image
    values = np.asarray(image).astype(np.float64)
    values = white - values if _is_negative(image) else values
    return Image.fromarray(np.rint(values * (255 / white)).astype(np.uint8))


def changes(image: Image.Image) -> list[tuple[str, str]]:
    """What differs between a picture file and what a model sees of it, for the report.

    Parameters
    ----------
    image : PIL image
        As `Image.open` gave it, before anything loads its pixels; this does.

    Returns
    -------
    list of (str, str)
        What the file has, and what is done about it; empty for an upright RGB or gray picture.

    Raises
    ------
    InputError
        As `eight_bits` does.
    """
    _check_tiff(image)
    # Both are gone once the picture is loaded.
    cut, turned = _is_cut(image), _orientation(image)
    white, made = _white(image), []
    if white is not None:
        values = np.asarray(image)
        shown = f"values {values.min():g} to {values.max():g} of {white}"
        shown += ", 0 is white" if _is_negative(image) else ""
        made.append((f"colour mode {image.mode}, {shown}", "scaled to 8 bit"))
    elif cut:
        made.append((f"16 bits per channel, colour mode {image.mode}", "scaled to 8 bit"))
    if white is None and image.mode not in _AS_THEY_ARE:
        blank = ", one colour but for its transparency" if _is_blank(image) else ""
        made.append((f"colour mode {image.mode}{blank}", "converted to RGB"))
    if turned in _TURNS:
        made.append((f"EXIF orientation {turned}", "turned upright"))
    if image.format in _STILL and getattr(image, "is_animated", False):
        made.append(("more than one picture in the file", "first one taken"))
    return made


def _is_blank(image: Image.Image) -> bool:
    """Whether all that a picture shows is in its transparency, which models do not see."""
    if not image.has_transparency_data:
        return False
    *colours, (clear, opaque) = image.convert("RGBA").getextrema()
    return clear < opaque and all(low == high for low, high in colours)


def _orientation(image: Image.Image) -> int:
    try:
        return image.getexif().get(_ORIENTATION, 1)
    except Exception:  # damaged EXIF spoils no picture; Pillow raises whatever it meets
        return 1


def _white(image: Image.Image) -> int | None:
    """The value that becomes 255, None for a picture that has 8 bits per channel already."""
    if image.mode.startswith("I;16"):
        return 2 ** _tag(image, _BITS, 16) - 1
    if image.mode not in _WHITES:
        return None
    values = np.asarray(image)
    low, high = values.min(), values.max()
    if not (np.isfinite(low) and np.isfinite(high)) or low < 0 or high > _WHITES[image.mode][-1]:
        kind = "integers" if image.mode == "I" else "floats"
        raise InputError(
            f"colour mode {image.mode}: its {kind} go from {low:g} to {high:g}, and nothing says "
            f"what is black and what white. Save it with 8 or 16 bits, or with values from 0 to "
            f"{' or '.join(map(str, _WHITES[image.mode]))}"
        )
    if image.format == "PPM" and image.mode == "I":
        return 65535  # Pillow brings all that is wider than 8 bits to that range
    return next(white for white in _WHITES[image.mode] if high <= white)


def _is_cut(image: Image.Image) -> bool:
    """Whether the file has more than 8 bits per channel, of which Pillow reads 8 (colour)."""
    tiles = getattr(image, "tile", ())
    if image.format == "PPM":
        # Arguments of its decoder: the mode and the largest value.
        return any(tile[0] == "ppm" and tile[3][-1] > 255 for tile in tiles)
    return any(";16" in str(part) for tile in tiles for part in tile)


def _check_tiff(image: Image.Image) -> None:
    """Refuse a TIFF that Pillow takes for another picture, or for other values, without a word."""
    if _tag(image, _SUBFILE, 0) & _REDUCED and (_tag(image, _OTHERS, 0) or image.is_animated):
        raise InputError(
            f"the first picture in it, of {image.width} × {image.height} pixels, is a preview of "
            "another, as in a camera's raw files, and no more of it is read here; develop the "
            "picture and save it as JPEG or PNG"
        )
    if (
        len(image.getbands()) > 1
        and _tag(image, _PLANES, 1) == _APART
        and _tag(image, _BITS, 8) > 8
    ):
        raise InputError(
            "a TIFF of more than 8 bits per channel in planes of their own, which Pillow cannot "
            "read; save it with its channels side by side (planar configuration 1) or with 8 bits"
        )
    if image.mode == "L" and _tag(image, _SIGN, 1) == _SIGNED:
        raise InputError(
            "a TIFF of 8-bit integers with a sign, and nothing says what is black and what white; "
            "save it with integers from 0 to 255"
        )


def _is_negative(image: Image.Image) -> bool:
    """Whether 0 is white in a deep gray TIFF; of shallow ones Pillow itself sees to it."""
    return _tag(image, _PHOTOMETRIC, 1) == _ZERO_IS_WHITE


def _tag(image: Image.Image, number: int, default: int) -> int:
    """What a TIFF says of its values, of its first channel; `default` where it says nothing."""
    value = getattr(image, "tag_v2", {}).get(number, default)
    return value[0] if isinstance(value, tuple) else value
