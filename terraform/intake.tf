# Ways in beside the API: what the owner's own services and AWS write to. Each may be switched off; then nothing reads it.

# Services of this account send here, by a statement in their own roles: there is none in the queue's policy. Whom a sender
# may write for is checked by whoever reads it (setting/intake-organisations).
module "intake_queue" {
  source = "./modules/queue"

  name                     = "${local.prefix}-intake"
  consumer_timeout_seconds = 30
  alarm_topic_arn          = aws_sns_topic.alarms.arn
  tls_only                 = var.tls_only
}

# What came in and was refused for what it is, until its owner has looked at it. Nothing reads this queue.
resource "aws_sqs_queue" "intake_rejects" {
  name                      = "${local.prefix}-intake-rejects"
  message_retention_seconds = 1209600 # 14 days, the most that SQS keeps
  sqs_managed_sse_enabled   = true
  policy                    = local.tls_only_queue_policy["intake-rejects"]
}

resource "aws_cloudwatch_metric_alarm" "intake_rejects" {
  alarm_name        = "${local.prefix}-intake-rejects-not-empty"
  alarm_description = "Events that came in through a queue, a bus or a stream were refused, and nobody is sent them. Runbook: docs/runbooks/intake-rejects-not-empty.md"

  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.intake_rejects.name }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"

  alarm_actions = [aws_sns_topic.alarms.arn]
  ok_actions    = [aws_sns_topic.alarms.arn]
}
