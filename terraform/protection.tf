# What may never be deleted or replaced by accident: whatever holds data, and whatever a service, a producer or a
# customer knows by its name.
#
# `prevent_destroy` has to be a literal, so it cannot be off on one stage and on in another. It can stand in a guard
# that exists on some stages only, and that is replaced together with what it guards: a plan that would delete or
# replace a guarded resource is refused as a whole. How to take one down on purpose is in
# docs/decisions/0010-deletion-protection.md.
locals {
  guarded = merge({
    for zone, it in aws_eip.static : "static_address_${zone}" => it.id
    }, {
    for zone, it in aws_nat_gateway.static : "static_gateway_${zone}" => it.id
    }, {
    table             = aws_dynamodb_table.main.arn
    deliveries_topic  = aws_sns_topic.deliveries.arn
    alarms_topic      = aws_sns_topic.alarms.arn
    webhook_queue     = module.webhook_queue.arn
    webhook_dead      = module.webhook_queue.dead_letter_queue_arn
    fanout_quarantine = aws_sqs_queue.fanout_quarantine.arn
    records_bucket    = module.records_bucket.arn
    archive_bucket    = module.archive_bucket.arn
    payloads_bucket   = module.payloads_bucket.arn
    secrets_key       = aws_kms_key.secrets.arn
    signing_keys      = aws_ssm_parameter.api_signing_keys.arn
    api               = aws_apigatewayv2_api.main.arn
    bus               = aws_cloudwatch_event_bus.main.arn
    archive           = aws_cloudwatch_event_archive.main.arn
  })
}

resource "terraform_data" "guard" {
  for_each = var.deletion_protection ? local.guarded : {}

  triggers_replace = each.value

  lifecycle {
    prevent_destroy = true
  }
}
