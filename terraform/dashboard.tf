# One page for on-call, read from top to bottom in the direction that an event travels.
locals {
  # Lane -> its two queues. A further lane is one more line.
  lanes = {
    webhook      = module.webhook_queue
    slow         = module.slow_queue
    park         = module.park_queue
    aws          = module.aws_queue
    intake       = module.intake_queue
    event-intake = module.event_intake_queue
    ordered      = module.ordered_queue
  }

  # Every alarm, under the name of the resource that makes it.
  alarms = merge({ dead_letters = [for lane in values(local.lanes) : lane.alarm] }, {
    for resource, made in {
      api_5xx                    = [aws_cloudwatch_metric_alarm.api_5xx]
      archive_unreadable         = [aws_cloudwatch_metric_alarm.archive_unreadable]
      daily_run_missed           = values(aws_cloudwatch_metric_alarm.daily_run_missed)
      due_overdue                = [aws_cloudwatch_metric_alarm.due_overdue]
      end_to_end_latency         = [aws_cloudwatch_metric_alarm.end_to_end_latency]
      executions_failed          = values(aws_cloudwatch_metric_alarm.executions_failed)
      fan_out_iterator_age       = values(aws_cloudwatch_metric_alarm.fan_out_iterator_age)
      ingest_stream_iterator_age = aws_cloudwatch_metric_alarm.ingest_stream_iterator_age
      ordered_wake_ups_late      = [aws_cloudwatch_metric_alarm.ordered_wake_ups_late]
      project_iterator_age       = [aws_cloudwatch_metric_alarm.project_iterator_age]
      queue_not_empty            = values(aws_cloudwatch_metric_alarm.queue_not_empty)
      reconciler_behind          = [aws_cloudwatch_metric_alarm.reconciler_behind]
      unaccounted                = [aws_cloudwatch_metric_alarm.unaccounted]
    } : resource => [for it in made : { arn = it.arn, description = it.alarm_description }]
  })

  metric = {
    messages    = ["Fanfare", "MessageFannedOut", "stage", var.stage, "service", "fanout"]
    published   = ["Fanfare", "TaskPublished", "stage", var.stage, "service", "fanout"]
    quarantined = ["Fanfare", "RecordQuarantined", "stage", var.stage, "service", "fanout"]
    unaccounted = ["Fanfare", "Unaccounted", "stage", var.stage, "service", "fanout"]
    succeeded   = ["Fanfare", "AttemptSucceeded", "stage", var.stage, "service", "delivery"]
    failed      = ["Fanfare", "AttemptFailed", "stage", var.stage, "service", "delivery"]
    retried     = ["Fanfare", "RetryScheduled", "stage", var.stage, "service", "delivery"]
    exhausted   = ["Fanfare", "AttemptExhausted", "stage", var.stage, "service", "delivery"]
    dropped     = ["Fanfare", "TaskDropped", "stage", var.stage, "service", "delivery"]
    postponed   = ["Fanfare", "TaskPostponed", "stage", var.stage, "service", "delivery"]
    parked      = ["Fanfare", "TaskParked", "stage", var.stage, "service", "delivery"]
    released    = ["Fanfare", "TaskReleased", "stage", var.stage, "service", "delivery"]
    opened      = ["Fanfare", "BreakerOpened", "stage", var.stage, "service", "delivery"]
    closed      = ["Fanfare", "BreakerClosed", "stage", var.stage, "service", "delivery"]
    paused      = ["Fanfare", "EndpointPaused", "stage", var.stage, "service", "delivery"]
    examined    = ["Fanfare", "EndpointExamined", "stage", var.stage, "service", "delivery"]
    unreachable = ["Fanfare", "EndpointUnreachable", "stage", var.stage, "service", "delivery"]
    expiring    = ["Fanfare", "CertificateExpiring", "stage", var.stage, "service", "delivery"]
    slowed      = ["Fanfare", "EndpointSlowed", "stage", var.stage, "service", "delivery"]
    quickened   = ["Fanfare", "EndpointQuickened", "stage", var.stage, "service", "delivery"]
    due_sent    = ["Fanfare", "DueTaskSent", "stage", var.stage, "service", "delivery"]
    due_left    = ["Fanfare", "DueItemLeft", "stage", var.stage, "service", "delivery"]
    due_overdue = ["Fanfare", "OldestDueOverdueMilliseconds", "stage", var.stage, "service", "delivery"]
    hole_closed = ["Fanfare", "LogHoleClosed", "stage", var.stage, "service", "delivery"]
    head_age    = ["Fanfare", "OrderedHeadAgeSeconds", "stage", var.stage, "service", "delivery"]
    look_late   = ["Fanfare", "OrderedLookLateMilliseconds", "stage", var.stage, "service", "delivery"]
    projected   = ["Fanfare", "ChangeProjected", "stage", var.stage, "service", "project"]
    announced   = ["Fanfare", "DomainEventPublished", "stage", var.stage, "service", "project"]
    put_aside   = ["Fanfare", "RecordQuarantined", "stage", var.stage, "service", "project"]
    accepted    = ["Fanfare", "MessageAccepted", "stage", var.stage, "service", "ingest"]
    repeated    = ["Fanfare", "MessageRepeated", "stage", var.stage, "service", "ingest"]
    rejected    = ["Fanfare", "MessageRejected", "stage", var.stage, "service", "ingest"]
    not_written = ["Fanfare", "MessageNotWritten", "stage", var.stage, "service", "ingest"]
    redriven    = ["Fanfare", "FailedWorkRedriven", "stage", var.stage, "service", "redrive"]
    replayed    = ["Fanfare", "MessageReplayed", "stage", var.stage, "service", "replay"]
    end_to_end  = ["Fanfare", "EndToEndMilliseconds", "stage", var.stage, "service", "delivery"]
  }

  # Found by search, so that a new service's functions appear without a change here. The quotes around the name's
  # beginning are left out on purpose: a search matches whole words, and fanfare-<stage> is the first two of them.
  function_search = "{AWS/Lambda,FunctionName} FunctionName=${local.prefix}"

  dashboard_rows = [
    [
      {
        title = "Messages, tasks, delivered"
        stat  = "Sum"
        metrics = [
          concat(local.metric.messages, [{ label = "messages" }]),
          concat(local.metric.published, [{ label = "tasks" }]),
          concat(local.metric.succeeded, [{ label = "delivered" }]),
        ]
      },
      {
        title = "Attempts that failed"
        stat  = "Sum"
        metrics = [
          concat(local.metric.failed, [{ label = "failed" }]),
          concat(local.metric.retried, [{ label = "retry scheduled" }]),
          concat(local.metric.exhausted, [{ label = "given up", color = "#d62728" }]),
          concat(local.metric.dropped, [{ label = "repeats dropped", color = "#7f7f7f" }]),
        ]
      },
      {
        title = "End-to-end latency, ms"
        stat  = "p50"
        limit = { label = "alarm (p99)", value = var.end_to_end_p99_limit_milliseconds }
        metrics = [
          concat(local.metric.end_to_end, [{ label = "p50", stat = "p50" }]),
          concat(local.metric.end_to_end, [{ label = "p95", stat = "p95" }]),
          concat(local.metric.end_to_end, [{ label = "p99", stat = "p99" }]),
        ]
      },
    ],
    [
      {
        title = "API: requests, 4xx, 5xx"
        stat  = "Sum"
        metrics = [
          ["AWS/ApiGateway", "Count", "ApiId", aws_apigatewayv2_api.main.id, { label = "requests" }],
          ["AWS/ApiGateway", "4xx", "ApiId", aws_apigatewayv2_api.main.id, { label = "4xx", color = "#ff7f0e" }],
          ["AWS/ApiGateway", "5xx", "ApiId", aws_apigatewayv2_api.main.id, { label = "5xx", color = "#d62728" }],
        ]
      },
      {
        title = "API: latency, ms"
        stat  = "p50"
        metrics = [
          ["AWS/ApiGateway", "Latency", "ApiId", aws_apigatewayv2_api.main.id, { label = "p50", stat = "p50" }],
          ["AWS/ApiGateway", "Latency", "ApiId", aws_apigatewayv2_api.main.id, { label = "p99", stat = "p99" }],
          ["AWS/ApiGateway", "IntegrationLatency", "ApiId", aws_apigatewayv2_api.main.id, { label = "functions' part, p99", stat = "p99" }],
        ]
      },
      {
        title   = "Fan-out: iterator age, ms"
        stat    = "Maximum"
        limit   = { label = "alarm", value = local.iterator_age_limits_milliseconds["5-minutes"] }
        metrics = [["AWS/Lambda", "IteratorAge", "FunctionName", local.fan_out_function_name, { label = "oldest record" }]]
      },
    ],
    [
      {
        title = "Lanes: tasks waiting and in flight"
        stat  = "Maximum"
        metrics = concat([
          for lane, it in local.lanes : [
            ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", it.name, { label = "${lane}: waiting" }],
            ["AWS/SQS", "ApproximateNumberOfMessagesNotVisible", "QueueName", it.name, { label = "${lane}: in flight" }],
            ["AWS/SQS", "ApproximateNumberOfMessagesDelayed", "QueueName", it.name, { label = "${lane}: retry later" }],
          ]
        ]...)
      },
      {
        title = "Lanes: age of the oldest task, seconds"
        stat  = "Maximum"
        metrics = [
          for lane, it in local.lanes :
          ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", it.name, { label = lane }]
        ]
      },
      {
        title = "Must be empty"
        stat  = "Maximum"
        metrics = concat(
          [
            for lane, it in local.lanes :
            ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", it.dead_letter_queue_name, { label = "${lane}: dead letters" }]
          ],
          [["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", aws_sqs_queue.fanout_quarantine.name, { label = "fan-out: quarantine" }]],
          [concat(local.metric.quarantined, [{ label = "fan-out: quarantined now", stat = "Sum" }])],
          [concat(local.metric.unaccounted, [{ label = "reconciler: unaccounted now", stat = "Sum" }])],
        )
      },
    ],
    concat([
      {
        title = "Many at once: accepted, refused"
        stat  = "Sum"
        metrics = [
          concat(local.metric.accepted, [{ label = "accepted" }]),
          concat(local.metric.repeated, [{ label = "sent twice", color = "#7f7f7f" }]),
          concat(local.metric.rejected, [{ label = "refused, of single messages too", color = "#ff7f0e" }]),
          concat(local.metric.not_written, [{ label = "not written", color = "#d62728" }]),
        ]
      },
      {
        title   = "Refused events: must be empty"
        stat    = "Maximum"
        metrics = [["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", aws_sqs_queue.intake_rejects.name, { label = "rejects" }]]
      },
      ], [
      for stream in aws_kinesis_stream.intake : {
        title   = "Intake stream: iterator age, ms"
        stat    = "Maximum"
        limit   = { label = "alarm", value = local.iterator_age_limits_milliseconds["5-minutes"] }
        metrics = [["AWS/Lambda", "IteratorAge", "FunctionName", local.ingest_stream_function_name, { label = "oldest record" }]]
      }
    ]),
    [
      {
        title = "Held back: postponed, parked, released; replayed, redriven"
        stat  = "Sum"
        metrics = [
          concat(local.metric.postponed, [{ label = "postponed once" }]),
          concat(local.metric.parked, [{ label = "parked" }]),
          concat(local.metric.released, [{ label = "released" }]),
          concat(local.metric.replayed, [{ label = "replayed" }]),
          concat(local.metric.redriven, [{ label = "redriven" }]),
        ]
      },
      {
        title = "Endpoints: breakers, pauses, slow"
        stat  = "Sum"
        metrics = [
          concat(local.metric.opened, [{ label = "breaker opened", color = "#d62728" }]),
          concat(local.metric.closed, [{ label = "breaker closed" }]),
          concat(local.metric.paused, [{ label = "asked for a pause" }]),
          concat(local.metric.slowed, [{ label = "became slow" }]),
          concat(local.metric.quickened, [{ label = "quick again" }]),
        ]
      },
      {
        title = "New endpoints: examined, unreachable"
        stat  = "Sum"
        metrics = [
          concat(local.metric.examined, [{ label = "examined" }]),
          concat(local.metric.unreachable, [{ label = "unreachable", color = "#ff7f0e" }]),
          concat(local.metric.expiring, [{ label = "certificate ends in 14 days", color = "#7f7f7f" }]),
          ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", aws_sqs_queue.activate_endpoint_failures.name, { label = "failed calls: must be none", stat = "Maximum", color = "#d62728" }],
        ]
      },
    ],
    [
      {
        title = "Due later: sent on, left behind"
        stat  = "Sum"
        metrics = [
          concat(local.metric.due_sent, [{ label = "sent on" }]),
          concat(local.metric.due_left, [{ label = "left", color = "#d62728" }]),
        ]
      },
      {
        title   = "Due later: oldest overdue, ms"
        stat    = "Maximum"
        limit   = { label = "alarm", value = aws_cloudwatch_metric_alarm.due_overdue.threshold }
        metrics = [concat(local.metric.due_overdue, [{ label = "oldest" }])]
      },
    ],
    [
      {
        title   = "Ordered endpoints: age of a message that holds up its log, seconds"
        stat    = "Maximum"
        metrics = [concat(local.metric.head_age, [{ label = "oldest" }])]
      },
      {
        title   = "Ordered endpoints: looks that came late, ms"
        stat    = "Maximum"
        metrics = [concat(local.metric.look_late, [{ label = "latest" }])]
      },
      {
        title   = "Logs: numbers that were taken and never used"
        stat    = "Sum"
        metrics = [concat(local.metric.hole_closed, [{ label = "closed" }])]
      },
    ],
    [
      {
        title = "Project: changes, domain events"
        stat  = "Sum"
        metrics = [
          concat(local.metric.projected, [{ label = "changes read" }]),
          concat(local.metric.announced, [{ label = "events published" }]),
        ]
      },
      {
        title   = "Project: iterator age, ms"
        stat    = "Maximum"
        limit   = { label = "alarm", value = local.iterator_age_limits_milliseconds["1-hour"] }
        metrics = [["AWS/Lambda", "IteratorAge", "FunctionName", local.project_function_name, { label = "oldest record" }]]
      },
      {
        title = "Project: quarantine, must be empty"
        stat  = "Maximum"
        metrics = [
          ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", aws_sqs_queue.project_quarantine.name, { label = "quarantine" }],
          concat(local.metric.put_aside, [{ label = "quarantined now", stat = "Sum" }]),
        ]
      },
    ],
    [
      {
        title   = "Functions: errors"
        stat    = "Sum"
        metrics = [[{ expression = "SEARCH('${local.function_search} MetricName=\"Errors\"', 'Sum', 60)", label = "" }]]
      },
      {
        title   = "Functions: throttles"
        stat    = "Sum"
        metrics = [[{ expression = "SEARCH('${local.function_search} MetricName=\"Throttles\"', 'Sum', 60)", label = "" }]]
      },
      {
        title   = "Functions: duration p95, ms"
        stat    = "p95"
        metrics = [[{ expression = "SEARCH('${local.function_search} MetricName=\"Duration\"', 'p95', 60)", label = "" }]]
      },
    ],
    [
      {
        title   = "Functions: running at the same time"
        stat    = "Maximum"
        metrics = [[{ expression = "SEARCH('${local.function_search} MetricName=\"ConcurrentExecutions\"', 'Maximum', 60)", label = "" }]]
      },
      {
        title = "Table: units used a minute"
        stat  = "Sum"
        metrics = [
          ["AWS/DynamoDB", "ConsumedWriteCapacityUnits", "TableName", aws_dynamodb_table.main.name, { label = "written" }],
          ["AWS/DynamoDB", "ConsumedReadCapacityUnits", "TableName", aws_dynamodb_table.main.name, { label = "read" }],
        ]
      },
      {
        title = "Table: throttled requests"
        stat  = "Sum"
        metrics = [
          ["AWS/DynamoDB", "WriteThrottleEvents", "TableName", aws_dynamodb_table.main.name, { label = "writes" }],
          ["AWS/DynamoDB", "ReadThrottleEvents", "TableName", aws_dynamodb_table.main.name, { label = "reads" }],
        ]
      },
    ],
  ]
}

resource "aws_cloudwatch_dashboard" "main" {
  dashboard_name = local.prefix

  dashboard_body = jsonencode({
    widgets = concat(
      [{
        type   = "text"
        x      = 0
        y      = 0
        width  = 24
        height = 2
        properties = {
          markdown = "**Fanfare, ${var.stage}.** API `${aws_apigatewayv2_api.main.api_endpoint}`. Every alarm names its runbook in `docs/runbooks/`. Top to bottom: what comes in, how it is spread, what waits, what runs."
        }
      }],
      [{
        type   = "alarm"
        x      = 0
        y      = 2
        width  = 24
        height = 2
        properties = {
          title  = "Alarms"
          alarms = flatten([for alarms in values(local.alarms) : alarms[*].arn])
        }
      }],
      concat([
        for row, widgets in local.dashboard_rows : [
          for column, widget in widgets : {
            type   = "metric"
            x      = column * 8
            y      = 4 + row * 6
            width  = 8
            height = 6
            properties = {
              title   = widget.title
              region  = var.region
              view    = "timeSeries"
              stat    = widget.stat
              period  = 60
              metrics = widget.metrics
              yAxis   = { left = { min = 0 } }
              annotations = {
                horizontal = [for limit in try([widget.limit], []) : merge(limit, { color = "#d62728" })]
              }
            }
          }
        ]
      ]...),
    )
  })
}
