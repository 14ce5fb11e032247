# What every created bucket must be.

mock_provider "aws" {
  source          = "./tests/mock"
  override_during = plan
}

run "a_bucket" {
  command = plan

  module {
    source = "./modules/bucket"
  }

  variables {
    name          = "pictures"
    versioned     = true
    expire_days   = { "backfill/" = 90 }
    expire_tagged = { state = { value = "old", days = 7 } }
  }

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.this.block_public_acls,
      aws_s3_bucket_public_access_block.this.block_public_policy,
      aws_s3_bucket_public_access_block.this.ignore_public_acls,
      aws_s3_bucket_public_access_block.this.restrict_public_buckets,
    ])
    error_message = "Public access is not blocked."
  }

  assert {
    condition     = one(aws_s3_bucket_ownership_controls.this.rule).object_ownership == "BucketOwnerEnforced"
    error_message = "ACLs are on."
  }

  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default).sse_algorithm == "AES256"
    error_message = "Objects are not encrypted."
  }

  assert {
    condition     = one(aws_s3_bucket_versioning.this[0].versioning_configuration).status == "Enabled"
    error_message = "Versioning is not on."
  }

  assert {
    condition     = anytrue([for rule in aws_s3_bucket_lifecycle_configuration.this.rule : rule.status == "Enabled" && length(rule.abort_incomplete_multipart_upload) == 1])
    error_message = "Unfinished uploads are kept forever."
  }

  assert {
    condition     = anytrue([for rule in aws_s3_bucket_lifecycle_configuration.this.rule : rule.status == "Enabled" && length(rule.noncurrent_version_expiration) == 1])
    error_message = "Old versions are kept forever."
  }

  assert {
    condition     = [for rule in aws_s3_bucket_lifecycle_configuration.this.rule : [one(rule.filter).prefix, one(rule.expiration).days] if rule.id == "forget-backfill/"] == [["backfill/", 90]]
    error_message = "Temporary objects are kept forever."
  }

  assert {
    condition     = [for rule in aws_s3_bucket_lifecycle_configuration.this.rule : [one(one(rule.filter).tag).key, one(one(rule.filter).tag).value, one(rule.expiration).days] if rule.id == "forget-old"] == [["state", "old", 7]]
    error_message = "Tagged objects are kept forever."
  }

  assert {
    condition = anytrue([for statement in jsondecode(aws_s3_bucket_policy.this.policy).Statement :
      statement.Effect == "Deny" && statement.Principal == "*" && statement.Action == "s3:*"
      && try(statement.Condition.Bool["aws:SecureTransport"], "") == "false"
      && toset(statement.Resource) == toset(["arn:aws:s3:::pictures", "arn:aws:s3:::pictures/*"])
    ])
    error_message = "Requests without TLS are answered."
  }

  assert {
    condition     = aws_s3_bucket.this.force_destroy == false
    error_message = "Destroy would delete pictures without being asked to."
  }
}

run "with_a_key" {
  command = plan

  module {
    source = "./modules/bucket"
  }

  variables {
    name        = "pictures"
    versioned   = false
    kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  }

  assert {
    condition = alltrue([
      one(one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default).sse_algorithm == "aws:kms",
      one(one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default).kms_master_key_id == var.kms_key_arn,
      one(aws_s3_bucket_server_side_encryption_configuration.this.rule).bucket_key_enabled,
    ])
    error_message = "Objects are not encrypted with the key."
  }

  assert {
    condition     = length(aws_s3_bucket_versioning.this) == 0
    error_message = "A bucket whose objects can be made again is versioned."
  }
}
