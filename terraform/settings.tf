# What functions read while they run, and what can change without a deployment.
locals {
  retry_schedule = length(var.retry_schedule_seconds_by_event_type) == 0 ? jsonencode(var.retry_schedule_seconds) : jsonencode({
    default    = var.retry_schedule_seconds
    eventTypes = var.retry_schedule_seconds_by_event_type
  })
}

resource "aws_ssm_parameter" "retry_schedule" {
  # checkov:skip=CKV2_AWS_34:A list of waits is no secret.
  name        = "/fanfare/${var.stage}/settings/retry-schedule"
  description = "Seconds to wait before attempt 2, 3 and so on, as a JSON list, or as an object of default and eventTypes"
  type        = "String"
  value       = local.retry_schedule
  overwrite   = local.overwrite_parameters

  lifecycle {
    precondition {
      condition     = length(local.retry_schedule) <= 4096
      error_message = "The retry schedules are longer than the 4096 characters of a parameter: give fewer event types one of their own."
    }
  }
}

locals {
  # As the functions read it.
  pressure = {
    breakerFailures       = var.pressure.breaker_failures
    breakerOpenSeconds    = var.pressure.breaker_open_seconds
    breakerLongestSeconds = var.pressure.breaker_longest_seconds
    slowMilliseconds      = var.pressure.slow_milliseconds
    pauseSeconds          = var.pressure.pause_seconds
    drainRatePerSecond    = var.pressure.drain_rate_per_second
  }
}
