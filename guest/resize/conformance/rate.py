"""Bytes at equal SSIMULACRA2: ours, sharp's defaults and its mozjpeg. Writes RATE.md and rate.svg.

Each of the pictures is made small once, by Pillow; every coder gets the same pixels.
"""

import json
import subprocess
import tempfile
from pathlib import Path

import matplotlib
import numpy as np
import skimage
from PIL import Image

import inputs
import judge
import run

matplotlib.use("svg")
from matplotlib import pyplot  # noqa: E402

ROOT = inputs.ROOT
WIDTH = 256
QUALITIES = (8, 20, 35, 55, 75, 90, 97)
TARGETS = (50, 65, 80)
NAMES = """astronaut.png brick.png camera.png chelsea.png clock_motion.png coffee.png coins.png color.png grass.png
    gravel.png hubble_deep_field.jpg ihc.png logo.png microaneurysms.png moon.png motorcycle_left.png
    motorcycle_right.png page.png retina.jpg rocket.jpg text.png cell.png""".split()

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
BASE = {"jpeg": "sharp, JPEG", "webp": "sharp, WebP", "avif": "sharp, AVIF"}


def pictures(folder):
    paths = []
    for name in NAMES:
        with Image.open(Path(skimage.__file__).parent / "data" / name) as picture:
            picture = picture.convert("RGB")
            picture = picture.resize((WIDTH, max(8, round(picture.height * WIDTH / picture.width))), Image.Resampling.LANCZOS)
            paths.append(folder / f"{Path(name).stem}.png")
            picture.save(paths[-1])
    return paths


def ours(paths, folder):
    """Every file of ours: {(coder, quality, picture): path}."""
    renditions, keys = [], {}
    for coder, (whose, form, more) in CODERS.items():
        for quality in QUALITIES if whose == "ours" else ():
            name = f"r{len(renditions)}"
            keys[name] = (coder, quality)
            renditions.append({"name": name, "width": WIDTH, "format": form, "quality": quality, **more})
    renditions.append({"name": "png", "width": WIDTH, "format": "png"})
    renditions.append({"name": "lossless", "width": WIDTH, "format": "webp", "lossless": True})
    keys |= {"png": ("ours, PNG", 0), "lossless": ("ours, WebP lossless", 0)}
    command = [ROOT / "target/debug/obscura", "render", "--component", ROOT / "target/wasm32-wasip2/guest/resize_avif.wasm", "--json", "--out", folder, "--params", json.dumps({"renditions": renditions}), *paths]
    files = {}
    for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines():
        line = json.loads(line)
        for made in line["renditions"]:
            files[(*keys[made["name"]], Path(line["source"]).stem)] = Path(made["path"])
    return files


def sharps(paths, folder):
    folder.mkdir()
    jobs, files = [], {}
    for path in paths:
        for coder, (whose, form, more) in CODERS.items():
            for quality in QUALITIES if whose == "sharp" else ():
                # AVIF's scale is another one.
                asked = max(1, quality - 20) if form == "avif" else quality
                out = folder / f"{path.stem}-{len(jobs)}.{form}"
                jobs.append({"in": str(path), "out": str(out), "format": form, "options": {"quality": asked, **more}})
                files[(coder, quality, path.stem)] = out
        for coder, form, more in (("sharp, PNG", "png", {}), ("sharp, WebP lossless", "webp", {"lossless": True})):
            out = folder / f"{path.stem}-{len(jobs)}.{form}"
            jobs.append({"in": str(path), "out": str(out), "format": form, "options": more})
            files[(coder, 0, path.stem)] = out
    script = Path(__file__).with_name("sharp.mjs")
    subprocess.run(["node", script], input=json.dumps(jobs), text=True, capture_output=True, check=True, cwd=ROOT / ".tools/sharp")
    return files


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        paths = pictures(folder)
        files = ours(paths, folder / "ours") | sharps(paths, folder / "sharp")
        originals = {path.stem: Image.open(path) for path in paths}
        pixels = {name: picture.width * picture.height for name, picture in originals.items()}
        curves, sizes = {}, {}
        for (coder, quality, name), path in sorted(files.items()):
            size = path.stat().st_size
            if coder in CODERS:
                with Image.open(path) as shown:
                    score = judge.score(originals[name], shown)
                curves.setdefault((coder, name), []).append((score, size))
            else:
                sizes.setdefault(coder, {})[name] = size
    write(curves, sizes, pixels)


def bytes_at(points, target):
    """Interpolated between the points, in the logarithm; None outside of them."""
    points = sorted(points)
    scores, sizes = zip(*points)
    if not scores[0] <= target <= scores[-1]:
        return None
    return float(np.exp(np.interp(target, scores, np.log(sizes))))


def write(curves, sizes, pixels):
    names = sorted(pixels)
    rows = []
    figure, axes = pyplot.subplots(figsize=(7, 5))
    for coder, (_, form, _) in CODERS.items():
        cells = []
        for target in TARGETS:
            ratios, bits = [], []
            for name in names:
                own = bytes_at(curves[(coder, name)], target)
                base = bytes_at(curves[(BASE[form], name)], target)
                if own and base:
                    ratios.append(own / base)
                    bits.append(own * 8 / pixels[name])
            if ratios:
                cells.append(f"{np.exp(np.mean(np.log(bits))):.2f} bit, {(np.exp(np.mean(np.log(ratios))) - 1) * 100:+.1f} % ({len(ratios)})")
            else:
                cells.append("–")
        rows.append(f"| {coder} | {' | '.join(cells)} |\n")
        scores = [np.mean([sorted(curves[(coder, name)], key=lambda p: p[1])[n][0] for name in names]) for n in range(len(QUALITIES))]
        rates = [np.exp(np.mean([np.log(sorted(s for _, s in curves[(coder, name)])[n] * 8 / pixels[name]) for name in names])) for n in range(len(QUALITIES))]
        axes.plot(rates, scores, marker="o", label=coder)
    axes.set_xscale("log")
    axes.set_xlabel("bits a pixel")
    axes.set_ylabel("SSIMULACRA2, mean")
    axes.set_title(f"{len(names)} pictures of {WIDTH} pixels' width")
    axes.grid(True, which="both", alpha=0.3)
    axes.legend()
    figure.tight_layout()
    matplotlib.rcParams["svg.hashsalt"] = "rate"
    figure.savefig(ROOT / "guest/resize/rate.svg", metadata={"Date": None})
    exact = ""
    for coder in ("PNG", "WebP lossless"):
        mine, theirs = (np.array([sizes[f"{who}, {coder}"][name] for name in names], float) for who in ("ours", "sharp"))
        exact += f"| {coder} | {mine.sum():,.0f} | {theirs.sum():,.0f} | {(np.exp(np.mean(np.log(mine / theirs))) - 1) * 100:+.1f} % |\n"
    text = f"""# Bytes at equal quality

Generated by `just rate`; do not edit. {len(names)} pictures from scikit-image {skimage.__version__}, {WIDTH} pixels wide, coded at the
qualities {', '.join(map(str, QUALITIES))} by ours in the sandbox and by sharp {run.sharp_version()}, and scored by the crate
`ssimulacra2`. A cell is bits a pixel at that score, and how much more or less that is than sharp's
default for the format; geometric means, in brackets over how many pictures:
those whose curves reach the score.

| Coder | SSIMULACRA2 {TARGETS[0]} | {TARGETS[1]} | {TARGETS[2]} |
|---|---|---|---|
{''.join(rows)}
![Rate and distortion](rate.svg)

Without loss, all pictures together, and the mean of what a picture differs:

| Format | Ours, bytes | sharp's default | |
|---|---|---|---|
{exact}"""
    (ROOT / "guest/resize/RATE.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
