"""How good renditions are: SSIMULACRA2 against a reference that was made in floating point."""

import io
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from ssimulacra2 import compute_ssimulacra2

SIZES = {"large": (1600, None), "medium": (1024, None), "small": (400, None), "thumbnail": (150, 150), "w300": (300, None)}


def reference(picture, name):
    """The whole picture, resampled by Lanczos' filter with 32-bit floating point samples."""
    width, height = SIZES[name]
    box = (0, 0, *picture.size)
    if height:
        # The middle of it, at the rendition's proportions.
        scale = min(picture.width / width, picture.height / height)
        left, top = (picture.width - width * scale) / 2, (picture.height - height * scale) / 2
        box = (left, top, left + width * scale, top + height * scale)
    else:
        height = int(picture.height * width / picture.width + 0.5)
    planes = [
        np.asarray(plane.convert("F").resize((width, height), Image.Resampling.LANCZOS, box=box))
        for plane in picture.split()
    ]
    return Image.fromarray(np.stack(planes, -1).round().clip(0, 255).astype(np.uint8))


def scores(source, folders):
    """For each folder of renditions, the score and the bytes of each."""
    picture = Image.open(source).convert("RGB")
    found = {}
    with tempfile.TemporaryDirectory() as scratch:
        for folder in folders:
            for file in sorted(Path(folder).iterdir()):
                expected = Path(scratch) / f"{file.stem}.png"
                if not expected.exists():
                    reference(picture, file.stem).save(expected)
                shown = Path(scratch) / "shown.png"
                Image.open(io.BytesIO(file.read_bytes())).convert("RGB").save(shown)
                score = compute_ssimulacra2(str(expected), str(shown))
                found.setdefault(file.stem, {})[Path(folder).name] = (score, file.stat().st_size)
    return found
