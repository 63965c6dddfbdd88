output "name" {
  description = "Name of the queue."
  value       = aws_sqs_queue.main.name
}

output "arn" {
  description = "ARN of the queue."
  value       = aws_sqs_queue.main.arn
}

output "url" {
  description = "URL of the queue."
  value       = aws_sqs_queue.main.url
}

output "dead_letter_queue_name" {
  description = "Name of the dead-letter queue."
  value       = aws_sqs_queue.dead_letters.name
}

output "dead_letter_queue_arn" {
  description = "ARN of the dead-letter queue."
  value       = aws_sqs_queue.dead_letters.arn
}

output "visibility_timeout_seconds" {
  description = "Seconds for which a received message stays invisible to other receivers."
  value       = aws_sqs_queue.main.visibility_timeout_seconds
}

output "alarm_description" {
  description = "What the dead-letter queue's alarm tells on-call, runbook included."
  value       = aws_cloudwatch_metric_alarm.dead_letters.alarm_description
}
