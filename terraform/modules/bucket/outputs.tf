output "name" {
  description = "The bucket's name, known once the bucket is there."
  value       = aws_s3_bucket.this.id
}

output "arn" {
  description = "The bucket's ARN."
  value       = local.arn
}
