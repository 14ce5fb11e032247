"""Which pictures there are: a listing of the bucket, or an inventory of it."""

import csv
import gzip
import io
import json
from urllib.parse import unquote_plus


class Listing:
    """The bucket itself, in the order of its keys."""

    def __init__(self, s3, bucket, prefix):
        self.s3, self.bucket, self.prefix = s3, bucket, prefix

    def after(self, mark):
        """Every key behind `mark` with the mark that stands for it; all of them for None."""
        start = {"StartAfter": mark} if mark else {}
        pages = self.s3.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self.bucket, Prefix=self.prefix, **start):
            for one in page.get("Contents", []):
                if not one["Key"].endswith("/"):
                    yield one["Key"], one["Key"]


class Inventory:
    """What an S3 Inventory report says of the bucket: no listing of millions of keys.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html
    """

    def __init__(self, s3, manifest, bucket, prefix):
        self.s3, self.prefix = s3, prefix
        place, _, key = manifest.removeprefix("s3://").partition("/")
        described = json.load(s3.get_object(Bucket=place, Key=key)["Body"])
        if described["sourceBucket"] != bucket:
            raise ValueError(f"the inventory is of {described['sourceBucket']}, not of {bucket}")
        if described["fileFormat"] != "CSV":
            raise ValueError(f"the inventory is {described['fileFormat']}; it must be CSV")
        self.columns = [one.strip() for one in described["fileSchema"].split(",")]
        self.place = described["destinationBucket"].rpartition(":")[2]
        self.files = [one["key"] for one in described["files"]]

    def after(self, mark):
        """As of a listing; the mark is how many keys came before."""
        for number, key in enumerate(self.keys(), 1):
            if number > (mark or 0):
                yield key, number

    def keys(self):
        for file in self.files:
            body = self.s3.get_object(Bucket=self.place, Key=file)["Body"]
            with gzip.open(io.BytesIO(body.read()), "rt", encoding="utf-8", newline="") as lines:
                for row in csv.reader(lines):
                    found = dict(zip(self.columns, row))
                    # Old versions and what a delete left behind are not pictures that are there.
                    if found.get("IsLatest") == "false" or found.get("IsDeleteMarker") == "true":
                        continue
                    key = unquote_plus(found["Key"])
                    if key.startswith(self.prefix) and not key.endswith("/"):
                        yield key
