"""HEIC files of every kind that is read: by pillow-heif (libheif, with x265 and libde265), and, where
it does not write a kind, put together here of pictures that it coded.

    python heic.py FOLDER    # writes the files of the tests anew: ../tests/heic
"""

import io
import re
import sys
from pathlib import Path

import numpy as np
import pillow_heif
from PIL import Image

from heif import HEIC, box, in_srgb, in_tiles, put_together, stored

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


def in_hdr(samples, bits, sampling, primaries, transfer):
    """Of stored values, 0 to 1."""
    whole = np.round(samples * 65535).astype(np.uint16)
    how = {"color_primaries": primaries, "transfer_characteristics": transfer, "matrix_coefficients": 9}
    return coded(whole, bits, int(sampling), **how)


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


def grid(picture, tile, columns, extra=(), told=True, **options):
    """A picture in tiles, of which the last ones reach beyond its edges."""
    tiles = [saved(part, **options) for part in in_tiles(picture, tile, columns)]
    return put_together(HEIC, tiles, tile, picture.size, columns, extra=extra, told=told)


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
    return saved(stored(picture, value), exif=exif(value))


def hdr(picture):
    deep = np.asarray(picture).astype(np.uint16) * 257
    return coded(deep, 10, color_primaries=9, transfer_characteristics=16, matrix_coefficients=9)


def overlay(picture):
    body = saved(picture)
    return put_together(HEIC, [body, body], picture.size, picture.size, 2, kind=b"iovl")


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
