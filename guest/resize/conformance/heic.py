"""HEIC files of every kind that is read: by pillow-heif (libheif, with x265 and libde265), and, where
it does not write a kind, put together here of pictures that it coded.

    python heic.py FOLDER    # writes the files of the tests anew: ../tests/heic
"""

import io
import re
import struct
import sys
from pathlib import Path

import numpy as np
import pillow_heif
from PIL import Image

import avif
from avif import box, full, in_srgb, inside

pillow_heif.register_heif_opener()

SRGB = {"color_primaries": 1, "transfer_characteristics": 13, "matrix_coefficients": 6, "full_range_flag": 1}


def saved(picture, chroma=444, premultiplied=False, **options):
    out = io.BytesIO()
    heif = pillow_heif.from_pillow(picture)
    if premultiplied:
        heif = pillow_heif.from_bytes("RGBa", picture.size, picture.convert("RGBa").tobytes())
    heif.save(out, chroma=chroma, **{"quality": 90, **SRGB, **options})
    return out.getvalue()


def coded(samples, bits, chroma=444, **options):
    """Of samples that use all of 16 bits."""
    mode = ("L;16", None, "RGB;16", "RGBA;16")[samples.shape[2] - 1 if samples.ndim == 3 else 0]
    pillow_heif.options.SAVE_HDR_TO_12_BIT = bits == 12
    heif = pillow_heif.from_bytes(mode, samples.shape[1::-1], np.ascontiguousarray(samples).tobytes())
    out = io.BytesIO()
    heif.save(out, chroma=chroma, **{"quality": 90, **SRGB, **options})
    return out.getvalue()


def decoded(body):
    """Straight RGBA, 0 to 1."""
    heif = pillow_heif.open_heif(body, convert_hdr_to_8bit=False)
    samples = np.asarray(heif)
    samples = samples / (255 if samples.dtype == np.uint8 else 65535)
    if samples.ndim == 2:
        samples = np.dstack([samples] * 3)
    elif samples.shape[2] == 2:
        samples = np.dstack([samples[..., :1]] * 3 + [samples[..., 1:]])
    if samples.shape[2] == 3:
        samples = np.dstack([samples, np.ones(samples.shape[:2])])
    if heif.premultiplied_alpha:
        samples[..., :3] = np.clip(samples[..., :3] / np.maximum(samples[..., 3:], 1e-6), 0, 1)
    return samples


def put_together(tiles, tile, size, columns, kind=b"grid", extra=(), told=True):
    """A file of pictures of one item each, as a grid if there are several; `extra` are properties.
    Whether its colours are `told`, too, and not of the tiles alone."""
    rows = len(tiles) // columns
    streams = [inside(body, b"mdat") for body in tiles]
    descriptor = struct.pack(">BBBBHH", 0, 0, rows - 1, columns - 1, *size)
    is_derived = len(tiles) > 1
    items = streams + [descriptor] * is_derived
    names = [b"hvc1"] * len(tiles) + [kind] * is_derived
    count = len(items)
    properties = [full(b"ispe", 0, struct.pack(">II", *tile)), box(b"hvcC", inside(tiles[0], b"hvcC"))]
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

    head = box(b"ftyp", b"heic\0\0\0\0mif1heic")
    at = len(head) + len(meta(0)) + 8
    return head + meta(at) + box(b"mdat", *items)


def grid(picture, tile, columns, extra=(), told=True, **options):
    """A picture in tiles, of which the last ones reach beyond its edges."""
    width, height = picture.size
    rows = -(-height // tile[1])
    canvas = np.asarray(picture)
    canvas = np.pad(canvas, ((0, rows * tile[1] - height), (0, columns * tile[0] - width), (0, 0)), mode="edge")
    parts = [canvas[y * tile[1] : (y + 1) * tile[1], x * tile[0] : (x + 1) * tile[0]]
             for y in range(rows) for x in range(columns)]
    tiles = [saved(Image.fromarray(part), **options) for part in parts]
    return put_together(tiles, tile, picture.size, columns, extra=extra, told=told)


def unlabelled(body):
    """Without a word on colours in the container: what the stream says counts."""
    return body.replace(b"colr", b"free")


def kinds(picture):
    """(name, file, what it shows) of every kind."""
    rgb, grey = np.asarray(picture), picture.convert("L")
    height, width = rgb.shape[:2]
    y, x = np.mgrid[0:height, 0:width]
    opacity = np.clip(255 - np.hypot(x - width / 2, y - height / 2) * 576 / width, 0, 255).astype(np.uint8)
    clear = Image.fromarray(np.dstack([rgb, opacity]))
    deep = rgb.astype(np.uint16) * 257
    made = [(f"{n[0]}:{n[1]}:{n[2]}", saved(picture, int(n))) for n in ("420", "422", "444")]
    made += [
        ("grey", saved(grey)),
        ("video's range", saved(picture, full_range_flag=0)),
        ("odd size", saved(picture.crop((0, 0, width - 7, height - 9)), 420)),
        ("opacity", saved(clear)),
        ("opacity, premultiplied", saved(clear, premultiplied=True)),
        ("10 bits", coded(deep, 10, 420)),
        ("10 bits, 4:2:2", coded(deep, 10, 422)),
        ("12 bits", coded(deep, 12)),
        ("BT.709", saved(picture, matrix_coefficients=1)),
        ("BT.709, 4:2:0, video's range", saved(picture, 420, matrix_coefficients=1, full_range_flag=0)),
        ("BT.2020's matrix", saved(picture, matrix_coefficients=9)),
        ("RGB", saved(picture, matrix_coefficients=0)),
        ("lossless", saved(picture, enc_params={"x265:lossless": "1"})),
        ("colours in the stream", unlabelled(saved(picture, matrix_coefficients=1, full_range_flag=0))),
        ("narrow", saved(picture.crop((0, 0, 5, height)))),
    ]
    kinds = [(name, body, decoded(body)) for name, body in made]
    for primaries, name in ((12, "Display P3 by code points"), (9, "BT.2020 by code points")):
        body = saved(picture, color_primaries=primaries)
        kinds.append((name, body, in_srgb(decoded(body), primaries)))
    return kinds


def grids(picture):
    """The same of grids, which show the picture that they were made of; of 64 pixels a side or more, as
    libheif makes smaller pictures that large."""
    width, height = picture.size
    tile = tuple(max(64, side * 2 // 5 // 64 * 64) for side in picture.size)
    columns, rows = -(-width // tile[0]), -(-height // tile[1])
    shown = np.dstack([np.asarray(picture) / 255, np.ones((height, width))])
    turned = grid(picture.transpose(Image.Transpose.ROTATE_90), tile[::-1], rows, [box(b"irot", b"\3")], False, chroma=420, full_range_flag=0)
    return [("grid", grid(picture, tile, columns, chroma=420), shown), ("grid, turned", turned, shown)]


def turned(picture, value, exif):
    """A picture that stands upright once it is turned as EXIF's value says; it is the container's."""
    turn = {1: None, 2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE",
            6: "ROTATE_90", 7: "TRANSVERSE", 8: "ROTATE_270"}[value]
    stored = picture.transpose(Image.Transpose[turn]) if turn else picture
    return saved(stored, exif=exif(value))


def hdr(picture):
    deep = np.asarray(picture).astype(np.uint16) * 257
    return coded(deep, 10, color_primaries=9, transfer_characteristics=16, matrix_coefficients=9)


def overlay(picture):
    body = saved(picture)
    return put_together([body, body], picture.size, picture.size, 2, kind=b"iovl")


def main():
    """Writes the files of the tests: each kind, small, and what it shows."""
    import inputs

    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    picture, larger = inputs.master((28, 20)), inputs.master((70, 66))
    found = kinds(picture) + grids(larger)
    found += [(f"turned {value}", turned(picture, value, inputs.exif), None) for value in (2, 6, 7)]
    for name, body, truth in found:
        path = folder / re.sub(r"[^a-z0-9]+", "-", name.lower())
        path.with_suffix(".heic").write_bytes(body)
        if truth is not None and not name.startswith("grid"):
            Image.fromarray(np.uint8(truth * 255 + 0.5)).save(path.with_suffix(".png"))
    picture.save(folder / "turned.png")
    larger.save(folder / "grid.png")
    (folder / "hdr.heic").write_bytes(hdr(picture))
    (folder / "overlay.heic").write_bytes(overlay(picture))


if __name__ == "__main__":
    main()
