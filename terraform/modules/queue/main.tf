data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  # AWS asks for six times the function's timeout, so that a batch is not received again while it is being retried.
  visibility_timeout_seconds = min(6 * var.consumer_timeout_seconds, 43200)

  # The longest that SQS keeps anything: a lane may stand still for two weeks before it loses a message.
  # A message that moves to a dead-letter queue keeps its age, so the two are equal.
  message_retention_seconds = 1209600

  # Computed instead of referred to, so that the policies can stand in the queues themselves. As resources of their
  # own each would make an apply wait for 25 seconds.
  arn_prefix       = "arn:${data.aws_partition.current.partition}:sqs:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}"
  suffix           = var.fifo ? ".fifo" : ""
  queue_name       = "${var.name}${local.suffix}"
  dead_letter_name = "${var.name}-dead-letters${local.suffix}"
  queue_arn        = "${local.arn_prefix}:${local.queue_name}"
  dead_letter_arn  = "${local.arn_prefix}:${local.dead_letter_name}"

  accept_from_topic = [
    for subscription in var.subscription == null ? [] : [var.subscription] : {
      Sid       = "AcceptFromTheTopicAlone"
      Effect    = "Allow"
      Principal = { Service = "sns.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = local.queue_arn
      Condition = { ArnEquals = { "aws:SourceArn" = subscription.topic_arn } }
    }
  ]

  accept_from_rules = {
    for arn in [local.queue_arn, local.dead_letter_arn] : arn => [
      for sid in length(var.rule_arns) > 0 ? ["AcceptFromTheRulesAlone"] : [] : {
        Sid       = sid
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = arn
        Condition = { ArnEquals = { "aws:SourceArn" = var.rule_arns } }
      }
    ]
  }

  refuse_plaintext = {
    for arn in [local.queue_arn, local.dead_letter_arn] : arn => [
      for sid in var.tls_only ? ["RefusePlaintextConnections"] : [] : {
        Sid       = sid
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:*"
        Resource  = arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      }
    ]
  }

  statements = {
    main         = concat(local.accept_from_topic, local.accept_from_rules[local.queue_arn], local.refuse_plaintext[local.queue_arn])
    dead_letters = concat(local.accept_from_rules[local.dead_letter_arn], local.refuse_plaintext[local.dead_letter_arn])
  }

  # A policy without a statement is no policy: AWS refuses it.
  policy = {
    for queue, statements in local.statements : queue =>
    length(statements) == 0 ? null : jsonencode({ Version = "2012-10-17", Statement = statements })
  }
}

resource "aws_sqs_queue" "dead_letters" {
  name                      = local.dead_letter_name
  fifo_queue                = var.fifo
  message_retention_seconds = local.message_retention_seconds
  sqs_managed_sse_enabled   = true
  policy                    = local.policy.dead_letters

  # Only its own queue may use it, and be redriven from it.
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [local.queue_arn]
  })
}

resource "aws_sqs_queue" "main" {
  name                       = local.queue_name
  fifo_queue                 = var.fifo
  policy                     = local.policy.main
  visibility_timeout_seconds = local.visibility_timeout_seconds
  message_retention_seconds  = local.message_retention_seconds
  sqs_managed_sse_enabled    = true

  # Each group has the throughput of a queue: groups know nothing of each other.
  deduplication_scope   = var.fifo ? "messageGroup" : null
  fifo_throughput_limit = var.fifo ? "perMessageGroupId" : null

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    maxReceiveCount     = var.max_receive_count
  })
}

resource "aws_sns_topic_subscription" "main" {
  count = var.subscription == null ? 0 : 1

  topic_arn            = var.subscription.topic_arn
  protocol             = "sqs"
  endpoint             = aws_sqs_queue.main.arn
  raw_message_delivery = true
  filter_policy        = var.subscription.filter_policy == null ? null : jsonencode(var.subscription.filter_policy)
}

# A dead letter is a fault of ours, never of a customer's endpoint: one is enough.
resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  alarm_name        = "${var.name}-dead-letter-queue-not-empty"
  alarm_description = "Tasks could not be handled and wait in ${aws_sqs_queue.dead_letters.name}. Runbook: docs/runbooks/dead-letter-queue-not-empty.md"

  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.dead_letters.name }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching" # SQS stops reporting a queue that was not used for hours

  alarm_actions = [var.alarm_topic_arn]
  ok_actions    = [var.alarm_topic_arn]
}
