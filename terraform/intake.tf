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

# Events of buses of this account, each with what its rule says that it is to become (packages/events, ruled-event.ts). The queue
# stands in between because it keeps an event for two weeks, where an asynchronous call of a function keeps it for six hours.
module "event_intake_queue" {
  source = "./modules/queue"

  name                     = "${local.prefix}-event-intake"
  consumer_timeout_seconds = 30
  alarm_topic_arn          = aws_sns_topic.alarms.arn
  tls_only                 = var.tls_only
  rule_arns                = values(local.event_rule_arns)
}

locals {
  event_rules = { for rule in var.event_rules : rule.name => rule }

  # Computed, so that the queue's policy can stand in the queue itself.
  event_rule_arns = {
    for name, rule in local.event_rules : name => join("", [
      "arn:${local.partition}:events:${var.region}:${local.account_id}:rule/",
      rule.bus == "default" ? "" : "${rule.bus}/",
      "${local.prefix}-intake-${name}",
    ])
  }
}

resource "aws_cloudwatch_event_rule" "intake" {
  for_each = local.event_rules

  name           = "${local.prefix}-intake-${each.key}"
  description    = "Events that become messages of ${each.value.organisation}"
  event_bus_name = each.value.bus
  event_pattern  = each.value.pattern
}

resource "aws_cloudwatch_event_target" "intake" {
  for_each = local.event_rules

  rule           = aws_cloudwatch_event_rule.intake[each.key].name
  event_bus_name = each.value.bus
  target_id      = "intake"
  arn            = module.event_intake_queue.arn

  input_transformer {
    # The event goes in as the JSON that it is, where jsonencode would make text of the placeholder.
    input_template = replace(
      jsonencode({
        v               = 1
        rule            = each.key
        organisation    = each.value.organisation
        application     = each.value.application
        applicationPath = each.value.application_path
        eventType       = each.value.event_type
        payload         = each.value.payload
        event           = "THE EVENT"
      }),
      "\"THE EVENT\"",
      "<aws.events.event.json>",
    )
  }

  # EventBridge tries for a day to write to the queue.
  dead_letter_config {
    arn = module.event_intake_queue.dead_letter_queue_arn
  }
}

# For thousands of events a second. A stream costs money at rest, so there is none unless it is asked for.
resource "aws_kinesis_stream" "intake" {
  count = var.intake_stream == null ? 0 : 1

  name             = "${local.prefix}-intake"
  shard_count      = var.intake_stream.shards
  retention_period = var.intake_stream.retention_hours
  encryption_type  = "KMS"
  kms_key_id       = "alias/aws/kinesis" # AWS's own: whoever may use the stream may use the key

  stream_mode_details {
    stream_mode = var.intake_stream.shards == null ? "ON_DEMAND" : "PROVISIONED"
  }
}

# A record lives for a day at least, and is retried for 20 hours.
resource "aws_cloudwatch_metric_alarm" "ingest_stream_iterator_age" {
  count = var.intake_stream == null ? 0 : 1

  alarm_name        = "${local.prefix}-ingest-stream-iterator-age"
  alarm_description = "Records of the intake stream wait for more than five minutes to be accepted. Runbook: docs/runbooks/ingest-stream-iterator-age.md"

  namespace           = "AWS/Lambda"
  metric_name         = "IteratorAge"
  dimensions          = { FunctionName = local.ingest_stream_function_name }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 3
  datapoints_to_alarm = 2
  comparison_operator = "GreaterThanThreshold"
  threshold           = local.iterator_age_limits_milliseconds["5-minutes"]
  treat_missing_data  = "notBreaching" # no records, no iterator age

  alarm_actions = [aws_sns_topic.alarms.arn]
  ok_actions    = [aws_sns_topic.alarms.arn]
}

locals {
  intake_rejects_arn = "arn:${local.partition}:sqs:${var.region}:${local.account_id}:${local.prefix}-intake-rejects"

  intake_rejects_statements = concat(
    # Notices of files that EventBridge could not start an import for: the rule is the service's.
    [for sid in var.file_imports ? ["AcceptFromTheRuleOfImportsAlone"] : [] : {
      Sid       = sid
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = local.intake_rejects_arn
      Condition = { ArnEquals = { "aws:SourceArn" = "arn:${local.partition}:events:${var.region}:${local.account_id}:rule/${local.prefix}-import-file" } }
    }],
    [for sid in var.tls_only ? ["RefusePlaintextConnections"] : [] : {
      Sid       = sid
      Effect    = "Deny"
      Principal = "*"
      Action    = "sqs:*"
      Resource  = local.intake_rejects_arn
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }],
  )
}

# What came in and was refused for what it is, until its owner has looked at it. Nothing reads this queue.
resource "aws_sqs_queue" "intake_rejects" {
  name                      = "${local.prefix}-intake-rejects"
  message_retention_seconds = 1209600 # 14 days, the most that SQS keeps
  sqs_managed_sse_enabled   = true
  policy                    = length(local.intake_rejects_statements) == 0 ? null : jsonencode({ Version = "2012-10-17", Statement = local.intake_rejects_statements })
}
