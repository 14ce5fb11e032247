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

from heif import AVIF, box, in_srgb, in_tiles, inside, put_together, stored

def saved(picture, **options):
    out = io.BytesIO()
    picture.save(out, "AVIF", **{"quality": 90, "speed": 8, **options})
    return out.getvalue()


def coded(samples, bits, **options):
    return imagecodecs.avif_encode(samples, level=95, speed=8, bitspersample=bits, numthreads=1, **options)


def in_hdr(samples, bits, sampling, primaries, transfer):
    """Of stored values, 0 to 1."""
    whole = np.round(samples * ((1 << bits) - 1)).astype(np.uint16)
    return coded(whole, bits, primaries=primaries, transfer=transfer, matrix=9, pixelformat=sampling)


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


def grid(picture, tile, columns, **options):
    """A picture in tiles, of which the last ones reach beyond its edges."""
    tiles = [saved(part, **options) for part in in_tiles(picture, tile, columns)]
    return put_together(AVIF, tiles, tile, picture.size, columns)


def cut(picture, left, top, width, height, **options):
    """A picture of which a clean aperture shows a part."""
    numbers = [width, 1, height, 1, 2 * left + width - picture.width, 2, 2 * top + height - picture.height, 2]
    aperture = box(b"clap", struct.pack(">IIIIiIiI", *numbers))
    return put_together(AVIF, [saved(picture, **options)], picture.size, picture.size, 1, extra=[aperture])


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
    return saved(stored(picture, value), exif=exif(value))


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
