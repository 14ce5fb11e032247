"""How much of a picture's subject is left by crops that look into the picture: ours, sharp's and smartcrop's.
Writes CROP.md.

    python crop.py              # all of it: a few minutes
    python crop.py --list       # every crop by `faces` that loses half of a subject, too
"""

import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
from PIL import Image

import run
import subjects

ROOT = subjects.ROOT
RATIOS = {"1:1": 1, "3:4": 3 / 4, "16:9": 16 / 9, "9:16": 9 / 16}
KINDS = {"faces": "Faces", "edge": "A face at an edge", "things": "Things and animals"}
# By the component that has it.
OURS = {"resize": {"attention": "`attention`", "entropy": "`entropy`"}, "resize_faces": {"faces": "`faces`"}}
OTHERS = {"attention": "sharp, `attention`", "entropy": "sharp, `entropy`", "smartcrop": "smartcrop"}
MIDDLE = "the middle"
# What time is measured with: 12 megapixels of a portrait.
LARGE = "thumbor/tests/fixtures/images/Christophe_Henner_-_June_2016.jpg"
TIMES = 9


def crop_size(size, ratio):
    """The largest crop of these proportions; None if next to nothing is cut off."""
    width, height = min(size[0], round(size[1] * ratio)), min(size[1], round(size[0] / ratio))
    return None if width * height > 0.97 * size[0] * size[1] else (width, height)


def jobs(pictures):
    return [(picture, name, crop_size(picture.size, ratio)) for picture in pictures for name, ratio in RATIOS.items() if crop_size(picture.size, ratio)]


def place(whole, part):
    """Where in a picture an unscaled crop of it is."""
    (height, width), (down, across) = whole.shape[:2], part.shape[:2]
    for left in range(width - across + 1):
        for top in range(height - down + 1):
            if np.array_equal(whole[top : top + down, left : left + across], part):
                return left, top
    raise ValueError("this is no part of that picture")


def ours(component, positions, work, folder):
    """{(position, job's number): (left, top)}."""
    found, groups = {}, defaultdict(list)
    for number, (picture, _, size) in enumerate(work):
        groups[picture.size].append((number, picture, size))
    for index, group in enumerate(groups.values()):
        renditions, names = [], {}
        for number, picture, (width, height) in group:
            for position in positions:
                name = f"{position}-{width}-{height}"
                names[(picture.path.stem, name)] = names.get((picture.path.stem, name), []) + [(position, number)]
                one = {"name": name, "width": width, "height": height, "position": position, "format": "png"}
                renditions += [one] if one not in renditions else []
        paths = list(dict.fromkeys(picture.path for _, picture, _ in group))
        command = [ROOT / "target/debug/obscura", "render", "--json", "--component", component, "--out", folder / str(index)]
        command += ["--params", json.dumps({"renditions": renditions}), *paths]
        for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines():
            line = json.loads(line)
            with Image.open(line["source"]) as image:
                whole = np.asarray(image.convert("RGB"))
            for made in line["renditions"]:
                with Image.open(made["path"]) as image:
                    at = place(whole, np.asarray(image.convert("RGB")))
                for key in names[(Path(line["source"]).stem, made["name"])]:
                    found[key] = at
    return found


def others(work):
    """The same, of sharp and smartcrop."""
    tasks = [{"in": str(picture.path), "width": size[0], "height": size[1]} for picture, _, size in work]
    script = Path(__file__).with_name("crop.mjs")
    lines = subprocess.run(["node", script], input=json.dumps(tasks), text=True, capture_output=True, check=True, cwd=ROOT / ".tools/sharp").stdout
    return {(way, number): tuple(result[way]) for number, result in enumerate(json.loads(lines)) for way in OTHERS}


def kept(picture, size, at):
    """The share of the subject that a crop keeps, by area."""
    area = share = 0
    for left, top, right, bottom in picture.boxes:
        across = min(right, at[0] + size[0]) - max(left, at[0])
        down = min(bottom, at[1] + size[1]) - max(top, at[1])
        area += (right - left) * (bottom - top)
        share += max(0, across) * max(0, down)
    return share / area


def possible(picture, size):
    """The most that any crop of this size keeps."""
    return max(kept(picture, size, (left, top)) for left in range(picture.size[0] - size[0] + 1) for top in range(picture.size[1] - size[1] + 1))


def judge(work, ways):
    """{way: shares kept, of the possible}."""
    best = [possible(picture, size) for picture, _, size in work]
    return {way: np.array([kept(work[n][0], work[n][2], places[n]) / best[n] for n in range(len(work))]) for way, places in ways.items()}


def table(work, shares, chosen):
    """A row for each way: the mean share for every ratio, that of all, and how many crops lose more than half."""
    text = f"| | {' | '.join(RATIOS)} | all | lost |\n|---|{'---|' * (len(RATIOS) + 2)}\n"
    numbers = [n for n in range(len(work)) if chosen(work[n][0])]
    for way, values in shares.items():
        cells = []
        for ratio in RATIOS:
            of_ratio = [values[n] for n in numbers if work[n][1] == ratio]
            cells.append(f"{100 * np.mean(of_ratio):.1f}" if of_ratio else "–")
        every = values[numbers]
        text += f"| {way} | {' | '.join(cells)} | {100 * every.mean():.1f} | {100 * (every < 0.5).mean():.1f} |\n"
    return text


def sections(work, shares):
    text = ""
    for kind, title in KINDS.items():
        for held_out, half in ((False, "the half that constants were chosen by"), (True, "the half that was held out")):
            chosen = [picture for picture, _, _ in work if picture.kind == kind and picture.held_out == held_out]
            count = len({picture.path for picture in chosen})
            text += f"\n## {title}: {half}\n\n{count} pictures, {len(chosen)} crops.\n\n"
            text += table(work, shares, lambda picture, k=kind, h=held_out: (picture.kind, picture.held_out) == (k, h))
    return text


def costs():
    """A row for each way to find a crop: the component's size, and the least time of a few runs in the sandbox."""
    text = "| | component | processor time | memory |\n|---|---|---|---|\n"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.jpg"
        with Image.open(subjects.source(LARGE)) as image:
            image.convert("RGB").resize((4243, 2828), Image.Resampling.LANCZOS).save(path, quality=90)
        for component, position in (("resize", "center"), ("resize", "entropy"), ("resize", "attention"), ("resize_faces", "attention"), ("resize_faces", "faces")):
            file = ROOT / f"target/wasm32-wasip2/guest/{component}.wasm"
            rendition = {"name": "one", "width": 150, "height": 150, "position": position, "format": "jpeg"}
            command = [ROOT / "target/debug/obscura", "render", "--json", "--component", file, "--out", Path(folder) / "out"]
            command += ["--params", json.dumps({"renditions": [rendition]}), path]
            lines = [json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout) for _ in range(TIMES)]
            spent, memory = min(line["guest_cpu_ms"][0] for line in lines), lines[0]["peak_memory_bytes"]
            text += f"| `{component.replace('_', '-')}`, `{position}` | {file.stat().st_size / 1e6:.2f} MB | {spent:.1f} ms | {memory / 2**20:.1f} MiB |\n"
    return text


def measured():
    """The jobs, and the shares that every way keeps."""
    with tempfile.TemporaryDirectory() as folder:
        work = jobs(subjects.load(subjects.FOLDER / "pictures"))
        numbers, ways = range(len(work)), {}
        for component, positions in OURS.items():
            file = ROOT / f"target/wasm32-wasip2/guest/{component}.wasm"
            places = ours(file, list(positions), work, Path(folder) / component)
            ways |= {title: [places[(way, n)] for n in numbers] for way, title in positions.items()}
        elsewhere = others(work)
    ways |= {title: [elsewhere[(way, n)] for n in numbers] for way, title in OTHERS.items()}
    ways[MIDDLE] = [((picture.size[0] - size[0]) / 2, (picture.size[1] - size[1]) / 2) for picture, _, size in work]
    return work, judge(work, ways)


def main():
    work, shares = measured()
    if "--list" in sys.argv:
        for n, (picture, ratio, _) in enumerate(work):
            if shares["`faces`"][n] < 0.5:
                print(picture.path.stem, picture.kind, ratio, *(f"{title} {values[n]:.2f}" for title, values in shares.items()))
    versions = json.loads((ROOT / ".tools/sharp/package.json").read_text())["dependencies"]
    text = f"""# What crops keep

Generated by `just crop`; do not edit. Photographs from packages (`conformance/subjects.json`), with boxes around faces,
or around things and animals that they were taken of. The largest crops of 1:1, 3:4, 16:9 and 9:16, by ours in the
sandbox, sharp {run.sharp_version()} and smartcrop {versions["smartcrop"]}. A cell is the share of the subject that is kept, in percent of the most
that a crop of that size can keep; `lost` is the percentage of crops that keep less than half of it.

`attention` adds up edges and skin; its constants were chosen by one half of the pictures, and are judged by the other.
`faces` is of the component `resize-faces`, which falls back to `attention`. Its detector marked most of the faces here,
so its figures tell what a crop makes of what is detected rather than what is missed.
{sections(work, shares)}
## What it costs

A JPEG of 12 megapixels to 150 × 150, in the sandbox: the least of {TIMES} runs.

{costs()}"""
    (ROOT / "guest/resize/CROP.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
