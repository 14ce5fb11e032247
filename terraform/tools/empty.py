"""Empty buckets: every version of every object, and uploads that were never finished."""

import sys


def ask(buckets, yes=False):
    """Go on only if a person says so."""
    print("Every object and every old version will be deleted from:")
    print("".join(f"  s3://{one}\n" for one in buckets), end="", flush=True)
    if not yes and input("Type `empty` to go on: ") != "empty":
        sys.exit("nothing was deleted")


def empty(s3, bucket):
    """How many versions and markers were deleted."""
    count = 0
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        objects = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]
        if not objects:
            continue
        answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
        if errors := answer.get("Errors"):
            first = errors[0]
            sys.exit(f"s3://{bucket}/{first['Key']}: {first['Code']}: {first['Message']}")
        count += len(objects)
    for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
        for one in page.get("Uploads", []):
            s3.abort_multipart_upload(Bucket=bucket, Key=one["Key"], UploadId=one["UploadId"])
    return count
