"""Kinds of files that are rare, and that everybody else shows: a list of (name, file, truth, purpose).

A truth is what Pillow reads, or the pixels that a file was made of."""

import io
import struct
import zlib

import numpy as np
import tifffile
from PIL import Image, ImageCms

ENCODED = 0.0031308


def stored(light):
    """sRGB's curve."""
    light = np.clip(light, 0, 1)
    return np.where(light <= ENCODED, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def light(value):
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


# From Display P3's red, green and blue to sRGB's, both of D65.
P3_TO_SRGB = np.array([[1.2249401, -0.2249402, 0], [-0.0420569, 1.0420571, 0], [-0.0196376, -0.0786507, 1.0982884]])


def opaque(rgb):
    return np.dstack([rgb, np.ones(rgb.shape[:2])])


def segments(file):
    """A JPEG cut at its segments, the last with all that follows."""
    parts, at = [file[:2]], 2
    while file[at + 1] != 0xDA:
        end = at + 2 + struct.unpack(">H", file[at + 2 : at + 4])[0]
        parts.append(file[at:end])
        at = end
    return [*parts, file[at:]]


def jpegs(picture, saved, read, p3, in_srgb):
    plain = saved(picture, "JPEG", quality=92)
    parts = segments(plain)
    standard = b"".join(part for part in parts if part[1] != 0xC4)
    yield "JPEG without Huffman tables", standard, read(plain), ""
    renamed = [bytearray(part) for part in parts]
    for part in renamed:
        if part[1] == 0xC0:
            part[10], part[13], part[16] = 1, 1, 1
        elif part[1] == 0xDA:
            part[5], part[7], part[9] = 1, 1, 1
    yield "JPEG of components with one name", b"".join(renamed), read(plain), ""
    empty = b"".join([parts[0], b"\xff\xe5\0\0\xff\xfe\0\2", *parts[1:]])
    yield "JPEG with empty segments", empty, read(plain), ""
    half = len(p3) // 2
    profile = [b"\xff\xe2" + struct.pack(">H", 16 + len(part)) + b"ICC_PROFILE\0" + bytes([number, 2]) + part
               for number, part in ((2, p3[half:]), (1, p3[:half]))]
    yield "JPEG profile in segments out of order", b"".join([parts[0], *profile, *parts[1:]]), opaque_of(in_srgb(decoded(plain), p3)), ""


def decoded(file):
    with Image.open(io.BytesIO(file)) as image:
        return image.convert("RGB")


def opaque_of(image):
    return np.asarray(image.convert("RGBA"), dtype=np.float64) / 255


def pngs(picture, opacity, png, chunk, grey_profile, p3, in_srgb):
    rgb = np.asarray(picture)
    grey = np.asarray(picture.convert("L"))
    height, width = grey.shape
    icc = lambda profile: chunk(b"iCCP", b"icc\0\0" + zlib.compress(profile))
    rows = lambda array: [row.tobytes() for row in array]
    converted = np.asarray(in_srgb(Image.fromarray(grey), grey_profile).convert("RGB")) / 255
    body = png(width, height, 4, 8, rows(np.dstack([grey, opacity])), icc(grey_profile))
    yield "PNG grey alpha, grey profile", body, np.dstack([converted, opacity / 255]), ""
    hole = chunk(b"tRNS", b"\0\0")
    shown = np.maximum(grey, 1)
    converted = np.asarray(in_srgb(Image.fromarray(shown), grey_profile).convert("RGB")) / 255
    yield "PNG grey with a transparent level, grey profile", png(width, height, 0, 8, rows(shown), icc(grey_profile) + hole), opaque(converted), ""
    sharps = "sharp looks at profiles alone"
    points = chunk(b"cICP", bytes([12, 13, 0, 1]))
    wide = stored(light(rgb / 255) @ P3_TO_SRGB.T)
    yield "PNG code points of Display P3", png(width, height, 2, 8, rows(rgb), points), opaque(wide), sharps
    gamma = chunk(b"gAMA", struct.pack(">I", 100_000))
    yield "PNG gamma 1", png(width, height, 2, 8, rows(rgb), gamma), opaque(stored(rgb / 255)), sharps
    both = chunk(b"sRGB", b"\0") + icc(p3)
    yield "PNG profile beside sRGB", png(width, height, 2, 8, rows(rgb), both), opaque_of(in_srgb(picture, p3)), ""


def strip(image, bits, photometric, data, compression=1, samples=1, **tags):
    """A TIFF of one strip, by hand. `tags` are `t320=[…]` of 16 bits each."""
    tags = {int(tag[1:]): values for tag, values in tags.items()}
    width, height = image.size
    tags |= {256: [width], 257: [height], 258: [bits] * samples, 259: [compression], 262: [photometric], 277: [samples], 278: [height]}
    count = len(tags) + 2
    behind, blob, entries = 8 + 2 + 12 * count + 4, b"", []
    for tag, values in tags.items():
        value = struct.pack(f"<{len(values)}H", *values)
        if len(value) > 4:
            value, blob = struct.pack("<I", behind + len(blob)), blob + value
        entries.append((tag, 3, len(values), value.ljust(4, b"\0")))
    entries.append((273, 4, 1, struct.pack("<I", behind + len(blob))))
    entries.append((279, 4, 1, struct.pack("<I", len(data))))
    table = b"".join(struct.pack("<HHI", *entry[:3]) + entry[3] for entry in sorted(entries))
    return b"II*\0" + struct.pack("<IH", 8, count) + table + b"\0\0\0\0" + blob + data


def packed(values, depth):
    bits = np.unpackbits(values[:, :, None].astype(np.uint8), axis=2)[:, :, 8 - depth :]
    return np.packbits(bits.reshape(len(values), -1), axis=1)


def tiffs(picture, opacity, saved, read):
    rgb = np.asarray(picture)
    grey = np.asarray(picture.convert("L"))
    truth, level = opaque(rgb / 255), opaque(np.dstack([grey] * 3) / 255)
    written = lambda array, **options: tiff_of(array, **options)
    values = grey >> 4
    colours = np.random.default_rng(4).integers(0, 256, (16, 3))
    yield "TIFF grey 4", strip(picture, 4, 1, packed(values, 4).tobytes()), opaque(np.dstack([values * 17] * 3) / 255), ""
    for name, scale, purpose in (("", 257, ""), (", map of 8 bits", 1, "")):
        body = strip(picture, 4, 3, packed(values, 4).tobytes(), t320=(colours * scale).T.ravel())
        yield f"TIFF palette 4{name}", body, opaque(colours[values] / 255), purpose
    yield "TIFF grey with opacity", written(np.dstack([grey, opacity]), photometric="minisblack", extrasamples=["unassalpha"], planarconfig="contig"), np.dstack([*[grey / 255] * 3, opacity / 255]), ""
    yield "TIFF opacity of no kind", written(np.dstack([rgb, opacity]), photometric="rgb", extrasamples=["unspecified"]), np.dstack([rgb / 255, opacity / 255]), ""
    yield "TIFF BigTIFF", written(rgb, photometric="rgb", bigtiff=True, rowsperstrip=7), truth, ""
    yield "TIFF planes apart, tiles", written(np.moveaxis(rgb, 2, 0).copy(), photometric="rgb", planarconfig="separate", tile=(64, 64)), truth, ""
    yield "TIFF floating point, predictor", written(light(rgb / 255).astype(np.float32), photometric="rgb", compression="zlib", predictor=3), truth, "sharp combines floating point as light, as `linear` does"
    twelve = ((grey.astype(int) * 4095 // 255)[:, :, None] >> np.arange(11, -1, -1)) & 1
    body = strip(picture, 12, 1, np.packbits(twelve.astype(np.uint8).reshape(len(grey), -1), axis=1).tobytes())
    yield "TIFF grey 12", body, level, "sharp stops at bytes that are parted"
    bilevel = picture.convert("1")
    shown = opaque(np.dstack([np.asarray(bilevel, dtype=np.float64)] * 3))
    for name, options in (("one dimension", 0), ("two dimensions", 1), ("two dimensions, whole bytes", 5)):
        yield f"TIFF Group 3, {name}", saved(bilevel, "TIFF", compression="group3", tiffinfo={292: options}), shown, ""
    for photometric in (0, 1):
        body = saved(bilevel, "TIFF", compression="group4", tiffinfo={262: photometric, 266: 2})
        yield f"TIFF Group 4, reversed, photometric {photometric}", body, read(body), ""
    ycc = np.asarray(picture.convert("YCbCr"))
    body = written(ycc, photometric="ycbcr", compression="jpeg", tile=(64, 64), subsampling=(2, 2), compressionargs={"level": 92})
    yield "TIFF JPEG of luma and chroma, tiles", body, read(body), ""
    units = np.concatenate([ycc[0::2, 0::2, :1], ycc[0::2, 1::2, :1], ycc[1::2, 0::2, :1], ycc[1::2, 1::2, :1], ycc[0::2, 0::2, 1:]], axis=2)
    yield "TIFF luma and chroma, plain", strip(picture, 8, 6, units.tobytes(), samples=3, t530=[2, 2]), truth, ""


def tiff_of(array, **options):
    out = io.BytesIO()
    tifffile.imwrite(out, array, metadata=None, **options)
    return out.getvalue()


def inks(picture, profile, truth_of):
    """CMYK with a profile, in TIFF."""
    image = picture.convert("CMYK")
    out = io.BytesIO()
    image.save(out, "TIFF", icc_profile=profile)
    return "TIFF CMYK with its profile", out.getvalue(), truth_of(image), ""


def bmp(picture, length, bits, data, palette=b"", compression=0, masks=b""):
    width, height = picture.size
    if length == 12:
        head = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        used = len(palette) // 4
        head = struct.pack("<IiiHHIIiiII", length, width, height, 1, bits, compression, len(data), 2835, 2835, used, 0)
        if length > 40:
            head, masks = (head + masks).ljust(length, b"\0"), b""
    offset = 14 + len(head + masks + palette)
    return b"BM" + struct.pack("<IHHI", offset + len(data), 0, 0, offset) + head + masks + palette + data


def runs(values):
    out = b""
    for row in values[::-1]:
        ends = np.flatnonzero(np.diff(row.astype(int))) + 1
        for part in np.split(row, ends):
            for start in range(0, len(part), 255):
                out += bytes([len(part[start : start + 255]), part[0]])
        out += b"\0\0"
    return out[:-2] + b"\0\1"


def bmps(picture, opacity):
    rgb = np.asarray(picture)
    grey = np.asarray(picture.convert("L")) & 0xF0
    truth = opaque(rgb / 255)
    none = "sharp reads no BMP"

    def rows(array):
        array = array.reshape(len(array), -1)
        return np.pad(array, ((0, 0), (0, -array.shape[1] % 4)))[::-1].tobytes()

    bgr = rgb[:, :, ::-1]
    for name, length in (("OS/2 1.x", 12), ("OS/2 2.x", 64), ("V4", 108)):
        yield f"BMP {name}", bmp(picture, length, 24, rows(bgr)), truth, none
    masks = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    yield "BMP V5, opacity 0 everywhere", bmp(picture, 124, 32, rows(np.dstack([bgr, opacity * 0])), b"", 3, masks), truth, none
    yield "BMP V5, opacity", bmp(picture, 124, 32, rows(np.dstack([bgr, opacity])), b"", 3, masks), np.dstack([rgb / 255, opacity / 255]), none
    palette = b"".join(bytes([n, n, n, 0]) for n in range(256))
    yield "BMP RLE8", bmp(picture, 40, 8, runs(grey), palette, 1), opaque(np.dstack([grey] * 3) / 255), none


def gif(file, read):
    """A screen of 0 × 0: the first frame's size."""
    return "GIF of a screen of 0 × 0", file[:6] + b"\0\0\0\0" + file[10:], read(file), ""


def kinds(picture, opacity, tools):
    """All of them. `tools` are functions and profiles of `inputs`."""
    saved, read, in_srgb = tools["saved"], tools["read"], tools["in_srgb"]
    yield from jpegs(picture, saved, read, tools["p3"], in_srgb)
    yield from pngs(picture, opacity, tools["png"], tools["chunk"], tools["grey"], tools["p3"], in_srgb)
    yield from tiffs(picture, opacity, saved, read)
    yield inks(picture, tools["inks"], tools["inks_in_srgb"])
    yield from bmps(picture, opacity)
    yield gif(saved(picture.quantize(256), "GIF"), read)
