"""The quality of renditions: SSIMULACRA2 against a floating-point reference."""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.append(str(Path(__file__).resolve().parents[2] / "guest/resize/conformance"))
import judge  # noqa: E402

SIZES = {"large": (1600, None), "medium": (1024, None), "small": (400, None), "thumbnail": (150, 150), "w300": (300, None)}


def reference(picture, name):
    """The whole picture, resampled by a Lanczos filter with 32-bit floating-point samples."""
    width, height = SIZES[name]
    box = (0, 0, *picture.size)
    if height:
        # Its centre, with the rendition's proportions.
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
    found, references = {}, {}
    for folder in folders:
        for file in sorted(Path(folder).iterdir()):
            if file.stem not in references:
                references[file.stem] = reference(picture, file.stem)
            with Image.open(file) as shown:
                score = judge.score(references[file.stem], shown)
            found.setdefault(file.stem, {})[Path(folder).name] = (score, file.stat().st_size)
    return found
