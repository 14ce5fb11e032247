"""A backfill counts, caps, goes on where it was stopped, and hands over every key once."""

import json

import pytest
import standin
from test_lambda import events
from tools import backfill

KEYS = [f"old/{number:04} ü+.jpg" for number in range(250)]


@pytest.fixture(scope="module")
def given(simulator, tmp_path_factory):
    s3 = simulator.client("s3")
    s3.create_bucket(Bucket="old", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    for key in [*KEYS, "old/folder/", "other/x.jpg"]:
        s3.put_object(Bucket="old", Key=key, Body=b"x")
    standin.create(simulator, "filled")
    state = tmp_path_factory.mktemp("backfill") / "state.json"

    def run(*arguments):
        said = []
        options = backfill.options(
            ["--state", str(state), "--prefix", "old/", "--concurrency", "4", *arguments], "old"
        )
        clients = s3, simulator.client("lambda")
        return backfill.backfill(*clients, "filled", "old", options, said.append), said

    return run


def handed_over(simulator):
    return [one["event"]["tasks"][0]["s3Key"] for one in events(simulator, "filled")]


def test_it_goes_on_where_it_was_stopped(simulator, given):
    _, said = given("--dry-run")
    assert said[0] == "250 pictures to render, 0 done before" and "$" in said[1]
    assert handed_over(simulator) == []

    progress, _ = given("--most", "120")
    assert progress.done == 120 and len(handed_over(simulator)) == 120
    _, said = given("--dry-run")
    assert said[0] == "130 pictures to render, 120 done before"

    progress, said = given("--most-dollars", "0")
    assert progress.done == 220 and said[-1].startswith("stopped: $0")
    progress, _ = given()
    assert progress.done == 250
    assert sorted(handed_over(simulator)) == [backfill.quote_plus(key) for key in KEYS]
    # The stand-in answers its tasks with what it was sent: every third as failed for good.
    assert set(progress.failed) == set(KEYS[::3])
    assert json.loads(progress.path.read_text())["done"] == 250


def test_an_estimate_is_what_the_prices_say():
    # A million pictures of half a second with 1,769 MB: 863,769 gigabyte-seconds.
    assert backfill.cost(1_000_000, 0.5, 1769) == pytest.approx(14.40 + 0.20 + 30.80, abs=0.01)
