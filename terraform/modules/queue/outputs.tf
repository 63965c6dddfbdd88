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

output "filter_policy" {
  description = "Message attributes that the topic lets through to the queue; null for a queue without a topic, or that gets everything."
  value       = try(jsondecode(jsonencode(var.subscription.filter_policy)), null)
}

output "writing_rules" {
  description = "Rules of EventBridge that the policies of the queue and of its dead-letter queue name."
  value       = try(one(local.accept_from_rules[local.queue_arn]).Condition.ArnEquals["aws:SourceArn"], [])
}

output "alarm" {
  description = "The dead-letter queue's alarm: its ARN and what it tells on-call, runbook included."
  value = {
    arn         = aws_cloudwatch_metric_alarm.dead_letters.arn
    description = aws_cloudwatch_metric_alarm.dead_letters.alarm_description
  }
}
