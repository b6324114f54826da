import io

import numpy as np
import pytest
from helpers.tiny_tiff import tiff, tiff_of_12_bits
from PIL import Image, features

from modgap.errors import InputError
from modgap.formats.pictures import changes, eight_bits, read_picture

RNG = np.random.default_rng(0)
GRAY = RNG.integers(0, 256, (30, 40), dtype=np.uint8)
RGB = RNG.integers(0, 256, (30, 40, 3), dtype=np.uint8)
RAMP = np.linspace(0, 1, 30 * 40).reshape(30, 40)


def opened(values: np.ndarray | Image.Image, kind: str, **options) -> Image.Image:
    """What Pillow reads of these values saved as a file of this kind."""
    file = io.BytesIO()
    image = values if isinstance(values, Image.Image) else Image.fromarray(values)
    image.save(file, kind, **options)
    return Image.open(io.BytesIO(file.getvalue()))


def big_endian(values: np.ndarray) -> Image.Image:
    return Image.frombytes("I;16B", values.shape[::-1], values.astype(">u2").tobytes())


DEEP = {
    # name → (a file of GRAY at that depth, the mode that Pillow has for it)
    "16-bit PNG": (lambda: opened(GRAY.astype(np.uint16) * 257, "PNG"), "I;16"),
    "16-bit TIFF": (lambda: opened(GRAY.astype(np.uint16) * 257, "TIFF"), "I;16"),
    "16-bit TIFF, big-endian": (
        lambda: opened(big_endian(GRAY.astype(np.uint16) * 257), "TIFF"),
        "I;16B",
    ),
    "32-bit TIFF with 16-bit values": (lambda: opened(GRAY.astype(np.int32) * 257, "TIFF"), "I"),
    "32-bit TIFF with 8-bit values": (lambda: opened(GRAY.astype(np.int32), "TIFF"), "I"),
    "float TIFF from 0 to 1": (lambda: opened(GRAY.astype(np.float32) / 255, "TIFF"), "F"),
    "float TIFF from 0 to 255": (lambda: opened(GRAY.astype(np.float32), "TIFF"), "F"),
    "float TIFF from 0 to 65,535": (lambda: opened(GRAY.astype(np.float32) * 257, "TIFF"), "F"),
}


@pytest.mark.parametrize("name", list(DEEP))
def test_a_deep_picture_is_the_shallow_one(name):
    make, mode = DEEP[name]
    image = make()
    assert image.mode == mode
    np.testing.assert_array_equal(np.asarray(eight_bits(image)), GRAY)
    ((what, action),) = changes(make())
    assert action == "scaled to 8 bit"
    assert what.startswith(f"colour mode {mode}, values ")


@pytest.mark.parametrize(
    "values",
    [GRAY.astype(np.uint16) * 257, GRAY.astype(np.float32) / 255, GRAY],
    ids=["16 bits", "floats", "8 bits"],
)
def test_a_tiff_in_which_0_is_white_is_no_negative(tmp_path, values):
    sign = 3 if values.dtype.kind == "f" else 1
    path = tmp_path / "x.tif"
    path.write_bytes(tiff(values, photometric=0, sign=sign))
    np.testing.assert_array_equal(np.asarray(read_picture(path)), 255 - GRAY)
    if values.dtype != np.uint8:  # of which Pillow takes care
        ((what, action),) = changes(Image.open(path))
        assert (what.rsplit(", ", 1)[1], action) == ("0 is white", "scaled to 8 bit")


def test_white_of_a_tiff_of_12_bits_is_what_12_bits_hold():
    values = np.rint(GRAY * (4095 / 255)).astype(np.uint16)
    image = Image.open(io.BytesIO(tiff_of_12_bits(values)))
    np.testing.assert_array_equal(np.asarray(eight_bits(image)), GRAY)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (tiff(RGB.astype(np.uint16) * 257, photometric=2, apart=True), "planes of their own"),
        (tiff((GRAY.astype(int) - 128).astype(np.int8), photometric=1, sign=2), "with a sign"),
    ],
    ids=["16-bit colours in planes", "8 bits with a sign"],
)
def test_a_tiff_that_pillow_misreads_is_refused(tmp_path, content, message):
    path = tmp_path / "x.tif"
    path.write_bytes(content)
    with pytest.raises(InputError, match=rf"x\.tif: .*{message}"):
        read_picture(path)
    with pytest.raises(InputError, match=message):
        changes(Image.open(path))


def test_a_preview_is_not_taken_for_the_picture(tmp_path):
    """A camera's raw file was the small preview in it, without a word; one alone is a picture."""
    path = tmp_path / "x.dng"
    path.write_bytes(tiff(RGB, photometric=2, more={254: (4, [1]), 330: (4, [8])}))
    expected = r"the first picture in it, of 40 × 30 pixels, is a preview of another"
    with pytest.raises(InputError, match=rf"x\.dng: {expected}"):
        read_picture(path)
    with pytest.raises(InputError, match=expected):
        changes(Image.open(path))
    path.write_bytes(tiff(RGB, photometric=2, more={254: (4, [1])}))
    np.testing.assert_array_equal(np.asarray(read_picture(path)), RGB)


def test_colours_in_planes_and_deep_ones_side_by_side_are_read(tmp_path):
    path = tmp_path / "x.tif"
    for content in (
        tiff(RGB, photometric=2, apart=True),
        tiff(RGB.astype(np.uint16) * 257, photometric=2),
    ):
        path.write_bytes(content)
        np.testing.assert_array_equal(np.asarray(read_picture(path)), RGB)


def test_a_deep_portable_map_is_by_its_own_range():
    header = b"P5 40 30 65535\n"
    image = Image.open(io.BytesIO(header + (GRAY // 4).astype(">u2").tobytes()))
    # All of it below 64 of 65,535: black, not white, for the file says what white is.
    assert np.asarray(eight_bits(image)).max() == 0


def test_dark_and_bright_pictures_of_a_set_stay_dark_and_bright():
    dark, bright = (opened((RAMP * top).astype(np.uint16), "PNG") for top in (4095, 65535))
    assert np.asarray(eight_bits(dark)).max() == 16
    assert np.asarray(eight_bits(bright)).max() == 255
    assert changes(dark)[0][0] == "colour mode I;16, values 0 to 4095 of 65535"


@pytest.mark.parametrize(
    "values",
    [
        (RAMP * 100_000).astype(np.int32),
        -(RAMP * 100).astype(np.int32),
        (RAMP - 0.5).astype(np.float32),
        (RAMP * 1e6).astype(np.float32),
        np.where(RAMP > 0.9, np.nan, RAMP).astype(np.float32),
        np.where(RAMP > 0.9, np.inf, RAMP).astype(np.float32),
    ],
)
def test_a_range_that_nothing_tells_is_refused(tmp_path, values):
    path = tmp_path / "odd.tiff"
    Image.fromarray(values).save(path)
    with pytest.raises(InputError, match=r"odd\.tiff: colour mode [IF]: .* nothing says"):
        read_picture(path)
    with Image.open(path) as image, pytest.raises(InputError, match="nothing says"):
        changes(image)


def test_sixteen_bits_of_colour_are_said():
    """Pillow keeps the upper eight."""
    rgb = RNG.integers(0, 65536, (30, 40, 3), dtype=np.uint16)
    import cv2

    data = cv2.imencode(".png", rgb[..., ::-1])[1].tobytes()
    image = Image.open(io.BytesIO(data))
    assert changes(image) == [("16 bits per channel, colour mode RGB", "scaled to 8 bit")]
    np.testing.assert_array_equal(np.asarray(eight_bits(image)), rgb >> 8)


@pytest.mark.parametrize("mode", ["RGB", "L", "1", "P", "LA", "RGBA", "CMYK", "YCbCr"])
def test_eight_bits_are_left_as_open_clip_converts_them(tmp_path, mode):
    kind = "TIFF" if mode in ("CMYK", "YCbCr") else "PNG"
    path = tmp_path / f"a.{kind.lower()}"
    noise = Image.fromarray(RNG.integers(0, 256, (30, 40, 3), dtype=np.uint8))
    noise.convert(mode).save(path)
    with Image.open(path) as image:
        assert changes(image) == (
            [] if mode in ("RGB", "L") else [(f"colour mode {image.mode}", "converted to RGB")]
        )
        np.testing.assert_array_equal(
            np.asarray(read_picture(path).convert("RGB")), np.asarray(image.convert("RGB"))
        )


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_picture_lying_on_its_side_is_turned_as_a_viewer_does(tmp_path, orientation, kind):
    """Against the tag's definition: which sides of the scene the first row and column are."""
    upright = np.zeros((40, 60, 3), np.uint8)
    upright[:20, :30] = (255, 0, 0)
    upright[:20, 30:] = (0, 255, 0)
    upright[20:, :30] = (0, 0, 255)
    # EXIF 2.3: 1 top-left, 2 top-right, 3 bottom-right, 4 bottom-left, 5 left-top, 6 right-top, …
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.swapaxes(0, 1),
        6: upright.swapaxes(0, 1)[::-1],
        7: upright.swapaxes(0, 1)[::-1, ::-1],
        8: upright.swapaxes(0, 1)[:, ::-1],
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "phone"
    settings = {"JPEG": {"quality": 95, "subsampling": 0}, "WEBP": {"lossless": True}}
    Image.fromarray(np.ascontiguousarray(stored)).save(
        path, kind, exif=exif, **settings.get(kind, {})
    )
    found = np.asarray(read_picture(path).convert("RGB")).astype(int)
    assert found.shape == upright.shape
    assert np.abs(found - upright).mean() < 3
    with Image.open(path) as image:
        turned = [] if orientation == 1 else [(f"EXIF orientation {orientation}", "turned upright")]
        assert changes(image) == turned


def test_a_deep_picture_may_lie_on_its_side(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "scan.png"
    Image.fromarray(np.rot90(GRAY.astype(np.uint16) * 257).copy()).save(path, exif=exif)
    np.testing.assert_array_equal(np.asarray(read_picture(path)), GRAY)


def test_damaged_exif_spoils_no_picture(tmp_path):
    path = tmp_path / "a.jpg"
    Image.fromarray(GRAY).save(path, exif=b"Exif\0\0MM\0*\xff\xff\xff\xff damaged")
    assert read_picture(path).size == (40, 30)


@pytest.mark.parametrize("kind", ["gif", "webp", "avif"])
def test_of_an_animation_it_is_said_that_the_first_picture_is_taken(tmp_path, kind):
    if kind == "avif" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    frames = [Image.fromarray(RGB), Image.fromarray(255 - RGB)]
    frames[0].save(tmp_path / f"a.{kind}", save_all=True, append_images=frames[1:])
    with Image.open(tmp_path / f"a.{kind}") as image:
        assert ("more than one picture in the file", "first one taken") in changes(image)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_a_picture_that_is_all_in_its_transparency_is_said(mode):
    colours = Image.new("RGB" if mode == "RGBA" else "L", (40, 30), 0)
    drawn = colours.convert(mode)
    drawn.putalpha(Image.fromarray(GRAY))
    what = f"colour mode {mode}, one colour but for its transparency"
    assert changes(opened(drawn, "PNG")) == [(what, "converted to RGB")]
    opaque = Image.fromarray(RGB).convert("RGBA")
    assert changes(opened(opaque, "PNG")) == [("colour mode RGBA", "converted to RGB")]


def test_of_an_animation_the_first_picture_is_taken(tmp_path):
    frames = [Image.fromarray(GRAY), Image.fromarray(255 - GRAY)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    np.testing.assert_array_equal(np.asarray(read_picture(tmp_path / "a.gif").convert("L")), GRAY)


@pytest.mark.parametrize(
    "contents", [b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"II*\0\xff\xff\xff\xff"]
)
def test_damage_is_named_whatever_the_decoder_raises(tmp_path, contents):
    (tmp_path / "bad.png").write_bytes(contents)
    with pytest.raises(InputError, match=r"bad\.png: cannot be decoded \("):
        read_picture(tmp_path / "bad.png")
