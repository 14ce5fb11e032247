"""Terraform's real provider applies the example."""

import time

from cloud.stage import report


def test_an_apply_that_is_killed_is_taken_up_again(cloud):
    """The next step applies the rest."""
    if cloud.trigger == "sqs":
        for enough in (3, 12):
            held = cloud.deployment.kill(cloud.deployment.start(), enough)
            report(cloud, f"terraform was killed when {held} resources were there")


def test_an_apply_during_which_everything_vanishes_is_taken_up_again(cloud):
    """The simulator is killed and restarted empty: the resources in the state are missing."""
    if cloud.trigger == "direct":
        held = cloud.deployment.kill(cloud.deployment.start(), 8, meanwhile=cloud.simulator.kill)
        cloud.simulator.start()
        cloud.sign_in()
        assert cloud.s3.list_buckets()["Buckets"] == []
        report(cloud, f"the simulator was killed when {held} resources were there, and forgot them")


def test_apply(cloud):
    started = time.monotonic()
    said = cloud.deployment.apply().stdout
    cloud.applied()
    count = next(line for line in said.splitlines() if line.startswith("Apply complete"))
    adopted = len(cloud.deployment.adopted)
    report(cloud, f"{count} in {time.monotonic() - started:.0f} s; {adopted} adopted")


def test_a_second_plan_is_empty(cloud):
    assert cloud.deployment.changes() == ""
    report(cloud, "the second plan is empty")
