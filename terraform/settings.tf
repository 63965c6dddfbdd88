# What functions read while they run, and what can change without a deployment.
resource "aws_ssm_parameter" "retry_schedule" {
  # checkov:skip=CKV2_AWS_34:A list of waits is no secret.
  name        = "/fanfare/${var.stage}/settings/retry-schedule"
  description = "Seconds to wait before attempt 2, 3 and so on, as a JSON list"
  type        = "String"
  value       = jsonencode(var.retry_schedule_seconds)
}
