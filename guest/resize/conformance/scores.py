"""Whether a score that is asked for is reached, as the judge says."""

import json
import subprocess

from PIL import Image

import inputs
import judge

ROOT = inputs.ROOT
WIDTH = 256
PHOTOS = ["astronaut.jpg", "coffee.jpg", "hubble.jpg", "rocket.jpg"]
ASKED = (50, 65, 80)
# How far our own score may be from the judge's.
TOLERANCE = 0.5


def check(folder):
    """Rows of picture, format, what was asked for, what was reached; and how many missed it."""
    renditions = [{"name": "exact", "width": WIDTH, "format": "png"}]
    renditions += [
        {"name": f"{form}-{score}", "width": WIDTH, "format": form, "quality": {"score": score}}
        for form in ("jpeg", "webp")
        for score in ASKED
    ]
    photos = [ROOT / "examples/photos" / name for name in PHOTOS]
    command = [ROOT / "target/debug/obscura", "render", "--json", "--out", folder / "scores",
               "--params", json.dumps({"renditions": renditions}), *photos]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    rows, missed = [], 0
    for line in map(json.loads, done.stdout.splitlines()):
        files = {made["name"]: made["path"] for made in line["renditions"]}
        name = line["source"].rpartition("/")[2]
        for form in ("jpeg", "webp"):
            pictures = (Image.open(files[f"{form}-{score}"]) for score in ASKED)
            reached = [judge.score(Image.open(files["exact"]), picture) for picture in pictures]
            missed += sum(got < score - TOLERANCE for got, score in zip(reached, ASKED))
            rows.append([name, form, *(f"{got:.1f}" for got in reached)])
    return rows, missed
