"""Existing resources are recognised in Terraform's output."""

from types import SimpleNamespace

from tools import adopt

SAID = """
╷
│ Error: creating S3 Bucket (obscura-source-123456789012-eu-central-1): operation error S3: CreateBucket, https response error StatusCode: 409, BucketAlreadyOwnedByYou: 
│
│   with module.obscura.module.bucket["source"].aws_s3_bucket.this,
│   on ../../modules/bucket/main.tf line 3, in resource "aws_s3_bucket" "this":
╵
╷
│ Error: creating IAM Role (obscura-transform): operation error IAM: CreateRole, EntityAlreadyExists: Role with name obscura-transform already exists.
│
│   with module.obscura.module.transform.aws_iam_role.this,
│   on ../../modules/function/role.tf line 1, in resource "aws_iam_role" "this":
╵
╷
│ Error: creating S3 Bucket (theirs): operation error S3: CreateBucket, BucketAlreadyExists: the name is taken
│
│   with module.obscura.module.bucket["components"].aws_s3_bucket.this,
╵
"""
FOUND = [
    ('module.obscura.module.bucket["source"].aws_s3_bucket.this', "obscura-source-123456789012-eu-central-1"),
    ("module.obscura.module.transform.aws_iam_role.this", "obscura-transform"),
]


def test_what_is_there_is_named_and_what_is_somebody_elses_is_not():
    assert adopt.conflicts(SAID) == FOUND
    assert adopt.conflicts("Apply complete!") == []


def test_it_is_adopted_and_applied_again():
    ran = []

    def terraform(*arguments):
        ran.append(arguments)
        failed = arguments == ("apply",) and len(ran) == 1
        return SimpleNamespace(returncode=int(failed), stderr=SAID if failed else "")

    assert adopt.apply(terraform, say=lambda _: None).returncode == 0
    assert ran == [("apply",), *(("import", *one) for one in FOUND), ("apply",)]


def test_what_adopting_does_not_help_against_is_not_tried_for_ever():
    ran = []

    def terraform(*arguments):
        ran.append(arguments[0])
        return SimpleNamespace(returncode=int(arguments == ("apply",)), stderr=SAID)

    assert adopt.apply(terraform, say=lambda _: None).returncode == 1
    assert ran == ["apply", "import", "import", "apply"]
