# What a state may still have under an earlier address. Without these a plan would delete the alarm and make it again.
moved {
  from = aws_cloudwatch_metric_alarm.fanout_quarantine
  to   = aws_cloudwatch_metric_alarm.queue_not_empty["fanout-quarantine-not-empty"]
}

moved {
  from = aws_cloudwatch_metric_alarm.project_quarantine
  to   = aws_cloudwatch_metric_alarm.queue_not_empty["project-quarantine-not-empty"]
}

moved {
  from = aws_cloudwatch_metric_alarm.activate_endpoint_failures
  to   = aws_cloudwatch_metric_alarm.queue_not_empty["activate-endpoint-failures-not-empty"]
}

moved {
  from = aws_cloudwatch_metric_alarm.intake_rejects
  to   = aws_cloudwatch_metric_alarm.queue_not_empty["intake-rejects-not-empty"]
}

moved {
  from = aws_cloudwatch_metric_alarm.archive_not_compacted
  to   = aws_cloudwatch_metric_alarm.daily_run_missed["archive-not-compacted"]
}

moved {
  from = aws_cloudwatch_metric_alarm.payloads_not_swept
  to   = aws_cloudwatch_metric_alarm.daily_run_missed["payloads-not-swept"]
}

moved {
  from = aws_cloudwatch_metric_alarm.replay_failed
  to   = aws_cloudwatch_metric_alarm.executions_failed["replay-failed"]
}

moved {
  from = aws_cloudwatch_metric_alarm.redrive_failed
  to   = aws_cloudwatch_metric_alarm.executions_failed["redrive-failed"]
}

moved {
  from = aws_cloudwatch_metric_alarm.import_failed[0]
  to   = aws_cloudwatch_metric_alarm.executions_failed["import-failed"]
}
