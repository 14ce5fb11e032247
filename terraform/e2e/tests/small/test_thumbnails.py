"""Pictures are rendered without a publish function, alarms and a dashboard."""

import pictures
from cloud.stage import report
from cloud.test_7_destroy import left
from tools import cloud as built
from tools import empty, prebuilt


def test_apply(cloud):
    folder = cloud.folder / "prebuilt"
    prebuilt.make(built.OBSCURA, cloud.given["default_transform"], folder)
    cloud.deployment.environment["TF_VAR_prebuilt"] = str(folder)
    said = cloud.deployment.apply().stdout
    cloud.applied()
    report(cloud, next(line for line in said.splitlines() if line.startswith("Apply complete")))
    assert cloud.deployment.changes() == "" and cloud.publisher is None


def test_a_picture_becomes_renditions_and_goes(cloud):
    found = cloud.upload("a.jpg", pictures.jpeg(900, 600))
    assert cloud.renditions("a.jpg") == {one["key"] for one in found["renditions"]} | {"a.jpg/manifest.json"}
    assert found["steps"][0]["transform"]["digest"] == cloud.active()
    cloud.delete("a.jpg")


def test_destroy_leaves_nothing(cloud, signed_in):
    empty.created(cloud.outputs)
    cloud.deployment.destroy()
    assert left(cloud.simulator) == []
