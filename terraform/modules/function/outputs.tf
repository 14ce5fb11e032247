output "name" {
  description = "The function's name."
  value       = aws_lambda_function.this.function_name
}

output "arn" {
  description = "The function's ARN."
  value       = aws_lambda_function.this.arn
}

output "role_name" {
  description = "Name of the function's role."
  value       = aws_iam_role.this.name
}

output "role_arn" {
  description = "ARN of the function's role."
  value       = aws_iam_role.this.arn
}

output "log_group_name" {
  description = "Name of the function's log group."
  value       = aws_cloudwatch_log_group.this.name
}

output "code_sha256" {
  description = "Digest of the deployed package, as reported by Lambda."
  value       = aws_lambda_function.this.code_sha256
}

output "policy" {
  description = "Permissions of the function's role, as JSON."
  value       = aws_iam_role_policy.this.policy
}

output "settings" {
  description = "Its configuration: environment variables and concurrency."
  value = {
    environment          = one(aws_lambda_function.this.environment).variables
    reserved_concurrency = aws_lambda_function.this.reserved_concurrent_executions
  }
}
