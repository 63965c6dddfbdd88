output "name" {
  description = "Name of the bucket."
  value       = aws_s3_bucket.main.bucket
}

output "arn" {
  description = "ARN of the bucket."
  value       = aws_s3_bucket.main.arn
}

output "notifies" {
  description = "Whether EventBridge is told of its objects."
  value       = length(aws_s3_bucket_notification.main) > 0
}
