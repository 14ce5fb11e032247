"""Makes the files beside this one: the four quarters of `support`, 24 × 16, as the kinds of TIFF and
BMP that programs write. `.tools/conformance/bin/python guest/resize/tests/inputs/make.py`

The name begins with what a file shows: `colour`, `grey`, `bilevel` (the left half black) or
`alpha` (colour, opacity 153)."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

HERE = Path(__file__).parent
W, H = 24, 16
RGB = np.zeros((H, W, 3), np.uint8)
RGB[:8, :12], RGB[:8, 12:], RGB[8:, :12], RGB[8:, 12:] = (220, 30, 30), (30, 200, 30), (30, 30, 220), (240, 240, 240)
GREY = np.where(np.mgrid[0:H, 0:W][1] < 12, 51, 204).astype(np.uint8)
ALPHA = np.full((H, W), 153, np.uint8)
PALETTE = np.array([(220, 30, 30), (30, 200, 30), (30, 30, 220), (240, 240, 240)], np.uint8)
INDEX = ((np.mgrid[0:H, 0:W][0] >= 8) * 2 + (np.mgrid[0:H, 0:W][1] >= 12)).astype(np.uint8)
BILEVEL = Image.fromarray(np.where(GREY < 128, 0, 255).astype(np.uint8)).convert("1")
REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def put(name, body):
    (HERE / name).write_bytes(body)


def written(array, **options):
    out = io.BytesIO()
    tifffile.imwrite(out, array, metadata=None, software=False, **options)
    return out.getvalue()


def saved(image, form="TIFF", **options):
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def packed(values, depth):
    bits = np.unpackbits(values[:, :, None].astype(np.uint8), axis=2)[:, :, 8 - depth :].reshape(len(values), -1)
    return np.packbits(bits, axis=1)


def strip(bits, photometric, data, compression=1, samples=1, order="<", **tags):
    """A TIFF of one strip, by hand. `tags` are `t320=[…]` of 16 bits each, or fractions if they are floats."""
    tags = {int(tag[1:]): values for tag, values in tags.items()}
    tags |= {256: [W], 257: [H], 258: [bits] * samples, 259: [compression], 262: [photometric], 277: [samples], 278: [H]}
    count = len(tags) + 2
    behind, blob, entries = 8 + 2 + 12 * count + 4, b"", []
    for tag, values in tags.items():
        kind = 5 if isinstance(values[0], float) else 3
        pack = lambda v: struct.pack(order + "II", round(v * 10000), 10000) if kind == 5 else struct.pack(order + "H", v)
        value = b"".join(pack(v) for v in values)
        if len(value) > 4:
            value, blob = struct.pack(order + "I", behind + len(blob)), blob + value
        entries.append((tag, kind, len(values), value.ljust(4, b"\0")))
    entries.append((273, 4, 1, struct.pack(order + "I", behind + len(blob))))
    entries.append((279, 4, 1, struct.pack(order + "I", len(data))))
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HIH", 42, 8, count)
    table = b"".join(struct.pack(order + "HHI", *entry[:3]) + entry[3] for entry in sorted(entries))
    return head + table + b"\0\0\0\0" + blob + data


def tiffs():
    for order, end in (("<", "little"), (">", "big")):
        put(f"colour-16-bits-{end}.tif", written(RGB.astype(np.uint16) * 257, photometric="rgb", byteorder=order))
        for compression in ("lzw", "deflate"):
            options = dict(photometric="rgb", compression=compression, predictor=2, byteorder=order)
            put(f"colour-{compression}-predictor-{end}.tif", written(RGB, **options))
            put(f"colour-{compression}-predictor-16-{end}.tif", written(RGB.astype(np.uint16) * 257, **options))
        put(f"grey-4-{end}.tif", strip(4, 1, packed(GREY >> 4, 4).tobytes(), order=order))
        put(f"colour-bigtiff-{end}.tif", written(RGB, photometric="rgb", bigtiff=True, rowsperstrip=5, byteorder=order))
    apart = np.moveaxis(RGB, 2, 0).copy()
    put("colour-planes.tif", written(apart, photometric="rgb", planarconfig="separate", rowsperstrip=5))
    put("colour-planes-tiles.tif", written(apart, photometric="rgb", planarconfig="separate", tile=(16, 16)))
    put("colour-tiles.tif", written(RGB, photometric="rgb", tile=(16, 16), compression="packbits"))
    floats = (np.where(RGB / 255 <= 0.04045, RGB / 255 / 12.92, ((RGB / 255 + 0.055) / 1.055) ** 2.4)).astype(np.float32)
    put("colour-float.tif", written(floats, photometric="rgb"))
    put("colour-float-predictor.tif", written(floats, photometric="rgb", compression="deflate", predictor=3))
    put("colour-float-16.tif", written(floats.astype(np.float16), photometric="rgb", byteorder=">"))
    opacity = np.full((H, W), 153 / 255, np.float32)
    with_alpha = np.dstack([floats, opacity])
    put("alpha-float.tif", written(with_alpha, photometric="rgb", extrasamples=["unassalpha"]))
    options = dict(photometric="rgb", planarconfig="separate")
    put("alpha-float-planes.tif", written(np.moveaxis(with_alpha, 2, 0).copy(), extrasamples=["unassalpha"], **options))
    multiplied = np.dstack([floats * opacity[:, :, None], opacity])
    put("alpha-float-multiplied.tif", written(multiplied, photometric="rgb", extrasamples=["assocalpha"]))
    apart_too = np.moveaxis(multiplied, 2, 0).copy()
    put("alpha-float-multiplied-planes.tif", written(apart_too, extrasamples=["assocalpha"], **options))
    for depth in (1, 2, 4, 8):
        values = GREY >> (8 - depth)
        data = values if depth == 8 else packed(values, depth)
        name = "bilevel" if depth == 1 else "grey"
        if depth != 2:
            put(f"{name}-{depth}.tif", strip(depth, 1, data.tobytes()))
            inverted = ((1 << depth) - 1 - values).astype(np.uint8)
            put(f"{name}-{depth}-white-is-zero.tif", strip(depth, 0, (inverted if depth == 8 else packed(inverted, depth)).tobytes()))
            put(f"{name}-{depth}-reversed.tif", strip(depth, 1, data.tobytes().translate(REVERSED), t266=[2]))
        if depth > 1:
            colours = np.zeros((1 << depth, 3), int)
            colours[:4] = PALETTE
            indices = (INDEX if depth == 8 else packed(INDEX, depth)).tobytes()
            put(f"colour-palette-{depth}.tif", strip(depth, 3, indices, t320=(colours * 257).T.ravel()))
            put(f"colour-palette-{depth}-of-8-bits.tif", strip(depth, 3, indices, t320=colours.T.ravel()))
        if depth in (4, 8):
            pairs = np.stack([INDEX, ALPHA >> (8 - depth)], axis=2).reshape(H, -1)
            pairs = (pairs if depth == 8 else packed(pairs, depth)).tobytes()
            put(f"alpha-palette-{depth}.tif", strip(depth, 3, pairs, samples=2, t320=(colours * 257).T.ravel(), t338=[2]))
    twelve = ((GREY.astype(int) * 4095 // 255)[:, :, None] >> np.arange(11, -1, -1)) & 1
    put("grey-12.tif", strip(12, 1, np.packbits(twelve.astype(np.uint8).reshape(H, -1), axis=1).tobytes()))
    put("alpha-straight.tif", written(np.dstack([RGB, ALPHA]), photometric="rgb", extrasamples=["unassalpha"]))
    put("alpha-unspecified.tif", written(np.dstack([RGB, ALPHA]), photometric="rgb", extrasamples=["unspecified"]))
    put("alpha-without-a-word.tif", strip(8, 2, np.dstack([RGB, ALPHA]).tobytes(), samples=4))
    put("colour-unspecified-zero.tif", written(np.dstack([RGB, ALPHA * 0]), photometric="rgb", extrasamples=["unspecified"]))
    multiplied = (RGB * (153 / 255) + 0.5).astype(np.uint8)
    put("alpha-multiplied.tif", written(np.dstack([multiplied, ALPHA]), photometric="rgb", extrasamples=["assocalpha"]))
    inks = (np.dstack([255 - RGB, ALPHA * 0]) * (153 / 255) + 0.5).astype(np.uint8)
    put("alpha-multiplied-cmyk.tif", strip(8, 5, np.dstack([inks, ALPHA]).tobytes(), samples=5, t338=[1]))
    for photometric in (0, 1):
        for fill in (1, 2):
            for kind in ("group3", "group4", "tiff_ccitt"):
                body = saved(BILEVEL, compression=kind, tiffinfo={262: photometric, 266: fill})
                put(f"bilevel-{kind}-{photometric}-{fill}.tif", body)
    for options in (1, 4, 5):
        put(f"bilevel-group3-options-{options}.tif", saved(BILEVEL, compression="group3", tiffinfo={292: options}))
    for photometric, subsampling in (("ycbcr", (2, 2)), ("ycbcr", (2, 1)), ("ycbcr", (1, 1)), ("rgb", None)):
        more = {"subsampling": subsampling or (1, 1)}
        options = dict(photometric=photometric, compression="jpeg", compressionargs={"level": 95}, **more)
        name = "".join(map(str, subsampling or ()))
        # Samples are interpreted as the file declares them.
        array = RGB if photometric == "rgb" else np.asarray(Image.fromarray(RGB).convert("YCbCr"))
        put(f"colour-jpeg-{photometric}{name}.tif", written(array, **options))
        if subsampling in (None, (1, 1)):  # Others blur what pads a tile into it.
            put(f"colour-jpeg-tiles-{photometric}{name}.tif", written(array, tile=(16, 16), **options))
    # Fields that do not count with JPEG.
    extra = [(529, 5, 3, (1, 5, 7, 10, 1, 10)), (532, 5, 6, (16, 1, 235, 1, 128, 1, 240, 1, 128, 1, 240, 1))]
    options = dict(photometric="ycbcr", compression="jpeg", compressionargs={"level": 95}, subsampling=(1, 1))
    put("colour-jpeg-ycbcr-video.tif", written(np.asarray(Image.fromarray(RGB).convert("YCbCr")), extratags=extra, **options))
    put("grey-jpeg.tif", saved(Image.fromarray(GREY), compression="jpeg", quality=95))
    ycc = np.asarray(Image.fromarray(RGB).convert("YCbCr"))
    for across, down in ((1, 1), (2, 1), (2, 2), (4, 2)):
        units = b""
        for top in range(0, H, down):
            for left in range(0, W, across):
                unit = ycc[top : top + down, left : left + across]
                units += unit[:, :, 0].tobytes() + unit[0, 0, 1:].tobytes()
        put(f"colour-ycc-{across}{down}.tif", strip(8, 6, units, samples=3, t530=[across, down]))
    luma = np.array([0.2126, 0.7152, 0.0722])
    video = [16.0, 235.0, 128.0, 240.0, 128.0, 240.0]
    for name, weights, reference in (
        ("video", [0.299, 0.587, 0.114], video),
        ("709", luma, [0.0, 255.0, 128.0, 255.0, 128.0, 255.0]),
        ("709-video", luma, video),
    ):
        y = RGB @ np.array(weights)
        chroma = [(RGB[:, :, n] - y) / (2 - 2 * weights[n]) for n in (2, 0)]
        spans = zip((y, *chroma), (255, 127, 127), reference[::2], reference[1::2])
        ycc = np.dstack([plane * (white - black) / span + black for plane, span, black, white in spans])
        ycc = np.clip(ycc + 0.5, 0, 255).astype(np.uint8).tobytes()
        options = dict(t530=[1, 1], t532=reference)
        put(f"colour-ycc-{name}.tif", strip(8, 6, ycc, samples=3, t529=list(weights), **options))
    put("colour-pages.tif", saved(Image.fromarray(RGB), save_all=True, append_images=[Image.fromarray(255 - RGB)]))
    put("colour-longer-strip.tif", strip(8, 2, zlib.compress(RGB.tobytes() + b"more" * 999), 8, 3))
    put("colour-orientation-6.tif", saved(Image.fromarray(RGB).transpose(Image.Transpose.ROTATE_90), tiffinfo={274: 6}))
    put("colour-old-lzw.tif", strip(8, 2, old_lzw(RGB.tobytes()), 5, 3))


def dots():
    """Every second pixel, which takes more bytes as a fax than the raw pixels."""
    y, x = np.mgrid[0:128, 0:512]
    image = Image.fromarray(((x + y) % 2 == 0).astype(np.uint8) * 255).convert("1")
    put("dots.tiff", saved(image, compression="group4", tiffinfo={278: 128}))


def old_lzw(data):
    """Codes of 9 bits, the lowest first, with the table cleared before they become longer."""
    codes = []
    for start in range(0, len(data), 200):
        codes += [256, *data[start : start + 200]]
    codes.append(257)
    number = sum(code << (9 * n) for n, code in enumerate(codes))
    return number.to_bytes((9 * len(codes) + 7) // 8, "little")


def bmp(length, bits, data, palette=b"", compression=0, height=H, masks=b"", used=None, offset=None):
    if length == 12:
        head = struct.pack("<IHHHH", 12, W, height, 1, bits)
    else:
        used = len(palette) // 4 if used is None else used
        head = struct.pack("<IiiHHIIiiII", length, W, height, 1, bits, compression, len(data), 2835, 2835, used, 0)
        if length > 40:
            head, masks = (head + masks).ljust(length, b"\0"), b""
        head = head[:length]
    start = 14 + len(head + masks + palette)
    offset = start if offset is None else offset
    return b"BM" + struct.pack("<IHHI", start + len(data), 0, 0, offset) + head + masks + palette + data


def rows(array):
    array = array.reshape(H, -1)
    return np.pad(array, ((0, 0), (0, -array.shape[1] % 4)))[::-1].tobytes()


def runs(values, bits):
    """Runs of up to nine pixels, and some literal ones."""
    out = b""
    for y, row in enumerate(values[::-1]):
        for x in range(0, W, 6):
            part = row[x : x + 6]
            if bits == 24:
                out += b"".join(bytes([2, *pixel[::-1]]) for pixel in part[::2])
            elif y % 2 == 0 or len(set(part)) > 1:
                plain = bytes(part) if bits == 8 else packed(np.array([part]), 4).tobytes()
                out += bytes([0, 6]) + plain + b"\0" * (len(plain) % 2)
            else:
                out += bytes([6, part[0] if bits == 8 else part[0] * 17])
        out += b"\0\0"
    return out[:-2] + b"\0\1"


def bmps():
    bgr = RGB[:, :, ::-1]
    for length in (12, 16, 40, 52, 56, 64, 108, 124):
        put(f"colour-{length}-24.bmp", bmp(length, 24, rows(bgr)))
        for depth in (2, 4, 8):
            colours = np.zeros((1 << depth, 3), np.uint8)
            colours[:4] = PALETTE
            entry = b"" if length == 12 else b"\0"
            palette = b"".join(bytes(colour[::-1]) + entry for colour in colours)
            data = INDEX if depth == 8 else packed(INDEX, depth)
            if length in (12, 40, 64):
                put(f"colour-{length}-{depth}.bmp", bmp(length, depth, rows(data), palette))
    palette = b"".join(bytes([*colour[::-1], 0]) for colour in PALETTE)
    # A palette that ends where pixels begin, without a number of colours or with too large a one.
    for length, used in ((12, 0), (40, 0), (40, 200)):
        short = palette if length == 40 else b"".join(bytes(colour[::-1]) for colour in PALETTE)
        for depth, data in ((4, packed(INDEX, 4)), (8, INDEX)):
            body = bmp(length, depth, rows(data), short, used=used)
            put(f"colour-{length}-{depth}-short-{used}.bmp", body)
            put(f"colour-{length}-{depth}-short-{used}-and-more.bmp", body + b"more" * 256)
    put("colour-40-8-short-rle.bmp", bmp(40, 8, runs(INDEX, 8), palette, 1, used=0) + b"more" * 256)
    full = palette.ljust(1024, b"\0")
    for name, offset in (("zero", 0), ("header", 20), ("palette", 54)):
        put(f"colour-40-8-offset-{name}.bmp", bmp(40, 8, rows(INDEX), full, used=0, offset=offset))
    put("colour-rle8.bmp", bmp(40, 8, runs(INDEX, 8), palette, 1))
    put("colour-rle4.bmp", bmp(40, 4, runs(INDEX, 4), palette, 2))
    put("colour-rle24.bmp", bmp(64, 24, runs(RGB, 24), b"", 4))
    put("bilevel-1.bmp", bmp(40, 1, rows(packed(GREY >> 7, 1)), b"\0\0\0\0\xff\xff\xff\0"))
    put("colour-top-down.bmp", bmp(40, 24, rows(bgr[::-1]), height=-H))
    with_alpha = np.dstack([bgr, ALPHA])
    masks = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    put("colour-40-32.bmp", bmp(40, 32, rows(with_alpha)))
    put("alpha-124-32.bmp", bmp(124, 32, rows(with_alpha), b"", 3, masks=masks))
    put("alpha-56-32.bmp", bmp(56, 32, rows(with_alpha), b"", 3, masks=masks))
    for length in (108, 124):
        put(f"colour-{length}-32-zero.bmp", bmp(length, 32, rows(np.dstack([bgr, ALPHA * 0])), b"", 3, masks=masks))
    swapped = struct.pack("<III", 0xFF00, 0xFF0000, 0xFF000000)
    put("colour-40-32-masks.bmp", bmp(40, 32, rows(np.dstack([ALPHA, RGB])), b"", 3, masks=swapped))
    r, g, b = ((RGB.astype(np.uint16) * 31 + 127) // 255).transpose(2, 0, 1)
    put("colour-555.bmp", bmp(40, 16, rows((r << 10 | g << 5 | b).astype("<u2").view(np.uint8))))
    masks = struct.pack("<III", 0xF800, 0x07E0, 0x001F)
    fine = (RGB[:, :, 1].astype(np.uint16) * 63 + 127) // 255
    put("colour-565.bmp", bmp(40, 16, rows((r << 11 | fine << 5 | b).astype("<u2").view(np.uint8)), b"", 3, masks=masks))


if __name__ == "__main__":
    tiffs()
    dots()
    bmps()
