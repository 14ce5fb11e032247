"""Fits, positions and crops that are found, against sharp."""

import itertools
import json
import subprocess
from pathlib import Path

import numpy as np
from PIL import Image

import inputs

ROOT = inputs.ROOT
POSITIONS = ["center", "top", "right-top", "right", "right-bottom", "bottom", "left-bottom", "left", "left-top"]
# `attention` is not sharp's: see CROP.md.
FOUND = ["entropy"]
# Crops that are found may differ by so much of the side: measures are taken on small copies.
NEAR = 0.1


def jobs():
    for fit in ("cover", "contain", "fill", "inside", "outside"):
        for size, asked in itertools.product([(480, 320), (311, 473)], [(100, 100), (150, 77)]):
            yield fit, "center", size, asked
    for position in POSITIONS[1:]:
        yield "cover", position, (480, 320), (100, 100)
        yield "contain", position, (480, 320), (100, 100)
    for position, asked in itertools.product(FOUND, [(120, 160), (160, 60), (90, 90)]):
        for photo in ("astronaut", "coffee", "rocket", "hubble"):
            yield "cover", position, photo, asked


def source(folder, of):
    path = folder / f"{of if isinstance(of, str) else '{}x{}'.format(*of)}.png"
    if not path.exists():
        if isinstance(of, str):
            with Image.open(ROOT / f"examples/photos/{of}.jpg") as picture:
                picture.convert("RGB").resize((480, 480 * picture.height // picture.width)).save(path)
        else:
            # Where a pixel is can be read from its colour.
            y, x = np.mgrid[0 : of[1], 0 : of[0]]
            Image.fromarray(np.dstack([x * 255 // of[0], y * 255 // of[1], x * 0 + 128]).astype(np.uint8)).save(path)
    return path


def check(folder):
    """Rows of the table, and how many are wrong."""
    cases = list(jobs())
    folder = folder / "geometry"
    folder.mkdir()
    asks = []
    for number, (fit, position, of, (width, height)) in enumerate(cases):
        strategy = {"position": position.replace("-", " ")}
        resize = {"width": width, "height": height, "fit": fit, "background": "#ffffff", **strategy}
        asks.append({"in": str(source(folder, of)), "out": str(folder / f"{number}.png"), "resize": resize})
    script = Path(__file__).with_name("sharp.mjs")
    subprocess.run(["node", script], input=json.dumps(asks), text=True, check=True, capture_output=True, cwd=ROOT / ".tools/sharp")
    # All that is asked of a picture at once: a component is compiled for each call.
    for path in {ask["in"] for ask in asks}:
        renditions = [
            {"name": f"r{number}", "width": width, "height": height, "fit": fit, "position": position, "format": "png"}
            for number, ((fit, position, _, (width, height)), ask) in enumerate(zip(cases, asks))
            if ask["in"] == path
        ]
        command = [ROOT / "target/debug/obscura", "render", "--out", folder / "ours",
                   "--params", json.dumps({"renditions": renditions}), path]
        subprocess.run(command, check=True, capture_output=True)
    rows, wrong = [], 0
    for number, (case, ask) in enumerate(zip(cases, asks)):
        fit, position, of, (width, height) = case
        mine = np.asarray(Image.open(folder / "ours" / Path(ask["in"]).name / f"r{number}.png").convert("RGB"), dtype=float)
        theirs = np.asarray(Image.open(ask["out"]).convert("RGB"), dtype=float)
        same = mine.shape == theirs.shape
        if not same:
            distance, right = float("nan"), False
        elif position in FOUND:
            distance = offset(mine, theirs, of, folder)
            right = distance <= NEAR * max(width, height)
        else:
            distance = float(np.abs(mine - theirs).mean())
            right = distance < 1.0
        wrong += not right
        size = lambda pixels: f"{pixels.shape[1]}×{pixels.shape[0]}"
        name = of if isinstance(of, str) else "{}×{}".format(*of)
        rows.append([fit, position, name, f"{width}×{height}", size(mine), size(theirs), f"{distance:.1f}", "right" if right else "WRONG"])
    return rows, wrong


def offset(mine, theirs, of, folder):
    """How far two crops of one picture are apart."""
    height, width = mine.shape[:2]
    with Image.open(source(folder, of)) as picture:
        scale = max(width / picture.width, height / picture.height)
        whole = np.asarray(picture.resize((round(picture.width * scale), round(picture.height * scale)), Image.Resampling.LANCZOS), dtype=float)

    def place(crop):
        best = None
        for top in range(whole.shape[0] - height + 1):
            for left in range(whole.shape[1] - width + 1):
                error = np.abs(whole[top : top + height, left : left + width] - crop).mean()
                if best is None or error < best[0]:
                    best = (error, top, left)
        return best[1:]

    return float(np.hypot(*np.subtract(place(mine), place(theirs))))
