resource "aws_sns_topic" "alarms" {
  # checkov:skip=CKV_AWS_26:CloudWatch may not use AWS's own key for SNS, and a key of our own costs more than all the alarms; their texts name resources and hold no data.
  name = "${local.prefix}-alarms"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([{
      Sid       = "PublishAlarmsOfThisAccount"
      Effect    = "Allow"
      Principal = { Service = "cloudwatch.amazonaws.com" }
      Action    = "sns:Publish"
      Resource  = local.topic_arns.alarms
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    }], local.refuse_plaintext_publish["alarms"])
  })
}

resource "aws_sns_topic_subscription" "alarm_email" {
  count = var.alarm_email == "" ? 0 : 1

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.alarm_email
}

locals {
  fan_out_function_name       = "${local.prefix}-fan-out"
  project_function_name       = "${local.prefix}-project-stream"
  ingest_stream_function_name = "${local.prefix}-ingest-stream"

  # A stream record lives for 24 hours and fan-out gives up on it after 20: the first alarm is for looking at it
  # today, the second for leaving everything else.
  iterator_age_limits_milliseconds = {
    "5-minutes" = 5 * 60 * 1000
    "1-hour"    = 60 * 60 * 1000
  }
}

resource "aws_cloudwatch_metric_alarm" "fan_out_iterator_age" {
  for_each = local.iterator_age_limits_milliseconds

  alarm_name        = "${local.prefix}-fan-out-iterator-age-${each.key}"
  alarm_description = "Accepted messages wait to be fanned out. Runbook: docs/runbooks/fan-out-iterator-age-${each.key}.md"

  namespace           = "AWS/Lambda"
  metric_name         = "IteratorAge"
  dimensions          = { FunctionName = local.fan_out_function_name }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 3
  datapoints_to_alarm = 2
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value
  treat_missing_data  = "notBreaching" # no messages, no iterator age

  alarm_actions = [aws_sns_topic.alarms.arn]
  ok_actions    = [aws_sns_topic.alarms.arn]
}

locals {
  # What is put aside in a queue that nothing reads, until somebody has looked at it. Under the alarm's name, which is its
  # runbook's.
  queues_not_empty = {
    "fanout-quarantine-not-empty" = {
      queue = aws_sqs_queue.fanout_quarantine.name
      says  = "Fan-out could not understand a stream record and put it aside: a message may be undelivered."
    }
    "project-quarantine-not-empty" = {
      queue = aws_sqs_queue.project_quarantine.name
      says  = "Project could not understand a stream record and put it aside: it was neither announced nor counted."
    }
    "activate-endpoint-failures-not-empty" = {
      queue = aws_sqs_queue.activate_endpoint_failures.name
      says  = "New endpoints could not be examined by a fault of ours."
    }
    "intake-rejects-not-empty" = {
      queue = aws_sqs_queue.intake_rejects.name
      says  = "Events that came in through a queue, a bus or a stream were refused, and nobody is sent them."
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "queue_not_empty" {
  for_each = local.queues_not_empty

  alarm_name        = "${local.prefix}-${each.key}"
  alarm_description = "${each.value.says} Runbook: docs/runbooks/${each.key}.md"

  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = each.value.queue }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0 # one is enough
  treat_missing_data  = "notBreaching"

  alarm_actions = [aws_sns_topic.alarms.arn]
  ok_actions    = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "unaccounted" {
  alarm_name        = "${local.prefix}-unaccounted"
  alarm_description = "An accepted message had neither an attempt nor a next one to come; it was fanned out again. Runbook: docs/runbooks/unaccounted.md"

  namespace           = "Fanfare"
  metric_name         = "Unaccounted"
  dimensions          = { stage = var.stage, service = "fanout" }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"

  alarm_actions = [aws_sns_topic.alarms.arn]
  ok_actions    = [aws_sns_topic.alarms.arn]
}

# Without it nobody would know that nothing is accounted for any more. It runs every few minutes, so silence is a fault.
resource "aws_cloudwatch_metric_alarm" "reconciler_behind" {
  alarm_name        = "${local.prefix}-reconciler-behind"
  alarm_description = "The reconciler does not run, or is two hours behind. Runbook: docs/runbooks/reconciler-behind.md"

  namespace           = "Fanfare"
  metric_name         = "ReconcilerLagSeconds"
  dimensions          = { stage = var.stage, service = "fanout" }
  statistic           = "Maximum"
  period              = 3600
  evaluation_periods  = 2
  comparison_operator = "GreaterThanThreshold"
  threshold           = 7200
  treat_missing_data  = "breaching"

  alarm_actions = [aws_sns_topic.alarms.arn]
  ok_actions    = [aws_sns_topic.alarms.arn]
}

# Nobody waits for what project derives: an hour is early enough to look.
resource "aws_cloudwatch_metric_alarm" "project_iterator_age" {
  alarm_name        = "${local.prefix}-project-iterator-age"
  alarm_description = "Domain events and statistics are more than an hour late. Runbook: docs/runbooks/project-iterator-age.md"

  namespace           = "AWS/Lambda"
  metric_name         = "IteratorAge"
  dimensions          = { FunctionName = local.project_function_name }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 5
  datapoints_to_alarm = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = local.iterator_age_limits_milliseconds["1-hour"]
  treat_missing_data  = "notBreaching" # no attempts, no iterator age

  alarm_actions = [aws_sns_topic.alarms.arn]
  ok_actions    = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "api_5xx" {
  alarm_name        = "${local.prefix}-api-5xx"
  alarm_description = "More than one request in a hundred is answered 5xx, and at least five in five minutes. Runbook: docs/runbooks/api-5xx.md"

  comparison_operator = "GreaterThanThreshold"
  threshold           = 1 # percent
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"

  metric_query {
    id          = "percent"
    label       = "Requests answered 5xx, percent"
    expression  = "IF(errors >= 5, 100 * errors / requests, 0)"
    return_data = true
  }

  metric_query {
    id = "errors"

    metric {
      namespace   = "AWS/ApiGateway"
      metric_name = "5xx"
      dimensions  = { ApiId = aws_apigatewayv2_api.main.id }
      stat        = "Sum"
      period      = 300
    }
  }

  metric_query {
    id = "requests"

    metric {
      namespace   = "AWS/ApiGateway"
      metric_name = "Count"
      dimensions  = { ApiId = aws_apigatewayv2_api.main.id }
      stat        = "Sum"
      period      = 300
    }
  }

  alarm_actions = [aws_sns_topic.alarms.arn]
  ok_actions    = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "end_to_end_latency" {
  alarm_name        = "${local.prefix}-end-to-end-latency"
  alarm_description = "Of the first attempts that succeed, one in a hundred ends more than ${var.end_to_end_p99_limit_milliseconds} ms after its 202. Runbook: docs/runbooks/end-to-end-latency.md"

  namespace           = "Fanfare"
  metric_name         = "EndToEndMilliseconds"
  dimensions          = { stage = var.stage, service = "delivery" }
  extended_statistic  = "p99"
  period              = 300
  evaluation_periods  = 3
  datapoints_to_alarm = 2
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.end_to_end_p99_limit_milliseconds
  treat_missing_data  = "notBreaching"

  # A percentile of a handful of deliveries says nothing.
  evaluate_low_sample_count_percentiles = "ignore"

  alarm_actions = [aws_sns_topic.alarms.arn]
  ok_actions    = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "due_overdue" {
  alarm_name        = "${local.prefix}-due-overdue"
  alarm_description = "What was due more than five minutes ago was not sent, or nothing looks for it. Runbook: docs/runbooks/due-overdue.md"

  namespace           = "Fanfare"
  metric_name         = "OldestDueOverdueMilliseconds"
  dimensions          = { stage = var.stage, service = "delivery" }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 5
  datapoints_to_alarm = 5
  comparison_operator = "GreaterThanThreshold"
  threshold           = 5 * 60 * 1000
  treat_missing_data  = "breaching" # each run reports, also when there is nothing: silence means that none runs

  alarm_actions = [aws_sns_topic.alarms.arn]
  ok_actions    = [aws_sns_topic.alarms.arn]
}

locals {
  # What runs each day and counts its runs, so silence is a fault. Under the alarm's name, which is its runbook's.
  daily_runs_missed = {
    # What was expunged leaves the archive when it is compacted, so it has to be.
    "archive-not-compacted" = {
      service = "archive"
      metric  = "ArchiveCompacted"
      says    = "The archive was not compacted for two days: what was expunged is still in it."
    }
    # A day is looked at twice, so a run may fail; after the second one nobody looks at it again.
    "payloads-not-swept" = {
      service = "ingest"
      metric  = "PayloadsSwept"
      says    = "Large payloads were not looked through for two days: what no message refers to stays."
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "daily_run_missed" {
  for_each = local.daily_runs_missed

  alarm_name        = "${local.prefix}-${each.key}"
  alarm_description = "${each.value.says} Runbook: docs/runbooks/${each.key}.md"

  namespace           = "Fanfare"
  metric_name         = each.value.metric
  dimensions          = { stage = var.stage, service = each.value.service }
  statistic           = "Sum"
  period              = 86400
  evaluation_periods  = 2
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "breaching"

  alarm_actions = [aws_sns_topic.alarms.arn]
  ok_actions    = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "archive_unreadable" {
  alarm_name        = "${local.prefix}-archive-unreadable"
  alarm_description = "Compaction left an object of the archive that it cannot read. Runbook: docs/runbooks/archive-unreadable.md"

  namespace           = "Fanfare"
  metric_name         = "ArchiveObjectUnreadable"
  dimensions          = { stage = var.stage, service = "archive" }
  statistic           = "Sum"
  period              = 3600
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"

  alarm_actions = [aws_sns_topic.alarms.arn]
  ok_actions    = [aws_sns_topic.alarms.arn]
}

locals {
  # Workflows that somebody started and counts on, and which of their ends are failures. Under the alarm's name, which is its
  # runbook's.
  executions_failed = merge({
    # A replay ends its task by itself whatever it meets; an execution that does not succeed could not even do that, or its
    # steps failed for minutes.
    "replay-failed" = {
      state_machine = "replay"
      failures      = ["ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"]
      says          = "A replay could not take its steps, or was ended from outside."
    }
    # What it leaves with a reason is no failure; to be stopped is to be aborted, which an operator does.
    "redrive-failed" = {
      state_machine = "redrive"
      failures      = ["ExecutionsFailed", "ExecutionsTimedOut"]
      says          = "A redrive of failed work could not take its steps."
    }
    }, {
    # What is wrong with a file ends its import, not its execution.
    for alarm in var.file_imports ? ["import-failed"] : [] : alarm => {
      state_machine = "import"
      failures      = ["ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"]
      says          = "An import of a file could not go on, or was ended from outside."
    }
  })
}

resource "aws_cloudwatch_metric_alarm" "executions_failed" {
  for_each = local.executions_failed

  alarm_name        = "${local.prefix}-${each.key}"
  alarm_description = "${each.value.says} Runbook: docs/runbooks/${each.key}.md"

  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching" # no executions, no metrics

  metric_query {
    id          = "unsuccessful"
    label       = "Executions that did not succeed"
    expression  = "SUM(METRICS())"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = toset(each.value.failures)

    content {
      id = lower(metric_query.value)

      metric {
        namespace   = "AWS/States"
        metric_name = metric_query.value
        dimensions  = { StateMachineArn = "arn:${local.partition}:states:${var.region}:${local.account_id}:stateMachine:${local.prefix}-${each.value.state_machine}" }
        stat        = "Sum"
        period      = 300
      }
    }
  }

  alarm_actions = [aws_sns_topic.alarms.arn]
  ok_actions    = [aws_sns_topic.alarms.arn]
}

# Longer than three visibility timeouts: a wake-up that failed twice and is on its way is not yet it.
resource "aws_cloudwatch_metric_alarm" "ordered_wake_ups_late" {
  alarm_name        = "${local.prefix}-ordered-wake-ups-late"
  alarm_description = "A wake-up of an ordered endpoint has waited for more than a quarter of an hour. Runbook: docs/runbooks/ordered-wake-ups-late.md"

  namespace           = "AWS/SQS"
  metric_name         = "ApproximateAgeOfOldestMessage"
  dimensions          = { QueueName = module.ordered_queue.name }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 5
  datapoints_to_alarm = 5
  comparison_operator = "GreaterThanThreshold"
  threshold           = 15 * 60
  treat_missing_data  = "notBreaching" # SQS stops reporting a queue that was not used for hours

  alarm_actions = [aws_sns_topic.alarms.arn]
  ok_actions    = [aws_sns_topic.alarms.arn]
}
