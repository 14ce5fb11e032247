"""Bytes at equal quality: ours, sharp's defaults and its mozjpeg. Writes RATE.md and rate.svg.

    python rate.py                                      # all of it: an hour or more
    python rate.py --widths 400 --every 4 --formats jpeg    # a part of it; the report says which

Photographs are made small once, by Pillow; every coder gets the same pixels.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import subprocess
import tempfile
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image

import inputs
import judge
import photographs
import run

matplotlib.use("svg")
from matplotlib import pyplot  # noqa: E402

ROOT = inputs.ROOT
FOLDER = ROOT / ".tools/photographs"
WIDTHS = (400, 1024, 1600)
FORMATS = ("jpeg", "webp", "avif", "lossless")
QUALITIES = (20, 40, 60, 70, 80, 90)
# AVIF's scale is another one.
AVIF_LOWER = 20
# What to compare at: of SSIMULACRA2 more is better, of butteraugli less.
SCORES, DISTANCES = (60, 70, 80), (2.0, 1.5, 1.0)

# Whose, format, and what is asked for.
CODERS = {
    "ours, JPEG": ("ours", "jpeg", {}),
    "ours, JPEG progressive": ("ours", "jpeg", {"progressive": True}),
    "sharp, JPEG": ("sharp", "jpeg", {}),
    "sharp, mozjpeg": ("sharp", "jpeg", {"mozjpeg": True}),
    "ours, WebP": ("ours", "webp", {}),
    "sharp, WebP": ("sharp", "webp", {}),
    "ours, AVIF": ("ours", "avif", {}),
    "ours, AVIF, effort 4": ("ours", "avif", {"effort": 4}),
    "sharp, AVIF": ("sharp", "avif", {}),
}
EXACT = {
    "ours, PNG": ("ours", "png", {}),
    "sharp, PNG": ("sharp", "png", {}),
    "ours, WebP lossless": ("ours", "webp", {"lossless": True}),
    "sharp, WebP lossless": ("sharp", "webp", {"lossless": True}),
}
BASE = {"jpeg": "sharp, JPEG", "webp": "sharp, WebP", "avif": "sharp, AVIF"}


def wanted(formats, width):
    """The coders of these formats, with the qualities that each is asked for."""
    lossy = {coder: what for coder, what in CODERS.items() if what[1] in formats}
    # AVIF takes too long at these widths.
    if width > 400:
        lossy.pop("ours, AVIF, effort 4", None)
    if width > 1024:
        lossy = {coder: what for coder, what in lossy.items() if what[1] != "avif"}
    jobs = [(coder, quality, *what) for coder, what in lossy.items() for quality in QUALITIES]
    return jobs + [(coder, 0, *what) for coder, what in EXACT.items() if "lossless" in formats]


def ours(jobs, paths, width, folder):
    """Files of ours, {(coder, quality, picture): path}, and the processor time of a file, {coder: [ms, …]}."""
    files, times = {}, {}
    for coder in dict.fromkeys(job[0] for job in jobs if job[2] == "ours"):
        renditions = []
        for _, quality, _, form, more in (job for job in jobs if job[0] == coder):
            asked = {"quality": quality} if quality else {}
            renditions.append({"name": f"q{quality}", "width": width, "format": form, **asked, **more})
        component = "resize_avif" if CODERS.get(coder, EXACT.get(coder))[1] == "avif" else "resize"
        component = ROOT / f"target/wasm32-wasip2/guest/{component}.wasm"
        # AVIF takes long where others work, too.
        command = [ROOT / "target/debug/obscura", "render", "--component", component, "--json", "--max-time-s", "900", "--out", folder / coder]
        command += ["--params", json.dumps({"renditions": renditions}), *paths]
        for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines():
            line = json.loads(line)
            times.setdefault(coder, []).append(line["guest_cpu_ms"][0] / len(renditions))
            for made in line["renditions"]:
                files[(coder, int(made["name"][1:]), Path(line["source"]).stem)] = Path(made["path"])
    return files, times


def sharps(jobs, paths, folder):
    folder.mkdir(parents=True)
    tasks, files, times = [], {}, {}
    for path in paths:
        for coder, quality, whose, form, more in jobs:
            if whose == "sharp":
                asked = {"quality": max(1, quality - AVIF_LOWER if form == "avif" else quality)} if quality else {}
                out = folder / f"{path.stem}-{len(tasks)}.{form}"
                tasks.append({"in": str(path), "out": str(out), "format": form, "options": {**asked, **more}})
                files[(coder, quality, path.stem)] = out
    script = Path(__file__).with_name("sharp.mjs")
    results = subprocess.run(["node", script], input=json.dumps(tasks), text=True, capture_output=True, check=True, cwd=ROOT / ".tools/sharp")
    for (coder, _, _), result in zip(files, json.loads(results.stdout), strict=True):
        times.setdefault(coder, []).append(result["ms"])
    return files, times


def judged(originals, files):
    """{key: (bytes, SSIMULACRA2, butteraugli)}. What was judged once is not judged again."""
    store = FOLDER / "judged.json"
    known = json.loads(store.read_text()) if store.exists() else {}
    digests = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in originals.items()}

    def rate(item):
        (coder, quality, name), path = item
        body = path.read_bytes()
        key = hashlib.sha256(digests[name].encode() + body).hexdigest()
        if quality and key not in known:
            with Image.open(originals[name]) as original, Image.open(path) as shown:
                known[key] = judge.both(original, shown)
        return (coder, quality, name), (len(body), *(known[key] if quality else ()))

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        # One picture's files after the other: the judge keeps what it knows of the original.
        results = dict(pool.map(rate, sorted(files.items(), key=lambda item: item[0][2])))
    store.write_text(json.dumps(known))
    return results


def bytes_at(points, target):
    """Interpolated between the points, in the logarithm; None outside of them."""
    scores, sizes = zip(*sorted(points))
    if not scores[0] <= target <= scores[-1]:
        return None
    return float(np.exp(np.interp(target, scores, np.log(sizes))))


def mean(values):
    return float(np.exp(np.mean(np.log(values))))


class Width:
    """What was measured at one width."""

    def __init__(self, width, every, formats, folder):
        self.width, self.every = width, every
        self.jobs = wanted(formats, width)
        originals = photographs.make(FOLDER / str(width), width, every)
        paths = list(originals.values())
        files, self.times = ours(self.jobs, paths, width, folder / "ours")
        other, times = sharps(self.jobs, paths, folder / "sharp")
        files |= other
        self.times |= times
        self.names = sorted(originals)
        self.pixels = {}
        for name, path in originals.items():
            with Image.open(path) as picture:
                self.pixels[name] = picture.width * picture.height
        self.results = judged(originals, files)

    def curve(self, coder, name, judge_number):
        """(score, bytes) at each quality; butteraugli's with a minus, so that more is better."""
        sign = (1, -1)[judge_number]
        results = (self.results[(coder, quality, name)] for quality in QUALITIES)
        return [(sign * result[1 + judge_number], result[0]) for result in results]

    def cell(self, coder, judge_number, target):
        base = BASE[CODERS[coder][1]]
        ratios, bits = [], []
        for name in self.names:
            own, other = (bytes_at(self.curve(one, name, judge_number), target) for one in (coder, base))
            if own and other:
                ratios.append(own / other)
                bits.append(own * 8 / self.pixels[name])
        if not ratios:
            return "–"
        return f"{mean(bits):.2f} bit, {(mean(ratios) - 1) * 100:+.1f} % ({len(ratios)})"

    def coders(self):
        return [coder for coder in CODERS if any(job[0] == coder for job in self.jobs)]

    def table(self):
        heads = [f"SSIMULACRA2 {score}" if score == SCORES[0] else str(score) for score in SCORES]
        heads += [f"butteraugli {distance}" if distance == DISTANCES[0] else str(distance) for distance in DISTANCES]
        text = f"| {self.width} wide | {' | '.join(heads)} | at quality 80 |\n|{'---|' * 8}\n"
        for coder in self.coders():
            cells = [self.cell(coder, 0, score) for score in SCORES]
            cells += [self.cell(coder, 1, -distance) for distance in DISTANCES]
            scores = np.mean([self.results[(coder, 80, name)][1:] for name in self.names], axis=0)
            cells.append(f"{scores[0]:.1f}, {scores[1]:.2f}")
            text += f"| {coder} | {' | '.join(cells)} |\n"
        taken = [f"{coder}, {np.mean(self.times[coder]):,.0f} ms" for coder in self.coders() if CODERS[coder][1] == "avif"]
        return text + (f"\nProcessor time of a file: {'; '.join(taken)}.\n" if taken else "")

    def exact(self):
        text = ""
        for coder in ("PNG", "WebP lossless"):
            if any(job[0] == f"ours, {coder}" for job in self.jobs):
                mine, theirs = (np.array([self.results[(f"{who}, {coder}", 0, name)][0] for name in self.names], float) for who in ("ours", "sharp"))
                text += f"| {coder}, {self.width} wide | {mine.sum():,.0f} | {theirs.sum():,.0f} | {(mean(mine / theirs) - 1) * 100:+.1f} % |\n"
        return text

    def plot(self, axes):
        for coder in self.coders():
            results = [[self.results[(coder, quality, name)] + (self.pixels[name],) for name in self.names] for quality in QUALITIES]
            rates = [mean([size * 8 / pixels for size, _, _, pixels in row]) for row in results]
            axes.plot(rates, [np.mean([score for _, score, _, _ in row]) for row in results], marker="o", label=coder)
        axes.set_xscale("log")
        axes.set_xlabel("bits a pixel")
        axes.set_ylabel("SSIMULACRA2, mean")
        axes.set_title(f"{len(self.names)} photographs, {self.width} wide")
        axes.grid(True, which="both", alpha=0.3)
        axes.legend()


def write(widths, arguments):
    figure, axes = pyplot.subplots(len(widths), figsize=(7, 5 * len(widths)), squeeze=False)
    for width, place in zip(widths, axes.flat):
        width.plot(place)
    figure.tight_layout()
    matplotlib.rcParams["svg.hashsalt"] = "rate"
    figure.savefig(ROOT / "guest/resize/rate.svg", metadata={"Date": None})
    counts = ", ".join(f"{len(width.names)} at {width.width}" for width in widths)
    left = [form for form in FORMATS if form not in arguments.formats]
    part = f" Not run: {', '.join(left)}." if left else ""
    parts = [f"one of {width.every} at {width.width}" for width in widths if width.every > 1]
    if parts:
        part += f" A part of the photographs: {', '.join(parts)}."
    text = f"""# Bytes at equal quality

Generated by `just rate`; do not edit. Photographs from packages of Debian 12 (`conformance/photographs.py`), made
smaller by Pillow: {counts} pixels' width. Coded at the qualities {', '.join(map(str, QUALITIES))}
by ours in the sandbox and by sharp {run.sharp_version()}; AVIF by sharp at qualities lower by {AVIF_LOWER}.{part}

Judges are the crates `ssimulacra2` (more is better) and `butteraugli` (3-norm; less is better). A cell is bits a
pixel at that score, and how much more or less that is than sharp's default for the format; geometric means, in
brackets over how many photographs: those for which both curves reach the score. The last column is the mean of
both judges at quality 80.

{chr(10).join(width.table() for width in widths)}
![Rate and distortion](rate.svg)
"""
    exact = "".join(width.exact() for width in widths)
    if exact:
        text += f"""
Without loss, all photographs together, and the mean of what a photograph differs:

| Format | Ours, bytes | sharp's default | |
|---|---|---|---|
{exact}"""
    (ROOT / "guest/resize/RATE.md").write_text(text)
    print(text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--widths", default=",".join(map(str, WIDTHS)), help="of 400, 1024 and 1600")
    parser.add_argument("--every", default="1", help="one photograph of so many; of several widths, a number each")
    parser.add_argument("--formats", default=",".join(FORMATS), help="of jpeg, webp, avif and lossless")
    arguments = parser.parse_args()
    arguments.formats = arguments.formats.split(",")
    every = [int(number) for number in arguments.every.split(",")]
    widths = arguments.widths.split(",")
    every = every * len(widths) if len(every) == 1 else every
    with tempfile.TemporaryDirectory() as folder:
        widths = [
            Width(int(width), number, arguments.formats, Path(folder) / width)
            for width, number in zip(widths, every, strict=True)
        ]
    write(widths, arguments)


if __name__ == "__main__":
    main()
