# The one table of the system. Its keys are built in packages/core, its access patterns are in docs/data-model.md.
resource "aws_dynamodb_table" "main" {
  # checkov:skip=CKV_AWS_119:Endpoint secrets are encrypted by us before they are stored; for the rest the AWS-owned key does the same without a KMS request in the path of every event.
  name         = "${local.prefix}-main"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "PK"
  range_key    = "SK"

  attribute {
    name = "PK"
    type = "S"
  }

  attribute {
    name = "SK"
    type = "S"
  }

  attribute {
    name = "GSI1PK"
    type = "S"
  }

  attribute {
    name = "GSI1SK"
    type = "S"
  }

  global_secondary_index {
    name            = "by-endpoint"
    hash_key        = "GSI1PK"
    range_key       = "GSI1SK"
    projection_type = "ALL"
  }

  ttl {
    attribute_name = "expiresAt"
    enabled        = true
  }

  # The outbox: fan-out reads it.
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled = false # the AWS-owned key; false does not mean unencrypted
  }

  deletion_protection_enabled = var.deletion_protection
}
