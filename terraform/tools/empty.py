"""Empty buckets: every version of every object, and uploads that were never finished.

    python3 -m tools.empty BUCKET…    # asks first
"""

import argparse
import sys


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


def main():
    import boto3

    arguments = argparse.ArgumentParser(prog="empty", description=__doc__)
    arguments.add_argument("buckets", nargs="+")
    arguments.add_argument("--yes", action="store_true", help="do not ask")
    given = arguments.parse_args()
    s3 = boto3.client("s3")
    if not given.yes:
        print("Every object and every old version will be deleted from:")
        print("".join(f"  s3://{one}\n" for one in given.buckets), end="")
        if input("Type `empty` to go on: ") != "empty":
            sys.exit("nothing was deleted")
    for bucket in given.buckets:
        print(f"s3://{bucket}: {empty(s3, bucket)} versions deleted", flush=True)


if __name__ == "__main__":
    main()
