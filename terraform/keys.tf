# Encrypts the data keys that endpoint secrets are encrypted with, and the API's signing keys.
resource "aws_kms_key" "secrets" {
  description             = "Fanfare ${var.stage}: data keys of endpoint secrets, API signing keys"
  enable_key_rotation     = true
  deletion_window_in_days = var.deletion_protection ? 30 : 7

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AdministerByPoliciesOfThisAccount"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.partition}:iam::${local.account_id}:root" }
        Action = [
          "kms:CancelKeyDeletion",
          "kms:CreateAlias",
          "kms:DeleteAlias",
          "kms:Describe*",
          "kms:DisableKey",
          "kms:EnableKey",
          "kms:EnableKeyRotation",
          "kms:Get*",
          "kms:List*",
          "kms:PutKeyPolicy",
          "kms:ScheduleKeyDeletion",
          "kms:TagResource",
          "kms:UntagResource",
          "kms:UpdateAlias",
          "kms:UpdateKeyDescription",
        ]
        Resource = "*"
      },
      {
        Sid       = "SealAndOpenByPoliciesOfThisAccount"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.partition}:iam::${local.account_id}:root" }
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = "*"
      },
      {
        Sid       = "StoreSigningKeysThroughTheParameterStoreAlone"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.partition}:iam::${local.account_id}:root" }
        Action    = "kms:Encrypt"
        Resource  = "*"
        Condition = { StringEquals = { "kms:ViaService" = "ssm.${var.region}.amazonaws.com" } }
      },
    ]
  })
}

resource "aws_kms_alias" "secrets" {
  name          = "alias/${local.prefix}-secrets"
  target_key_id = aws_kms_key.secrets.key_id
}

# The keys that API tokens are verified with. Terraform makes the parameter and never looks at its value again:
# generated keys are put there once the stage stands, and rotated there.
resource "aws_ssm_parameter" "api_signing_keys" {
  name        = "/fanfare/${var.stage}/secret/api-signing-keys"
  description = "Keys that API tokens are signed with. Put there outside Terraform, see docs/decisions/0011-signing-keys-outside-terraform.md"
  type        = "SecureString"
  key_id      = aws_kms_key.secrets.arn
  value       = "placeholder"
  overwrite   = local.overwrite_parameters

  lifecycle {
    ignore_changes = [value]
  }
}
