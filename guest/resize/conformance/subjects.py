"""Pictures whose subject is known, from packages: `install.sh subjects` fetches those. Nothing of them is kept in
the project but the boxes in subjects.json, in thousandths of width and height: left, top, width, height.

Faces were marked by the detector YuNet (one by hand), things by hand, and all were looked at. Most photographers
put the subject near the middle. So each picture of one face that is not large is cut, too, such that the face lies
at an edge: the left or the right one of a picture of 3:2, the upper or the lower one of 2:3.

Pictures take turns: the first half is what constants were chosen by, the second half is held out.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import skimage
from PIL import Image, ImageOps

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / ".tools/subjects"
PLACES = {"photographs": ROOT / ".tools/photographs/files", "skimage": Path(skimage.__file__).parent / "data"}
SIDE = 640
# How far a face is from the edge where it was cut, in faces.
MARGIN = 0.25


@dataclass
class Subject:
    path: Path
    size: tuple
    # `faces`, `edge` (a face at an edge) or `things`.
    kind: str
    held_out: bool
    # In pixels: left, top, right, bottom.
    boxes: list


def source(picture):
    package, rest = picture.split("/", 1)
    return PLACES.get(package, FOLDER / package) / rest


def opened(picture):
    with Image.open(source(picture)) as image:
        image = ImageOps.exif_transpose(image)
        if image.mode == "RGBA":
            image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
        image = image.convert("RGB")
    # Of these pixels, whatever profile the file had.
    image.info.clear()
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    return image


def at_edges(size, box):
    """The parts of a picture that have its face at an edge, as (left, top, right, bottom)."""
    (width, height), (left, top, right, bottom) = size, box
    face_width, face_height = right - left, bottom - top
    # Upright, the other edges would cut off what is still there of the person.
    rooms = {
        "left": (max(0, left - MARGIN * face_width), 0, width, height),
        "right": (0, 0, min(width, right + MARGIN * face_width), height),
        "top": (0, max(0, top - MARGIN * face_height), width, height),
        "bottom": (0, 0, width, min(height, bottom + MARGIN * face_height)),
    }
    for edge, (x0, y0, x1, y1) in rooms.items():
        lying = edge in ("left", "right")
        ratio = 3 / 2 if lying else 2 / 3
        across = min(x1 - x0, (y1 - y0) * ratio)
        down = across / ratio
        if across < 3 * face_width if lying else down < 3 * face_height:
            continue
        # Along the edge, the face is in the middle, or as near to it as there is room.
        middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
        x = min(max(x0, middle_x - across / 2), x1 - across) if not lying else (x0 if edge == "left" else x1 - across)
        y = min(max(y0, middle_y - down / 2), y1 - down) if lying else (y0 if edge == "top" else y1 - down)
        part = tuple(round(v) for v in (x, y, x + across, y + down))
        if part[0] <= left and part[1] <= top and part[2] >= right and part[3] >= bottom:
            yield edge, part


def load(folder):
    """Every one, written to `folder` as a PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    subjects = []
    for index, entry in enumerate(json.loads(Path(__file__).with_name("subjects.json").read_text())):
        image = opened(entry["picture"])
        width, height = image.size
        boxes = [(x * width / 1000, y * height / 1000, (x + w) * width / 1000, (y + h) * height / 1000) for x, y, w, h in entry["boxes"]]
        parts = [("", (0, 0, width, height))]
        if entry["shows"] == "faces" and len(boxes) == 1:
            parts += at_edges(image.size, boxes[0])
        for edge, part in parts:
            path = folder / f"{index:02}{edge}.png"
            if not path.exists():
                image.crop(part).save(path, compress_level=1)
            moved = [(a - part[0], b - part[1], c - part[0], d - part[1]) for a, b, c, d in boxes]
            size = (part[2] - part[0], part[3] - part[1])
            subjects.append(Subject(path, size, "edge" if edge else entry["shows"], index % 2 == 1, moved))
    return subjects
