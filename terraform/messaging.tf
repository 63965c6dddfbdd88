# The Big Fan: one topic, one filtered queue per lane.
locals {
  topic_arns = {
    deliveries = "arn:${local.partition}:sns:${var.region}:${local.account_id}:${local.prefix}-deliveries"
    ordered    = "arn:${local.partition}:sns:${var.region}:${local.account_id}:${local.prefix}-ordered.fifo"
    alarms     = "arn:${local.partition}:sns:${var.region}:${local.account_id}:${local.prefix}-alarms"
  }

  refuse_plaintext_publish = {
    for topic, arn in local.topic_arns : topic => [
      for sid in var.tls_only ? ["RefusePlaintextConnections"] : [] : {
        Sid       = sid
        Effect    = "Deny"
        Principal = "*"
        Action    = "sns:Publish"
        Resource  = arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      }
    ]
  }
}

resource "aws_sns_topic" "deliveries" {
  name = "${local.prefix}-deliveries"

  # AWS's own key for SNS: whoever in this account may publish may use it, and the queues need no permission
  # of it, because SNS decrypts before it delivers and the queues encrypt with a key that SQS manages.
  kms_master_key_id = "alias/aws/sns"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([{
      Sid       = "PublishByPoliciesOfThisAccount"
      Effect    = "Allow"
      Principal = { AWS = "arn:${local.partition}:iam::${local.account_id}:root" }
      Action    = "sns:Publish"
      Resource  = local.topic_arns.deliveries
    }], local.refuse_plaintext_publish["deliveries"])
  })
}

locals {
  # A batch takes as long as its slowest attempt, and what is done around it: reading, resolving, recording. The sum is the
  # timeout of each function that sends; `npm run check` holds it against theirs.
  longest_send_seconds = 30
  handling_seconds     = 15
}

module "webhook_queue" {
  source = "./modules/queue"

  name                     = "${local.prefix}-webhook"
  consumer_timeout_seconds = local.longest_send_seconds + local.handling_seconds
  alarm_topic_arn          = aws_sns_topic.alarms.arn
  tls_only                 = var.tls_only

  subscription = {
    topic_arn     = aws_sns_topic.deliveries.arn
    filter_policy = { lane = ["webhook"] }
  }
}

# Endpoints that take long have a lane of their own, so that nine quick deliveries never wait for a tenth.
module "slow_queue" {
  source = "./modules/queue"

  name                     = "${local.prefix}-slow"
  consumer_timeout_seconds = local.longest_send_seconds + local.handling_seconds
  alarm_topic_arn          = aws_sns_topic.alarms.arn
  tls_only                 = var.tls_only

  subscription = {
    topic_arn     = aws_sns_topic.deliveries.arn
    filter_policy = { lane = ["slow"] }
  }
}

# When to look at the parked tasks of an endpoint. Only delivery writes to it.
module "park_queue" {
  source = "./modules/queue"

  name                     = "${local.prefix}-park"
  consumer_timeout_seconds = 60
  alarm_topic_arn          = aws_sns_topic.alarms.arn
  tls_only                 = var.tls_only
}

# Destinations that are resources of AWS. A lane of its own: what throttles an account's API calls holds up no webhook.
module "aws_queue" {
  source = "./modules/queue"

  name                     = "${local.prefix}-aws"
  consumer_timeout_seconds = 30
  alarm_topic_arn          = aws_sns_topic.alarms.arn
  tls_only                 = var.tls_only

  subscription = {
    topic_arn     = aws_sns_topic.deliveries.arn
    filter_policy = { lane = ["aws"] }
  }
}

# Says that something stands in a log for an ordered endpoint. A FIFO topic feeds the FIFO queue: of one endpoint in one log
# one wake-up is handed out at a time, and the same one within five minutes counts once. Both let each group go at its own pace.
resource "aws_sns_topic" "ordered" {
  name                        = "${local.prefix}-ordered.fifo"
  fifo_topic                  = true
  content_based_deduplication = false # the sender says what is the same
  fifo_throughput_scope       = "MessageGroup"
  kms_master_key_id           = "alias/aws/sns"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([{
      Sid       = "PublishByPoliciesOfThisAccount"
      Effect    = "Allow"
      Principal = { AWS = "arn:${local.partition}:iam::${local.account_id}:root" }
      Action    = "sns:Publish"
      Resource  = local.topic_arns.ordered
    }], local.refuse_plaintext_publish["ordered"])
  })
}

module "ordered_queue" {
  source = "./modules/queue"

  name                     = "${local.prefix}-ordered"
  fifo                     = true
  consumer_timeout_seconds = local.longest_send_seconds + local.handling_seconds
  alarm_topic_arn          = aws_sns_topic.alarms.arn
  tls_only                 = var.tls_only

  subscription = { topic_arn = aws_sns_topic.ordered.arn }
}

# Stream records that fan-out cannot understand, until somebody has looked at them. Nothing reads this queue: it is its
# own dead-letter queue. It takes 256 KiB a message, the most that this version of the provider can ask SQS for.
resource "aws_sqs_queue" "fanout_quarantine" {
  name                      = "${local.prefix}-fanout-quarantine"
  message_retention_seconds = 1209600 # 14 days, the most that SQS keeps
  sqs_managed_sse_enabled   = true
  policy                    = local.tls_only_queue_policy["fanout-quarantine"]
}

# The same for the stream's other reader: attempts and endpoints that were neither announced nor counted.
resource "aws_sqs_queue" "project_quarantine" {
  name                      = "${local.prefix}-project-quarantine"
  message_retention_seconds = 1209600 # 14 days, the most that SQS keeps
  sqs_managed_sse_enabled   = true
  policy                    = local.tls_only_queue_policy["project-quarantine"]
}

# Calls of activate-endpoint that failed, with what they were called with: it is called without being waited for, so nobody else
# would know. Its name says whose calls they are.
resource "aws_sqs_queue" "activate_endpoint_failures" {
  name                      = "${local.prefix}-activate-endpoint-failures"
  message_retention_seconds = 1209600 # 14 days, the most that SQS keeps
  sqs_managed_sse_enabled   = true
  policy                    = local.tls_only_queue_policy["activate-endpoint-failures"]
}

# The local stage's stand-in for the records bucket.
resource "aws_sqs_queue" "stream_failures" {
  count = var.stream_failures_destination == "queue" ? 1 : 0

  name                      = "${local.prefix}-stream-failures"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
  policy                    = local.tls_only_queue_policy["stream-failures"]
}

locals {
  # Inline and with computed ARNs, because a separate policy resource costs 25 seconds of waiting each.
  tls_only_queue_policy = {
    for name in ["activate-endpoint-failures", "fanout-quarantine", "project-quarantine", "stream-failures"] : name => var.tls_only ? jsonencode({
      Version = "2012-10-17"
      Statement = [{
        Sid       = "RefusePlaintextConnections"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:*"
        Resource  = "arn:${local.partition}:sqs:${var.region}:${local.account_id}:${local.prefix}-${name}"
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      }]
    }) : null
  }
}
