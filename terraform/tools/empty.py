"""Empty buckets: every version of every object, and unfinished uploads."""

import sys

from . import aws


def ask(buckets, yes=False):
    """Continue only after confirmation."""
    print("Every object and every old version will be deleted from:")
    print("".join(f"  s3://{one}\n" for one in buckets), end="", flush=True)
    if yes:
        return
    if not sys.stdin.isatty():
        sys.exit("nothing was deleted: there is nobody to ask; --yes does not ask")
    if input("Type `empty` to go on: ") != "empty":
        sys.exit("nothing was deleted")


def created(has):
    """Empty the buckets that the deployment created; those that were there before stay as they are."""
    s3 = aws.client("s3")
    for bucket in dict.fromkeys(has["created_buckets"]):
        # A million deletes would start the function a million times.
        s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
        if bucket == has["components_bucket_name"]:
            # Its policy lets nobody but the publish function delete artifacts; it goes with the bucket.
            s3.delete_bucket_policy(Bucket=bucket)
        print(f"s3://{bucket}: {empty(s3, bucket)} versions deleted", flush=True)


def empty(s3, bucket, say=print):
    """How many versions and markers were deleted."""
    count = 0
    # From the beginning each time: where a page ended is among what was deleted.
    while True:
        page = s3.list_object_versions(Bucket=bucket)
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        objects = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]
        if not objects:
            break
        answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
        if errors := answer.get("Errors"):
            first = errors[0]
            sys.exit(f"s3://{bucket}/{first['Key']}: {first['Code']}: {first['Message']}")
        count += len(objects)
        if count % 10_000 < len(objects):
            say(f"s3://{bucket}: {count} so far", flush=True)
    for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
        for one in page.get("Uploads", []):
            s3.abort_multipart_upload(Bucket=bucket, Key=one["Key"], UploadId=one["UploadId"])
    return count
