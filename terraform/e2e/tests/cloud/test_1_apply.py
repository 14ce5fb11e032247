"""Terraform's real provider applies the example."""

import os
import signal
import time

from cloud.stage import report
from harness import wait_for


def test_an_apply_that_is_killed_is_taken_up_again(cloud):
    """The next step applies what is left."""
    if cloud.trigger == "sqs":
        for enough in (3, 12):
            process = cloud.deployment.start()
            wait_for(f"{enough} resources", lambda enough=enough: cloud.deployment.held() >= enough, 90)
            os.killpg(process.pid, signal.SIGKILL)
            assert process.wait(10) == -signal.SIGKILL
            report(cloud, f"terraform was killed when {cloud.deployment.held()} resources were there")


def test_an_apply_during_which_everything_vanishes_is_taken_up_again(cloud):
    """The simulator is killed and starts anew, empty: what the state tells of is not there."""
    if cloud.trigger == "direct":
        process = cloud.deployment.start()
        wait_for("some resources", lambda: cloud.deployment.held() >= 8, 90)
        cloud.simulator.kill()
        os.killpg(process.pid, signal.SIGKILL)
        assert process.wait(10) == -signal.SIGKILL
        held = cloud.deployment.held()
        cloud.simulator.start()
        cloud.sign_in()
        assert held >= 8 and cloud.s3.list_buckets()["Buckets"] == []
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
