"""Renders pictures with Pillow: one JSON object per line in, one per line out.

{file, work: "300" | "four", out?} -> {cpu_ms, peak_rss_bytes}
"""

import io
import json
import sys
import time

from PIL import Image, ImageOps

LANCZOS = Image.Resampling.LANCZOS
FOUR = [
    ("large.jpg", (1600, None)),
    ("medium.jpg", (1024, None)),
    ("small.webp", (400, None)),
    ("thumbnail.jpg", (150, 150)),
]
THUMB = [("w300.jpg", (300, None))]


def rendition(body, name, size):
    picture = Image.open(io.BytesIO(body))
    width, height = size[0], size[1] or round(picture.height * size[0] / picture.width)
    # Twice the needed size for a JPEG, as in `Image.thumbnail`. Other formats ignore it.
    picture.draft("RGB", (2 * width, 2 * height))
    if size[1]:
        small = ImageOps.fit(picture.convert("RGB"), size, LANCZOS)
    else:
        small = picture.resize((width, height), LANCZOS, reducing_gap=2.0)
    out = io.BytesIO()
    small.save(out, "WEBP" if name.endswith("webp") else "JPEG", quality=80)
    return name, out.getvalue()


def peak_rss_bytes():
    """The peak of this program: `ru_maxrss` would include the parent process."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith("VmHWM:"))


def main():
    for line in sys.stdin:
        job = json.loads(line)
        with open(job["file"], "rb") as file:
            body = file.read()
        before = time.process_time()
        files = [rendition(body, *each) for each in (THUMB if job["work"] == "300" else FOUR)]
        cpu_ms = (time.process_time() - before) * 1e3
        if job.get("out"):
            for name, data in files:
                with open(f"{job['out']}/{name}", "wb") as file:
                    file.write(data)
        peak = peak_rss_bytes()
        print(json.dumps({"cpu_ms": cpu_ms, "peak_rss_bytes": peak}), flush=True)


if __name__ == "__main__":
    main()
