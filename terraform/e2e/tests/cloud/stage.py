"""A shipped example, applied to a simulated AWS, with helpers for its tests."""

import json
import os
import threading
import time

import pictures
from harness import REGION, Simulator, wait_for
from terraform import Deployment

# Each trigger is tested with a different example, so that both examples are tested.
EXAMPLES = {"direct": ("minimal", ""), "sqs": ("complete", "photos/"), "fanout": ("complete", "photos/"), "small": ("small", ""), "delivery": ("delivery", "")}


def report(cloud, text):
    """Add a line to the report."""
    with open(os.environ.get("OBSCURA_E2E_REPORT", os.devnull), "a", encoding="utf-8") as file:
        print(f"{cloud.trigger}: {text}", file=file, flush=True)


class Cloud:
    """One deployment: its resources, and a client with all permissions."""

    def __init__(self, trigger, folder, given):
        self.trigger, self.folder, self.given = trigger, folder, given
        self.example, self.prefix = EXAMPLES[trigger]
        self.admin = None
        # Permanently failed events that have not been requested yet.
        self.taken, self.taking = [], threading.Lock()
        self.simulator = Simulator(folder / "aws")
        self.simulator.start()
        variables = {name: given[name] for name in ("transform_package", "publish_package", "default_transform")}
        self.deployment = Deployment(self.simulator, self.example, variables, folder / "terraform")
        self.sign_in()

    def sign_in(self):
        key = self.admin or ("test", "test")
        self.s3, self.sqs = (self.simulator.client(one, key) for one in ("s3", "sqs"))

    def applied(self):
        """Read the outputs after the apply."""
        has = self.outputs = self.deployment.outputs()["deployment"]
        self.source, self.destination = has["source_bucket_name"], has["destination_bucket_name"]
        self.components, self.on_failure = has["components_bucket_name"], has["on_failure_queue_url"]
        self.function, self.publisher = has["transform_function_name"], has["publish_function_name"]
        self.author = json.loads(self.deployment.outputs()["author_policies"]["resize"])["Statement"]

    def configuration(self, function=None):
        lambda_ = self.simulator.client("lambda", self.admin or ("test", "test"))
        return lambda_.get_function_configuration(FunctionName=function or self.function)

    # Pictures.

    def keys(self, bucket, prefix=""):
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return {one["Key"]: one["LastModified"] for page in pages for one in page.get("Contents", [])}

    def renditions(self, key):
        return set(self.keys(self.destination, f"{key}/"))

    def manifest(self, key):
        """The picture's manifest, or None."""
        path = f"{key}/manifest.json"
        if path not in self.renditions(key):
            return None
        return json.load(self.s3.get_object(Bucket=self.destination, Key=path)["Body"])

    def put(self, key, data):
        """Upload a picture; returns its ETag."""
        return self.s3.put_object(Bucket=self.source, Key=key, Body=data)["ETag"].strip('"')

    def upload(self, key, data):
        """Upload a picture and wait for its renditions; returns the manifest."""
        etag = self.put(key, data)

        def rendered():
            found = self.manifest(key)
            return found if found and found["source"]["etag"] == etag else None

        try:
            found = wait_for(f"renditions of {key}", rendered, 40)
            assert found["status"] == "ready", found
            return found
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.simulator.logs()}") from None

    def delete(self, key):
        """Delete a picture and wait until its renditions are gone."""
        self.s3.delete_object(Bucket=self.source, Key=key)
        wait_for(f"{key} to go", lambda: not self.renditions(key), 30)

    def failed_event(self, about=""):
        """Take the next permanently failed event of that object from the queue."""
        with self.taking:
            for message in self.sqs.receive_message(QueueUrl=self.on_failure).get("Messages", []):
                handle = message["ReceiptHandle"]
                self.sqs.delete_message(QueueUrl=self.on_failure, ReceiptHandle=handle)
                self.taken.append(message["Body"])
            found = next((one for one in self.taken if about in one), None)
            if found:
                self.taken.remove(found)
        return json.loads(found) if found else None

    # Components.

    def active(self, channel="stable"):
        """The digest that the pointer of `resize` names, or None."""
        path = f"transforms/resize/channels/{channel}.json"
        if path not in self.keys(self.components, path):
            return None
        return json.load(self.s3.get_object(Bucket=self.components, Key=path)["Body"])["digest"]

    def publish(self, which, client=None, to="resize"):
        """Upload a component as its author would; returns the active digest."""
        channel = to.partition("/")[2] or "stable"
        before = self.active(channel)
        with open(self.given[which], "rb") as file:
            (client or self.s3).put_object(
                Bucket=self.components, Key=f"incoming/{to}/{which}.wasm", Body=file.read()
            )
        try:
            return wait_for(
                f"{which} to become active",
                lambda: (now := self.active(channel)) and now != before and now,
                240,
            )
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.simulator.logs()}") from None

    # Permissions.

    def policy(self, role, statements=None):
        """A role's statements; or set them, and restart its function."""
        iam = self.simulator.client("iam", self.admin)
        name = {"RoleName": role, "PolicyName": "obscura"}
        if statements is None:
            return iam.get_role_policy(**name)["PolicyDocument"]["Statement"]
        document = {"Version": "2012-10-17", "Statement": statements}
        iam.put_role_policy(**name, PolicyDocument=json.dumps(document))
        if role.startswith("obscura-") and role != "obscura-backfill":
            variables = self.configuration(role)["Environment"]["Variables"]
            self.simulator.client("lambda", self.admin).update_function_configuration(
                FunctionName=role,
                Environment={"Variables": {**variables, "STARTED": str(time.monotonic())}},
            )
        return statements

    def settle(self):
        """Leave no permanently failed events for the next test."""
        quiet, until = 0, time.monotonic() + 30
        while quiet < 3 and time.monotonic() < until:
            quiet = 0 if self.failed_event() else quiet + 1
            time.sleep(0.3)


def picture(number):
    """A small picture, different for each number."""
    return pictures.jpeg(200, 150, seed=number)


__all__ = ["REGION", "Cloud", "picture", "report"]
