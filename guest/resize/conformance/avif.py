"""AVIF files of every kind that is read: by Pillow and imagecodecs (both libavif), and, where neither
writes a kind, put together here of pictures that they coded.

    python avif.py FOLDER    # writes the files of the tests anew: ../tests/avif
"""

import io
import re
import struct
import sys
from pathlib import Path

import imagecodecs
import numpy as np
from PIL import Image

TO_SRGB = {
    # Linear light in these primaries to linear light in sRGB's, both of D65 (CSS Color 4).
    12: [[1.2249402, -0.2249402, 0.0], [-0.0420570, 1.0420570, 0.0], [-0.0196376, -0.0786361, 1.0982736]],
    9: [[1.6604910, -0.5876411, -0.0728499], [-0.1245505, 1.1328999, -0.0083494], [-0.0181508, -0.1005789, 1.1187297]],
}


def saved(picture, **options):
    out = io.BytesIO()
    picture.save(out, "AVIF", **{"quality": 90, "speed": 8, **options})
    return out.getvalue()


def coded(samples, bits, **options):
    return imagecodecs.avif_encode(samples, level=95, speed=8, bitspersample=bits, numthreads=1, **options)


def decoded(body):
    """Straight RGBA, 0 to 1."""
    samples = imagecodecs.avif_decode(body)
    bits = 8 if samples.dtype == np.uint8 else inside(body, b"pixi")[5]
    samples = samples / ((1 << bits) - 1)
    if samples.ndim == 2:
        samples = np.dstack([samples] * 3)
    if samples.shape[2] == 3:
        samples = np.dstack([samples, np.ones(samples.shape[:2])])
    return samples


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


def put_together(tiles, tile, size, columns, extra=()):
    """A file of pictures of one item each, as a grid if there are several; `extra` are properties."""
    rows = len(tiles) // columns
    is_grid = len(tiles) > 1
    streams = [inside(body, b"mdat") for body in tiles]
    names = [b"av01"] * len(tiles)
    items = list(streams)
    if is_grid:
        items.append(struct.pack(">BBBBHH", 0, 0, rows - 1, columns - 1, *size))
        names.append(b"grid")
    count = len(items)
    properties = [full(b"ispe", 0, struct.pack(">II", *tile)), box(b"av1C", inside(tiles[0], b"av1C"))]
    properties += [box(b"colr", inside(tiles[0], b"colr")), full(b"ispe", 0, struct.pack(">II", *size)), *extra]
    more = [5 + n | 0x80 for n in range(len(extra))]
    owned = [[1, 2 | 0x80, 3]] * len(tiles) + [[4, 3]]
    owned[count - 1] = owned[count - 1] + more
    owned = b"".join(struct.pack(">HB", n + 1, len(o)) + bytes(o) for n, o in enumerate(owned[:count]))

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
        if is_grid:
            numbers = struct.pack(f">HH{len(tiles)}H", count, len(tiles), *range(1, count))
            parts.append(full(b"iref", 0, box(b"dimg", numbers)))
        owners = full(b"ipma", 0, struct.pack(">I", count), owned)
        parts.append(box(b"iprp", box(b"ipco", *properties), owners))
        return full(b"meta", 0, *parts)

    head = box(b"ftyp", b"avif\0\0\0\0avifmif1miaf")
    at = len(head) + len(meta(0)) + 8
    return head + meta(at) + box(b"mdat", *items)


def grid(picture, tile, columns, **options):
    """A picture in tiles, of which the last ones reach beyond its edges."""
    width, height = picture.size
    rows = -(-height // tile[1])
    canvas = np.asarray(picture)
    canvas = np.pad(canvas, ((0, rows * tile[1] - height), (0, columns * tile[0] - width), (0, 0)), mode="edge")
    parts = [canvas[y * tile[1] : (y + 1) * tile[1], x * tile[0] : (x + 1) * tile[0]]
             for y in range(rows) for x in range(columns)]
    tiles = [saved(Image.fromarray(part), **options) for part in parts]
    return put_together(tiles, tile, picture.size, columns)


def cut(picture, left, top, width, height, **options):
    """A picture of which a clean aperture shows a part."""
    numbers = [width, 1, height, 1, 2 * left + width - picture.width, 2, 2 * top + height - picture.height, 2]
    aperture = box(b"clap", struct.pack(">IIIIiIiI", *numbers))
    return put_together([saved(picture, **options)], picture.size, picture.size, 1, [aperture])


def kinds(picture):
    """(name, file, what it shows) of every kind."""
    rgb, grey = np.asarray(picture), picture.convert("L")
    height, width = rgb.shape[:2]
    y, x = np.mgrid[0:height, 0:width]
    opacity = np.clip(255 - np.hypot(x - width / 2, y - height / 2) * 576 / width, 0, 255).astype(np.uint8)
    clear = Image.fromarray(np.dstack([rgb, opacity]))
    deep = {bits: (rgb.astype(np.uint32) * ((1 << bits) - 1) // 255).astype(np.uint16) for bits in (10, 12)}
    wide = {"primaries": 12, "transfer": 13, "matrix": 6}
    made = [(sampling, saved(picture, subsampling=sampling)) for sampling in ("4:2:0", "4:2:2", "4:4:4")]
    made += [
        ("grey", saved(grey)),
        ("video's range", saved(picture, range="limited")),
        ("grey, video's range", saved(grey, range="limited")),
        ("odd size", saved(picture.crop((0, 0, width - 7, height - 9)))),
        ("opacity", saved(clear)),
        ("opacity, premultiplied", saved(clear, alpha_premultiplied=True)),
        ("10 bits", coded(deep[10], 10, pixelformat="420")),
        ("12 bits", coded(deep[12], 12, pixelformat="444")),
        ("10 bits, 4:2:2", coded(deep[10], 10, pixelformat="422")),
        ("BT.709", coded(rgb, 8, primaries=1, transfer=13, matrix=1, pixelformat="420")),
        ("BT.2020's matrix", coded(rgb, 8, primaries=1, transfer=13, matrix=9, pixelformat="444")),
        ("RGB", coded(rgb, 8, primaries=1, transfer=13, matrix=0, pixelformat="444")),
        ("film grain", saved(picture, advanced={"film-grain-test": "1"})),
        ("grid", grid(picture, (width * 3 // 8 // 2 * 2, height * 3 // 5 // 2 * 2), 3)),
        ("animation's still picture", saved(picture, save_all=True, append_images=[picture.transpose(Image.Transpose.ROTATE_180)])),
    ]
    kinds = [(name, body, decoded(body)) for name, body in made if name not in ("grid", "animation's still picture")]
    others = dict(made)
    kinds.append(("grid", others["grid"], np.dstack([rgb / 255, np.ones((height, width))])))
    still = others["animation's still picture"]
    kinds.append(("animation's still picture", still, np.dstack([rgb / 255, np.ones((height, width))])))
    for name, part in [("clean aperture", (20, 10, 200, 160)), ("clean aperture, odd", (21, 11, 201, 161))]:
        left, top, right, bottom = (n * width // 480 for n in (*part[:2], part[0] + part[2], part[1] + part[3]))
        body = cut(picture, left, top, right - left, bottom - top)
        kinds.append((name, body, decoded(body)[top:bottom, left:right]))
    for primaries, name in ((12, "Display P3 by code points"), (9, "BT.2020 by code points")):
        body = coded(rgb, 8, **{**wide, "primaries": primaries}, pixelformat="444")
        kinds.append((name, body, in_srgb(decoded(body), primaries)))
    return kinds


def turned(picture, value, exif):
    """A picture that stands upright once it is turned as EXIF's value says, which the container repeats."""
    turn = {1: None, 2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE",
            6: "ROTATE_90", 7: "TRANSVERSE", 8: "ROTATE_270"}[value]
    stored = picture.transpose(Image.Transpose[turn]) if turn else picture
    return saved(stored, exif=exif(value))


def main():
    """Writes the files of the tests: each kind, small, and what it shows."""
    import inputs

    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    picture = inputs.master((36, 26))
    found = kinds(picture)
    shown = np.dstack([np.asarray(picture) / 255, np.ones((26, 36))])
    found += [(f"turned {value}", turned(picture, value, inputs.exif), shown) for value in (2, 6, 7)]
    for name, body, truth in found:
        path = folder / re.sub(r"[^a-z0-9]+", "-", name.lower())
        path.with_suffix(".avif").write_bytes(body)
        Image.fromarray(np.uint8(truth * 255 + 0.5)).save(path.with_suffix(".png"))


if __name__ == "__main__":
    main()
