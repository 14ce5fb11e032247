"""Renders every kind of input with ours, sharp and Pillow, and writes CONFORMANCE.md.

    python run.py            # all, and the table
    python run.py NAME…      # the kinds whose names contain one of these, to the terminal
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import PIL
from PIL import Image, ImageOps

import animation
import geometry
import inputs
import measure
import scores
import transforms

ROOT = inputs.ROOT
WIDTH = 160
# How much worse than sharp a kind may be: mean CIEDE2000, and SSIMULACRA2.
COLOUR, SCORE = 0.15, 1.5
# How much darker a soft edge may be than the reference, of 255.
FRINGE = 24
# How far from the reference a picture is that was misunderstood: turned, inverted, of other colours.
WRONG = 1.0


def render(cases, out, parameters, component=None):
    """What is made of every file, by this component or by that which reads it."""
    results = {}
    for name in dict.fromkeys(component or case.component for case in cases):
        paths = [case.path for case in cases if (component or case.component) == name]
        command = [ROOT / "target/debug/obscura", "render", "--json", "--out", out, "--params", json.dumps(parameters)]
        command += ["--component", inputs.COMPONENTS / f"{name}.wasm", *paths]
        lines = subprocess.run(command, capture_output=True, text=True).stdout.splitlines()
        results.update(zip(paths, map(json.loads, lines), strict=True))
    return [results[case.path] for case in cases]


def ours(cases, out, ask):
    return render(cases, out, {"renditions": [{"name": "r", "width": WIDTH, "format": "png", **ask}]})


def sharp(cases, out):
    out.mkdir()
    jobs = [{"in": str(c.path), "out": str(out / f"{n}.png"), "resize": {"width": WIDTH}} for n, c in enumerate(cases)]
    script = Path(__file__).with_name("sharp.mjs")
    done = subprocess.run(["node", script], input=json.dumps(jobs), text=True, capture_output=True,
                          check=True, cwd=ROOT / ".tools/sharp")
    return [{**job, **result} for job, result in zip(jobs, json.loads(done.stdout))]


def pillow(case, size):
    try:
        with Image.open(case.path) as image:
            image = ImageOps.exif_transpose(image)
            mode = "RGBA" if image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info else "RGB"
            small = image.convert(mode).resize(size, Image.Resampling.LANCZOS)
            return np.asarray(small.convert("RGBA"), dtype=np.float64) / 255
    except Exception:
        return None


def compare(case, mine, theirs, linear):
    """A row of the table, and what is wrong with it."""
    if case.error:
        code, word = case.error
        error = mine.get("error", {})
        right = error.get("code") == code and word in error.get("message", "")
        return [case.name, f"`{code}`", "–", "–", "–", "–", "right" if right else f"WRONG: {error or 'rendered'}"], not right
    if "error" in mine:
        return [case.name, "–", "–", "–", "–", "–", f"WRONG: {mine['error']['message']}"], True
    rendered = mine["renditions"][0]
    height, width = case.truth.shape[:2]
    # No picture is enlarged.
    across = min(WIDTH, width)
    size = (across, max(1, int(height * across / width + 0.5)))
    reference = measure.resize(case.truth, *size)
    cell = lambda rgba: (measure.colour_error(rgba, reference), measure.score(rgba, reference))
    faults = []
    if (rendered["width"], rendered["height"]) != size:
        faults.append(f"size {rendered['width']}×{rendered['height']}")
    if not faults:
        own = measure.load(rendered["path"])
        colour, score = cell(own)
        as_stored = measure.resize(case.truth, *size, light=False)
        dark = measure.fringe(own, as_stored)
        if dark > FRINGE:
            faults.append(f"fringe {dark:.0f}")
        near = min(colour, measure.colour_error(own, as_stored))
        if near > min(WRONG, case.near):
            faults.append(f"colours differ by {near:.1f}")
    else:
        colour, score = float("nan"), float("nan")
    show = lambda pair: f"{pair[0]:.2f} / {pair[1]:.1f}".replace("nan", "–")
    row = [case.name, f"{size[0]}×{size[1]}", show((colour, score)), "–", "–", "–", ""]
    if linear and "renditions" in linear and not faults:
        row[5] = show(cell(measure.load(linear["renditions"][0]["path"])))
    if "error" not in theirs:
        other = measure.load(theirs["out"])
        if other.shape[:2] == (size[1], size[0]):
            other = cell(other)
            row[3] = show(other)
            if (colour > other[0] + COLOUR or score < other[1] - SCORE) and not case.purpose:
                faults.append("worse than sharp")
        else:
            row[3] = f"{other.shape[1]}×{other.shape[0]}"
    else:
        row[3] = "error"
    third = pillow(case, size)
    row[4] = show(cell(third)) if third is not None else "error"
    row[6] = "WRONG: " + ", ".join(faults) if faults else case.purpose or "right"
    return row, bool(faults)


def main():
    names = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        cases = inputs.make(folder / "in")
        if names:
            cases = [case for case in cases if any(name in case.name for name in names)]
        mine = ours(cases, folder / "ours", {})
        linear = ours(cases, folder / "linear", {"linear": True})
        theirs = sharp(cases, folder / "sharp")
        rows, wrong = [], 0
        for case, *results in zip(cases, mine, theirs, linear):
            row, fault = compare(case, *results)
            rows.append(row)
            wrong += fault
            print(" | ".join(row), flush=True)
        shapes, misplaced = ([], 0) if names else geometry.check(folder)
        reached, missed = ([], 0) if names else scores.check(folder)
        moving, halting = ([], 0) if names else animation.check(folder)
        others, misread = transforms.check(cases, render, folder)
        for row in others:
            if row[-1] != "right" or names:
                print(" | ".join(row), flush=True)
    print(f"{len(rows)} kinds of input, {wrong} wrong; {len(shapes)} geometries, {misplaced} wrong; "
          f"{len(reached) * len(scores.ASKED)} scores, {missed} missed; {len(moving)} animations and long pictures, {halting} wrong; "
          f"{len(others)} kinds by the other transforms, {misread} wrong")
    if not names:
        write(rows, wrong, shapes, misplaced, reached, missed, moving, halting, others, misread)
    sys.exit(1 if wrong or misplaced or missed or halting or misread else 0)


def write(rows, wrong, shapes, misplaced, reached, missed, moving, halting, others, misread):
    table = lambda rows: "".join(f"| {' | '.join(row)} |\n" for row in rows)
    text = f"""# Conformance

Generated by `just conformance`; do not edit. Ours in the sandbox, sharp {sharp_version()} and Pillow {PIL.__version__}, each
from the file to a PNG of {WIDTH} pixels' width. The reference is resampled in floating point
and linear light, with a Lanczos filter. A cell is the mean colour error (CIEDE2000; 1 is just visible) and
SSIMULACRA2 (100 is identical, 90 is indistinguishable). All three resample in the stored encoding, which
explains the distance to the reference; `linear` is ours with `"linear": true`.

AVIF is read by `resize-avif`, HEIC by `resize-heif`, everything else by `resize`. HDR is compared with what the
formulas of BT.2100, BT.2408 and BT.2390 give, written down anew in `conformance/hdr.py`.

A kind is wrong if its size or orientation is, if its colours are (more than {WRONG:g}; {inputs.TONE:g} in HDR), if soft edges are
darker by more than {FRINGE} of 255 than the same filter on what is stored makes them, or if it is worse than sharp by more than {COLOUR} of colour
error or {SCORE} of score, unless the last column says why that is wanted.

## Inputs: {len(rows)} kinds, {wrong} wrong

| Input | Size or error | Ours | sharp | Pillow | Ours, `linear` | |
|---|---|---|---|---|---|---|
{table(rows)}
## Geometry: {len(shapes)} cases, {misplaced} wrong

Size, and the distance of the crop from sharp's in pixels of the rendition.

| Fit | Position | Picture | Asked | Ours | sharp | Distance | |
|---|---|---|---|---|---|---|---|
{table(shapes)}
## Scores: {len(reached) * len(scores.ASKED)} asked for, {missed} missed

What the crate `ssimulacra2` says of files for which `{{"quality": {{"score": N}}}}` asked. Missed is
what is below it by more than {scores.TOLERANCE:g}; a score above it is the next quality, or the best one.

| Picture | Format | {' | '.join(f"{score} asked" for score in scores.ASKED)} |
|---|---|{'---|' * len(scores.ASKED)}
{table(reached)}
## Animations and long pictures: {len(moving)} files, {halting} wrong

Written by Pillow, rendered, and read back by Pillow: times and opacity the same, colours close.

| Picture | Written | |
|---|---|---|
{table(moving)}
## The other transforms: {len(others)} kinds, {misread} wrong

The same files. `watermark` with a transparent mark has to make what `resize` makes at the picture's own size: the
cell is the largest difference, of 255, up to {transforms.MARKED}. Of `placeholder`: the distance of its mean colour from the
picture's, up to {transforms.MEAN:g}, and the mean distance of its preview from the reference, up to {transforms.PREVIEW:g} (CIEDE2000). Neither
reads AVIF or HEIC.

| Input | `watermark` | `placeholder` | |
|---|---|---|---|
{table(others)}"""
    (ROOT / "guest/resize/CONFORMANCE.md").write_text(text)


def sharp_version():
    return json.loads((ROOT / ".tools/sharp/node_modules/sharp/package.json").read_text())["version"]


if __name__ == "__main__":
    main()
