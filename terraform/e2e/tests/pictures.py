"""Pictures to upload, and the command that publishes components."""

import io
import os
import random
import shlex
import subprocess

from harness import REGION
from PIL import Image, ImageDraw


def jpeg(width, height, seed=0):
    """A picture of coloured shapes, which depend on the seed."""
    chance = random.Random(seed)
    picture = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(picture)
    for _ in range(40):
        x, y = chance.randrange(width), chance.randrange(height)
        w, h = chance.randrange(1, width), chance.randrange(1, height)
        draw.ellipse((x, y, x + w, y + h), fill=tuple(chance.randrange(256) for _ in range(3)))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=90)
    return file.getvalue()


def size(data):
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        return picture.size


def publish(command, cloud, which):
    """Run the given command with {bucket} and {which} (`first` or `second`) filled in."""
    words = [one.format(bucket=cloud.components, which=which) for one in shlex.split(command)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "OBSCURA_"))}
    environment |= {
        "AWS_ENDPOINT_URL": cloud.simulator.endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
    }
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
