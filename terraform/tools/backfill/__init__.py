"""Render pictures that were in the source bucket before the pipeline was, or look at all of them again.

S3 Batch Operations hands them to the transform function, job by job; --direct calls the function
from this machine instead. How far it got is kept in a file: stopped half-way, run it again, and it
goes on from there. A picture whose renditions are up to date costs a few requests and is not
rendered again.

- `keys`: which pictures there are
- `jobs`, `direct`: the two ways to the function
- `progress`: the file
"""

import argparse
import datetime
import itertools
import sys
import time

from .. import aws, prices
from .direct import Direct
from .jobs import Jobs, Unfinished
from .keys import Inventory, Listing
from .progress import Progress

# Where the deployment has not rendered anything yet.
GUESSED_SECONDS = 0.5
MEASURED_DAYS = 14


def chunks(items, size, most):
    """Lists of so many, of `most` items at most."""
    items = itertools.islice(items, most)
    while chunk := list(itertools.islice(items, size)):
        yield chunk


def measured(cloudwatch, function):
    """Seconds that a picture took of late, on average; None if there was none."""
    now = datetime.datetime.now(datetime.timezone.utc)
    points = cloudwatch.get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Duration",
        Dimensions=[{"Name": "FunctionName", "Value": function}],
        StartTime=now - datetime.timedelta(days=MEASURED_DAYS),
        EndTime=now,
        Period=86400,
        Statistics=["Sum", "SampleCount"],
    )["Datapoints"]
    count = sum(one["SampleCount"] for one in points)
    return sum(one["Sum"] for one in points) / count / 1000 if count else None


def several(count, noun):
    return f"{count} {noun}{'' if count == 1 else 's'}"


class Estimate:
    """What pictures cost, and how long they take."""

    def __init__(self, given, memory_mb, measured_seconds):
        self.memory_mb, self.size, self.direct = memory_mb, given.job_size, given.direct
        self.concurrency = given.concurrency
        self.seconds = given.seconds or measured_seconds or GUESSED_SECONDS
        self.source = (
            "as given" if given.seconds
            else f"measured over the last {MEASURED_DAYS} days" if measured_seconds
            else "a guess: nothing was rendered yet"
        )

    def dollars(self, count):
        handed_over = 0 if self.direct else prices.jobs(count, self.size)
        return prices.pictures(count, self.seconds, self.memory_mb) + handed_over

    def affordable(self, dollars):
        """How many pictures that much pays for."""
        low, high = 0, int(dollars / prices.pictures(1, self.seconds, self.memory_mb)) + 1
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self.dollars(middle) <= dollars else (low, middle - 1)
        return low

    def lines(self, count, done):
        jobs = "from this machine" if self.direct else several(-(-count // self.size), "job")
        yield f"{several(count, 'picture')} to render, {done} done before; {jobs}"
        if not count:
            yield "nothing is left; another --state file looks at every picture again"
            return
        minutes = count * self.seconds / self.concurrency / 60
        took = f"about {minutes:.0f} min" if minutes >= 1 else "less than a minute"
        yield (
            f"{took} and ${self.dollars(count):.2f}: {self.seconds:.2f} s each"
            f" ({self.source}), {self.memory_mb} MB, {self.concurrency} at a time"
        )


def backfill(found, way, estimate, given, say=print):
    """Render what is found; the progress."""
    progress = Progress(given.state)
    if not given.direct:
        take_up(progress, way, say)
    left = found.after(progress.mark)
    most = given.most
    if given.most_dollars is not None:
        most = min(estimate.affordable(given.most_dollars), sys.maxsize if most is None else most)
    if given.dry_run:
        count = sum(1 for _ in itertools.islice(left, most))
        for line in estimate.lines(count, progress.done):
            say(line)
        return progress
    rendered = 0
    for chunk in chunks(left, given.job_size, most):
        names = [key for key, _ in chunk]
        started = time.monotonic()
        if given.direct:
            failed = way.run(names)
            progress.end(chunk[-1][1], len(chunk), failed)
        else:
            hand_over(progress, way, names, chunk[-1][1])
        rendered += len(chunk)
        say(
            f"{progress.done} done, {len(progress.failed)} failed, "
            f"{time.monotonic() - started:.0f} s, about ${estimate.dollars(rendered):.4f} this time"
        )
    if most is not None and rendered >= most and next(found.after(progress.mark), None):
        say(f"stopped after {rendered}, the most that was asked for; run it again to go on")
    return progress


def hand_over(progress, way, names, mark):
    """A job of these pictures, from its manifest to its report.

    It is kept before the job is made: killed in between, the same token makes the same job.
    """
    prepared = way.prepare(names)
    progress.begin({**prepared, "mark": mark, "count": len(names)})
    take_up(progress, way, lambda _: None)


def take_up(progress, way, say):
    """Wait for the job that is under way, if there is one."""
    running = progress.running
    if not running:
        return
    if "job" not in running:
        progress.begin({**running, "job": way.start(running)})
        running = progress.running
    say(f"job {running['job']} is under way; its {running['count']} pictures come first")
    try:
        failed = way.finish(running, running["job"], running["count"], progress.done)
    except Unfinished:
        progress.forget()
        raise
    progress.end(running["mark"], running["count"], failed)


def options(arguments, bucket):
    parser = argparse.ArgumentParser(
        prog="backfill", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--dry-run", action="store_true", help="count and estimate, render nothing")
    add("--prefix", default="", help="only keys that begin with it")
    add("--inventory", metavar="s3://BUCKET/…/manifest.json", help="an S3 Inventory (CSV) instead of a listing")
    add("--most", type=int, help="stop after this many pictures")
    add("--most-dollars", type=float, help="stop before it costs more than about this")
    add("--job-size", type=int, default=100_000, help="pictures per job (default: %(default)s)")
    add("--direct", action="store_true", help="from this machine, without S3 Batch Operations")
    add("--concurrency", type=int, default=20, help="pictures at a time: with --direct, and for the estimate (default: %(default)s)")
    add("--seconds", type=float, help="seconds per picture, for the estimate (default: as measured)")
    add("--state", default=f"backfill-{bucket}.json", help="file with the progress (default: %(default)s)")
    add("--cancel", action="store_true", help="cancel the running job")
    return parser.parse_args(arguments)


def main(has, arguments):
    given = options(arguments, has.get("source_bucket_name", "BUCKET"))
    bucket, function = has["source_bucket_name"], has["transform_function_name"]
    if given.direct:
        # Chunks are where it can be taken up again.
        given.job_size = min(given.job_size, 100)
    s3 = aws.client("s3")
    prefix = given.prefix or has["source_prefix"]
    if given.inventory:
        try:
            found = Inventory(s3, given.inventory, bucket, prefix)
        except ValueError as problem:
            sys.exit(str(problem))
    else:
        found = Listing(s3, bucket, prefix)
    # A picture may take as long as the function may run.
    lambda_ = aws.client("lambda", read_timeout=900, max_pool_connections=given.concurrency)
    memory = lambda_.get_function_configuration(FunctionName=function)["MemorySize"]
    estimate = Estimate(given, memory, measured(aws.client("cloudwatch"), function))
    if given.direct:
        way = Direct(lambda_, function, bucket, given.concurrency)
    else:
        way = Jobs(s3, aws.client("s3control"), has, print)
    if given.cancel:
        return cancel(Progress(given.state), way)
    try:
        done = backfill(found, way, estimate, given)
    except KeyboardInterrupt:
        sys.exit("stopped waiting; a job that is under way goes on. Run it again to go on, or with --cancel")
    except Unfinished as problem:
        sys.exit(f"{problem}; run it again to go on: what it rendered is not rendered twice")
    if done.failed and not given.dry_run:
        for key, why in itertools.islice(done.failed.items(), 10):
            print(f"  {key}: {why}")
        sys.exit(f"{several(len(done.failed), 'picture')} failed; {given.state} says which and why")


def cancel(progress, way):
    job = (progress.running or {}).get("job") or sys.exit("no job is under way")
    way.cancel(job)
    print(f"job {job} is being cancelled")
