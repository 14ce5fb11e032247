"""Another host is deployed: live components are compiled for it before the transform function is
updated."""

import io
import pathlib
import zipfile

import pictures
import pytest
from cloud.stage import report

# Answers every invocation with an error, as a host that cannot compile a live component does.
REFUSES = b"""#!/bin/sh
exec python3 - <<'PYTHON'
import os, urllib.request as request
api = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"
while True:
    with request.urlopen(f"{api}/next") as got:
        one = got.headers["Lambda-Runtime-Aws-Request-Id"]
    said = b'{"errorType": "precompile", "errorMessage": "resize does not pass"}'
    request.urlopen(request.Request(f"{api}/{one}/error", said, {"Content-Type": "application/json"}))
PYTHON
"""


def package(path, entries):
    """A zip of programs, by name."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
        for name, data in entries.items():
            entry = zipfile.ZipInfo(name)
            entry.create_system, entry.external_attr = 3, 0o100755 << 16
            made.writestr(entry, data)
    path.write_bytes(file.getvalue())
    return str(path)


def upgraded(cloud, path):
    """A package of the same host, and so with the same engine, with different bytes."""
    with zipfile.ZipFile(path) as found:
        return package(cloud.folder / f"new-{pathlib.Path(path).name}", {"bootstrap": found.read("bootstrap"), "new": b""})


@pytest.fixture(autouse=True)
def once(cloud):
    """The order is the same for each trigger."""
    if cloud.trigger != "direct":
        pytest.skip("the other trigger shows it")


def test_a_host_that_cannot_compile_what_is_live_does_not_replace_the_old_one(cloud):
    cloud.simulator.enforce(False)
    variables = cloud.deployment.environment
    before = cloud.configuration()["CodeSha256"]
    variables["TF_VAR_transform_package"] = upgraded(cloud, cloud.given["transform_package"])
    variables["TF_VAR_publish_package"] = package(cloud.folder / "refuses.zip", {"bootstrap": REFUSES})
    with pytest.raises(AssertionError, match="resize does not pass"):
        cloud.deployment.apply()
    assert cloud.configuration()["CodeSha256"] == before
    cloud.upload(f"{cloud.prefix}upgrade.jpg", pictures.jpeg(300, 200, seed=6))
    report(cloud, "a host that cannot compile what is live: the apply ends, and the old host serves on")


def test_a_host_that_can_replaces_it(cloud):
    live, before = cloud.active(), cloud.configuration()["CodeSha256"]
    variables = cloud.deployment.environment
    variables["TF_VAR_publish_package"] = upgraded(cloud, cloud.given["publish_package"])
    cloud.deployment.apply()
    assert cloud.configuration()["CodeSha256"] != before and cloud.active() == live
    found = cloud.upload(f"{cloud.prefix}upgrade.jpg", pictures.jpeg(300, 200, seed=7))
    assert found["steps"][0]["transform"]["digest"] == live
    report(cloud, "a host that can compile what is live: the transform function is replaced")
    cloud.delete(f"{cloud.prefix}upgrade.jpg")
