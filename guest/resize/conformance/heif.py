"""What AVIF and HEIC have in common: HEIF's container, put together here of pictures that others coded."""

import struct
from typing import NamedTuple

import numpy as np
from PIL import Image


class Coding(NamedTuple):
    """How a container names what codes its pictures."""

    brands: bytes
    item: bytes
    configuration: bytes


AVIF = Coding(b"avif\0\0\0\0avifmif1miaf", b"av01", b"av1C")
HEIC = Coding(b"heic\0\0\0\0mif1heic", b"hvc1", b"hvcC")

TO_SRGB = {
    # Linear light in these primaries to linear light in sRGB's, both of D65 (CSS Color 4).
    12: [[1.2249402, -0.2249402, 0.0], [-0.0420570, 1.0420570, 0.0], [-0.0196376, -0.0786361, 1.0982736]],
    9: [[1.6604910, -0.5876411, -0.0728499], [-0.1245505, 1.1328999, -0.0083494], [-0.0181508, -0.1005789, 1.1187297]],
}


def in_srgb(rgba, primaries):
    """Of colours that are in other primaries, with sRGB's transfer."""
    value = rgba[..., :3]
    light = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    light = np.clip(light @ np.array(TO_SRGB[primaries]).T, 0, 1)
    value = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.dstack([value, rgba[..., 3:]])


def box(name, *parts):
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), name) + body


def full(name, version, *parts):
    return box(name, struct.pack(">I", version << 24), *parts)


def inside(body, name):
    """What the first box of this name holds."""
    at = body.index(name)
    length = struct.unpack(">I", body[at - 4 : at])[0]
    return body[at + 4 : at - 4 + length]


def put_together(coding, tiles, tile, size, columns, kind=b"grid", extra=(), told=True):
    """A file of pictures of one item each, as a grid if there are several; `extra` are properties.
    Whether its colours are `told`, too, and not of the tiles alone."""
    rows = len(tiles) // columns
    streams = [inside(body, b"mdat") for body in tiles]
    descriptor = struct.pack(">BBBBHH", 0, 0, rows - 1, columns - 1, *size)
    is_derived = len(tiles) > 1
    items = streams + [descriptor] * is_derived
    names = [coding.item] * len(tiles) + [kind] * is_derived
    count = len(items)
    properties = [full(b"ispe", 0, struct.pack(">II", *tile)), box(coding.configuration, inside(tiles[0], coding.configuration))]
    properties += [box(b"colr", inside(tiles[0], b"colr")), full(b"ispe", 0, struct.pack(">II", *size)), *extra]
    more = [5 + n | 0x80 for n in range(len(extra))]
    owned = [[1, 2 | 0x80, 3]] * len(tiles) + [[4, 3] if told else [4]] * is_derived
    owned[-1] = owned[-1] + more
    owned = b"".join(struct.pack(">HB", n + 1, len(o)) + bytes(o) for n, o in enumerate(owned))

    def meta(at):
        places = b""
        for number, item in enumerate(items):
            places += struct.pack(">HHHII", number + 1, 0, 1, at, len(item))
            at += len(item)
        infos = [full(b"infe", 2, struct.pack(">HH4s", n + 1, 0, name), b"\0") for n, name in enumerate(names)]
        parts = [
            full(b"hdlr", 0, b"\0\0\0\0pict", bytes(13)),
            full(b"pitm", 0, struct.pack(">H", count)),
            full(b"iloc", 0, b"\x44\0", struct.pack(">H", count), places),
            full(b"iinf", 0, struct.pack(">H", count), *infos),
        ]
        if is_derived:
            numbers = struct.pack(f">HH{len(tiles)}H", count, len(tiles), *range(1, count))
            parts.append(full(b"iref", 0, box(b"dimg", numbers)))
        owners = full(b"ipma", 0, struct.pack(">I", count), owned)
        parts.append(box(b"iprp", box(b"ipco", *properties), owners))
        return full(b"meta", 0, *parts)

    head = box(b"ftyp", coding.brands)
    at = len(head) + len(meta(0)) + 8
    return head + meta(at) + box(b"mdat", *items)


def in_tiles(picture, tile, columns):
    """A picture's tiles, of which the last ones reach beyond its edges."""
    width, height = picture.size
    rows = -(-height // tile[1])
    canvas = np.asarray(picture)
    canvas = np.pad(canvas, ((0, rows * tile[1] - height), (0, columns * tile[0] - width), (0, 0)), mode="edge")
    return [Image.fromarray(canvas[y * tile[1] : (y + 1) * tile[1], x * tile[0] : (x + 1) * tile[0]])
            for y in range(rows) for x in range(columns)]


def stored(picture, value):
    """A picture as it is stored, if it stands upright once it is turned as EXIF's value says."""
    turn = {1: None, 2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE",
            6: "ROTATE_90", 7: "TRANSVERSE", 8: "ROTATE_270"}[value]
    return picture.transpose(Image.Transpose[turn]) if turn else picture
