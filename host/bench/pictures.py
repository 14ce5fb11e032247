"""The pictures to measure, made from the photographs in examples/photos.

The photographs are small. They are enlarged, placed side by side, and given detail and noise, so that
their files have about as many bits per pixel as a camera's, which determines the decoding time.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

PHOTOS = ["astronaut.jpg", "coffee.jpg", "hubble.jpg", "rocket.jpg"]

# Name: width, height, and the file's encoding.
JPEG = {"quality": 92, "subsampling": "4:2:0"}
PICTURES = {
    "1mp.jpg": (1152, 864, JPEG),
    "3mp.jpg": (2048, 1536, JPEG),
    "6mp.jpg": (2816, 2112, JPEG),
    "12mp.jpg": (4000, 3000, JPEG),
    "24mp.jpg": (6000, 4000, JPEG),
    "48mp.jpg": (8000, 6000, JPEG),
    "100mp.jpg": (11520, 8640, JPEG),
    "12mp-progressive.jpg": (4000, 3000, {**JPEG, "progressive": True}),
    "12mp.png": (4000, 3000, {"compress_level": 6}),
    "12mp.webp": (4000, 3000, {"quality": 85, "method": 4}),
}


def photograph(photos, width, height, seed=1):
    """`width` x `height` pixels, as hard to compress as a photograph."""
    random = np.random.default_rng(seed)
    canvas = Image.new("RGB", (width, height))
    across = 2
    tile = (-(-width // across), -(-height // across))
    for index in range(across * across):
        photo = Image.open(photos / PHOTOS[index % len(PHOTOS)]).convert("RGB")
        # Its centre, with the tile's proportions.
        scale = max(tile[0] / photo.width, tile[1] / photo.height)
        size = (tile[0] / scale, tile[1] / scale)
        left, top = (max(0.0, have - need) / 2 for have, need in zip(photo.size, size))
        box = (left, top, min(left + size[0], photo.width), min(top + size[1], photo.height))
        enlarged = photo.resize(tile, Image.Resampling.BICUBIC, box=box)
        # Detail that enlarging cannot provide: the photograph's own, from coarser scales.
        fine = photo.filter(ImageFilter.GaussianBlur(1.5))
        detail = np.asarray(photo, np.int16)[..., 1] - np.asarray(fine, np.int16)[..., 1]
        repeat = (-(-tile[1] // detail.shape[0]), -(-tile[0] // detail.shape[1]))
        detail = np.tile(detail, repeat)[: tile[1], : tile[0]]
        pixels = np.asarray(enlarged, np.int16) + (detail // 2)[..., None]
        canvas.paste(
            Image.fromarray(pixels.clip(0, 255).astype(np.uint8)),
            (index % across * tile[0], index // across * tile[1]),
        )
    # Sensor noise, slightly blurred, as after demosaicing.
    rows = []
    for top in range(0, height, 512):
        band = np.asarray(canvas.crop((0, top, width, min(top + 512, height))), np.float32)
        noise = random.normal(0, 2.0, band.shape[:2]).astype(np.float32)
        noise = (noise + np.roll(noise, 1, 0) + np.roll(noise, 1, 1)) / 1.5
        rows.append((band + noise[..., None] + 0.5).clip(0, 255).astype(np.uint8))
    return Image.fromarray(np.concatenate(rows))


def make(folder, photos, names):
    """Make the missing ones of `names`."""
    folder.mkdir(parents=True, exist_ok=True)
    by_size = {}
    for name in names:
        if not (folder / name).exists():
            width, height, options = PICTURES[name]
            by_size.setdefault((width, height), []).append((name, options))
    for (width, height), files in by_size.items():
        print(f"making {', '.join(name for name, _ in files)}", file=sys.stderr)
        picture = photograph(photos, width, height)
        for name, options in files:
            picture.save(folder / f".{name}", format=Image.registered_extensions()[Path(name).suffix], **options)
            (folder / f".{name}").rename(folder / name)
