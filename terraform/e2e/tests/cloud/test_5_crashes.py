"""Processes die; nothing is lost."""

import json

import pictures
from cloud.stage import report
from harness import wait_for


def test_processes_that_are_killed_lose_nothing(cloud):
    cloud.simulator.enforce(False)
    names = [f"{cloud.prefix}killed-{number}.jpg" for number in range(12)]
    replayed = []
    for number, key in enumerate(names):
        cloud.put(key, pictures.jpeg(900, 600, seed=number))
        if number % 4 == 3:
            cloud.simulator.kill_functions()
    wait_for("every manifest, or a failed event", lambda: complete(cloud, names, replayed), 60)
    report(cloud, f"killed three times during 12 uploads: 12 rendered, {len(replayed)} of them replayed")


def complete(cloud, names, replayed):
    """All are rendered; permanently failed events are replayed, as by `redrive`."""
    while event := cloud.failed_event():
        payload = json.dumps(event.get("requestPayload", event)).encode()
        cloud.simulator.client("lambda", cloud.admin).invoke(
            FunctionName=cloud.function, InvocationType="Event", Payload=payload
        )
        replayed.append(event)
    there = cloud.keys(cloud.destination)
    return all(f"{key}/manifest.json" in there for key in names)
