output "name" {
  description = "The bucket's name, known once the bucket is there, closed and set up; its policy may come later."
  value       = aws_s3_bucket.this.id

  depends_on = [
    aws_s3_bucket_public_access_block.this,
    aws_s3_bucket_ownership_controls.this,
    aws_s3_bucket_server_side_encryption_configuration.this,
    aws_s3_bucket_versioning.this,
  ]
}

output "arn" {
  description = "The bucket's ARN."
  value       = local.arn
}
