# The only door out of this directory. A service may use what is listed in contract.json and nothing else;
# `npm run check` compares the list with what the templates import.
locals {
  # A call that was done, and whose answer was lost, is repeated by the provider, and then refused: the parameter exists. The
  # emulator of a local stage is empty before, so what exists is ours. Anywhere else it may be another state's, and is kept.
  overwrite_parameters = var.stage == "local" ? true : null
}

locals {
  contract = jsondecode(file("${path.module}/contract.json"))

  exports = {
    "api/endpoint"                           = aws_apigatewayv2_api.main.api_endpoint
    "api/execution-arn"                      = aws_apigatewayv2_api.main.execution_arn
    "api/id"                                 = aws_apigatewayv2_api.main.id
    "api/signing-keys/arn"                   = aws_ssm_parameter.api_signing_keys.arn
    "api/signing-keys/name"                  = aws_ssm_parameter.api_signing_keys.name
    "bucket/archive/arn"                     = module.archive_bucket.arn
    "bucket/archive/name"                    = module.archive_bucket.name
    "bucket/imports/arn"                     = var.file_imports ? module.imports_bucket[0].arn : "none"
    "bucket/imports/name"                    = var.file_imports ? module.imports_bucket[0].name : "none"
    "bucket/payloads/arn"                    = module.payloads_bucket.arn
    "bucket/payloads/name"                   = module.payloads_bucket.name
    "bucket/records/name"                    = module.records_bucket.name
    "bus/arn"                                = aws_cloudwatch_event_bus.main.arn
    "bus/name"                               = aws_cloudwatch_event_bus.main.name
    "destination/stream-failures/arn"        = var.stream_failures_destination == "queue" ? aws_sqs_queue.stream_failures[0].arn : module.records_bucket.arn
    "key/secrets/arn"                        = aws_kms_key.secrets.arn
    "network/addresses"                      = local.has_static_addresses ? join(",", [for it in aws_eip.static : it.public_ip]) : "none"
    "network/security-group-id"              = local.has_static_addresses ? aws_security_group.senders[0].id : "none"
    "network/subnet-ids"                     = local.is_attached ? join(",", [for it in aws_subnet.senders : it.id]) : "none"
    "queue/activate-endpoint-failures/arn"   = aws_sqs_queue.activate_endpoint_failures.arn
    "queue/activate-endpoint-failures/url"   = aws_sqs_queue.activate_endpoint_failures.url
    "queue/aws/arn"                          = module.aws_queue.arn
    "queue/aws/url"                          = module.aws_queue.url
    "queue/event-intake/arn"                 = module.event_intake_queue.arn
    "queue/event-intake/url"                 = module.event_intake_queue.url
    "queue/fanout-quarantine/arn"            = aws_sqs_queue.fanout_quarantine.arn
    "queue/fanout-quarantine/url"            = aws_sqs_queue.fanout_quarantine.url
    "queue/intake/arn"                       = module.intake_queue.arn
    "queue/intake/url"                       = module.intake_queue.url
    "queue/intake-rejects/arn"               = aws_sqs_queue.intake_rejects.arn
    "queue/intake-rejects/url"               = aws_sqs_queue.intake_rejects.url
    "queue/ordered/arn"                      = module.ordered_queue.arn
    "queue/ordered/url"                      = module.ordered_queue.url
    "queue/park/arn"                         = module.park_queue.arn
    "queue/park/url"                         = module.park_queue.url
    "queue/project-quarantine/arn"           = aws_sqs_queue.project_quarantine.arn
    "queue/project-quarantine/url"           = aws_sqs_queue.project_quarantine.url
    "queue/slow/arn"                         = module.slow_queue.arn
    "queue/slow/url"                         = module.slow_queue.url
    "queue/webhook/arn"                      = module.webhook_queue.arn
    "queue/webhook/url"                      = module.webhook_queue.url
    "setting/allowed-destinations"           = length(var.allowed_destinations) == 0 ? "none" : join(",", var.allowed_destinations)
    "setting/allowed-subnets"                = length(var.allowed_subnets) == 0 ? "none" : join(",", var.allowed_subnets)
    "setting/endpoint-failing-limit-seconds" = tostring(var.endpoint_failing_limit_seconds)
    "setting/event-rules"                    = length(var.event_rules) == 0 ? "none" : join(",", keys(local.event_rules))
    "setting/https-only"                     = tostring(var.https_only)
    "setting/intake-organisations"           = jsonencode(var.intake_organisations)
    "setting/intake-stream-organisations"    = var.intake_stream == null ? "none" : join(",", var.intake_stream.organisations)
    "setting/log-retention-days"             = tostring(var.log_retention_days)
    "setting/overdue-after-seconds"          = tostring(var.reconcile_overdue_seconds)
    "setting/pressure"                       = jsonencode(local.pressure)
    "setting/reconcile-after-seconds"        = tostring(var.reconcile_after_seconds)
    "setting/reconcile-schedule"             = var.reconcile_schedule
    "setting/retry-schedule/arn"             = aws_ssm_parameter.retry_schedule.arn
    "setting/retry-schedule/name"            = aws_ssm_parameter.retry_schedule.name
    "setting/send-timeout-seconds"           = tostring(var.send_timeout_seconds)
    "setting/svix-headers"                   = tostring(var.svix_headers)
    "stream/intake/arn"                      = var.intake_stream == null ? "none" : aws_kinesis_stream.intake[0].arn
    "table/arn"                              = aws_dynamodb_table.main.arn
    "table/name"                             = aws_dynamodb_table.main.name
    "table/stream-arn"                       = aws_dynamodb_table.main.stream_arn
    "topic/alarms/arn"                       = aws_sns_topic.alarms.arn
    "topic/deliveries/arn"                   = aws_sns_topic.deliveries.arn
    "topic/ordered/arn"                      = aws_sns_topic.ordered.arn
  }
}

resource "aws_ssm_parameter" "export" {
  # checkov:skip=CKV2_AWS_34:CloudFormation reads its parameters from strings only, and every value here is a name.
  for_each = local.contract

  name        = "/fanfare/${var.stage}/${each.key}"
  description = each.value.description
  type        = "String"
  value       = local.exports[each.key]
  overwrite   = local.overwrite_parameters

  lifecycle {
    precondition {
      condition     = toset(keys(local.exports)) == toset(keys(local.contract))
      error_message = "contract.json and local.exports must have the same keys."
    }
  }
}
