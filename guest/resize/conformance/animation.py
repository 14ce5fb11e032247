"""Animations and very long pictures: written by Pillow, rendered by ours, read back by Pillow (giflib's
rules, libwebp, libpng).

    python animation.py    # the table, to the terminal
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

import hdr
import inputs

ROOT = inputs.ROOT
WRITTEN = ["gif", "webp", "png"]
# Mean difference of 255 that a palette or a lossy coder may make.
CLOSE = {"gif": 6.0, "webp": 6.0, "png": 1.0}


def frames(path):
    """Straight RGBA of every frame, and milliseconds."""
    with Image.open(path) as image:
        shown = []
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            rgba = np.asarray(image.convert("RGBA"), dtype=np.float64)
            shown.append((rgba, image.info.get("duration", 0)))
        return shown


def sources(folder):
    picture = inputs.master((48, 32))
    hole = picture.convert("RGBA")
    opacity = np.zeros((32, 48), dtype=np.uint8)
    opacity[8:24, 12:36] = 255
    hole.putalpha(Image.fromarray(opacity))
    turned = picture.transpose(Image.Transpose.ROTATE_180)
    times = [40, 120, 300]
    # Pillow itself clears to the background's colour, which browsers do not: what stays is compared.
    path = folder / "stays.gif"
    more = [hole, turned.convert("RGBA")]
    picture.convert("RGBA").save(path, save_all=True, append_images=more, duration=times, disposal=1, loop=0)
    yield path
    path = folder / "frames.webp"
    picture.convert("RGBA").save(path, save_all=True, append_images=[hole, turned.convert("RGBA")], duration=times, lossless=True)
    yield path
    for blend in (0, 1):
        for disposal in (0, 1, 2):
            path = folder / f"blend-{blend}-disposal-{disposal}.png"
            more = [hole, turned.convert("RGBA")]
            picture.convert("RGBA").save(path, save_all=True, append_images=more, duration=times, blend=blend, disposal=disposal)
            yield path


def in_hdr(folder):
    """Such files, and what every frame shows."""
    tools = {"chunk": inputs.chunk, "png": inputs.png}
    for name, transfer in (("pq", hdr.PQ), ("hlg", hdr.HLG)):
        path = folder / f"{name}.png"
        body, shown = hdr.apng(inputs.master((48, 32)), transfer, tools)
        path.write_bytes(body)
        yield path, shown


def long(folder):
    for name, size, alpha in (("long", (79, 36_861), False), ("long, alpha", (64, 17_920), True)):
        y, x = np.mgrid[0 : size[1], 0 : size[0]]
        planes = [x * 3 % 256, y % 256, (x + y) % 256] + ([x * 0 + 128] if alpha else [])
        path = folder / f"{name}.png"
        Image.fromarray(np.dstack(planes).astype(np.uint8)).save(path)
        yield path, size


def render(paths, out, parameters):
    """Renditions and errors, picture by picture; all at once, as a component is compiled for each call."""
    command = [ROOT / "target/debug/obscura", "render", "--json", "--out", out]
    command += ["--params", json.dumps(parameters)] if parameters else []
    lines = subprocess.run([*command, *paths], capture_output=True, text=True).stdout.splitlines()
    found = [json.loads(line) for line in lines]
    return [(line.get("renditions", []), line.get("error", {}).get("message", "")) for line in found]


def check(folder):
    """Rows of the table, and how many are wrong."""
    folder = folder / "animation"
    folder.mkdir()
    rows, wrong = [], 0

    def add(name, written, fault):
        nonlocal wrong
        wrong += bool(fault)
        rows.append([name, written, f"WRONG: {fault}" if fault else "right"])

    ask = [{"name": form, "width": 48, "format": form, "animation": "keep", "quality": 95} for form in WRITTEN]
    shown = {path: None for path in sources(folder)} | dict(in_hdr(folder))
    for path, (made, error) in zip(shown, render(shown, folder / "out", {"renditions": ask})):
        expected = frames(path)
        if shown[path]:
            expected = [(rgba * 255, time) for rgba, (_, time) in zip(shown[path], expected)]
        if error:
            add(path.name, "", error)
        for rendition in made:
            found = frames(rendition["path"])
            fault = ""
            if [time for _, time in found] != [time for _, time in expected]:
                fault = f"times {[time for _, time in found]}, not {[time for _, time in expected]}"
            for number, ((mine, _), (theirs, _)) in enumerate(zip(found, expected)):
                opaque = theirs[..., 3] >= 128
                if not np.array_equal(mine[..., 3] >= 128, opaque):
                    fault = fault or f"opacity of frame {number}"
                elif opaque.any() and np.abs(mine - theirs)[opaque].mean() > CLOSE[rendition["name"]]:
                    fault = fault or f"frame {number} differs by {np.abs(mine - theirs)[opaque].mean():.1f}"
            add(path.name, rendition["name"], fault)
    auto = {"renditions": [{"name": "auto", "width": 79, "format": "auto"}]}
    pictures = list(long(folder))
    for parameters in (None, auto):
        results = render([path for path, _ in pictures], folder / "out", parameters)
        for (path, size), (made, error) in zip(pictures, results):
            if error:
                add(path.name, "", error)
            for rendition in made:
                with Image.open(rendition["path"]) as image:
                    image.load()
                    right = image.size == (rendition["width"], rendition["height"])
                    if rendition["name"] != "thumbnail":
                        right = right and image.size == size
                    add(path.name, f"{rendition['name']}, {image.format}", "" if right else f"{image.size}")
    return rows, wrong


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        rows, wrong = check(Path(folder))
        for row in rows:
            print(" | ".join(row))
        print(f"{len(rows)} files, {wrong} wrong")
        sys.exit(1 if wrong else 0)
