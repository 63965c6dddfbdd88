mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  stage  = "dev"
  region = "eu-central-1"
}

run "a_receiver_does_not_get_more_time_than_the_functions_have" {
  command = plan

  variables {
    send_timeout_seconds = 31
  }

  expect_failures = [var.send_timeout_seconds]
}

run "rejects_a_stage_that_cannot_be_a_resource_name" {
  command = plan

  variables {
    stage = "Prod_EU"
  }

  expect_failures = [var.stage]
}

run "rejects_a_stage_too_long_for_a_bucket_name" {
  command = plan

  variables {
    stage = "thirteenchars"
  }

  expect_failures = [var.stage]
}

run "rejects_a_region_that_is_none" {
  command = plan

  variables {
    region = "Frankfurt"
  }

  expect_failures = [var.region]
}

run "rejects_an_empty_retry_schedule" {
  command = plan

  variables {
    retry_schedule_seconds = []
  }

  expect_failures = [var.retry_schedule_seconds]
}

run "rejects_a_wait_of_no_time" {
  command = plan

  variables {
    retry_schedule_seconds = [5, 0, 300]
  }

  expect_failures = [var.retry_schedule_seconds]
}

run "rejects_a_wait_of_half_a_second" {
  command = plan

  variables {
    retry_schedule_seconds = [0.5]
  }

  expect_failures = [var.retry_schedule_seconds]
}

run "rejects_a_subnet_that_is_no_cidr_block" {
  command = plan

  variables {
    allowed_subnets = ["10.20.0.0/16", "10.20.0.300/24"]
  }

  expect_failures = [var.allowed_subnets]
}

run "rejects_a_retention_that_cloudwatch_does_not_know" {
  command = plan

  variables {
    log_retention_days = 10
  }

  expect_failures = [var.log_retention_days]
}

run "rejects_an_address_that_no_mail_reaches" {
  command = plan

  variables {
    alarm_email = "on-call"
  }

  expect_failures = [var.alarm_email]
}

run "rejects_a_destination_in_any_account" {
  command = plan

  variables {
    allowed_destinations = ["arn:aws:sqs:*:*:orders"]
  }

  expect_failures = [var.allowed_destinations]
}

run "rejects_every_queue_of_an_account" {
  command = plan

  variables {
    allowed_destinations = ["arn:aws:sqs:eu-central-1:123456789012:*"]
  }

  expect_failures = [var.allowed_destinations]
}

run "rejects_a_bucket_without_a_prefix" {
  command = plan

  variables {
    allowed_destinations = ["arn:aws:s3:::bucket"]
  }

  expect_failures = [var.allowed_destinations]
}

run "rejects_a_destination_of_a_service_that_is_not_delivered_to" {
  command = plan

  variables {
    allowed_destinations = ["arn:aws:dynamodb:eu-central-1:123456789012:table/orders"]
  }

  expect_failures = [var.allowed_destinations]
}

run "takes_a_pattern_of_every_service" {
  command = plan

  variables {
    allowed_destinations = [
      "arn:aws:sqs:eu-central-1:123456789012:orders-*",
      "arn:aws:sns:*:123456789012:orders",
      "arn:aws:events:eu-central-1:123456789012:event-bus/orders",
      "arn:aws:kinesis:eu-central-1:123456789012:stream/orders",
      "arn:aws:lambda:eu-central-1:123456789012:function:orders:live",
      "arn:aws:s3:::bucket/orders/*",
    ]
  }

  assert {
    condition     = length(split(",", local.exports["setting/allowed-destinations"])) == 6
    error_message = "every pattern must be published"
  }
}

run "rejects_a_schedule_of_something_that_is_no_event_type" {
  command = plan

  variables {
    retry_schedule_seconds_by_event_type = { "invoice paid" = [5] }
  }

  expect_failures = [var.retry_schedule_seconds_by_event_type]
}

run "rejects_a_wait_of_half_a_second_for_an_event_type" {
  command = plan

  variables {
    retry_schedule_seconds_by_event_type = { "invoice.paid" = [5, 0.5] }
  }

  expect_failures = [var.retry_schedule_seconds_by_event_type]
}

run "rejects_schedules_that_no_parameter_can_hold" {
  command = plan

  variables {
    retry_schedule_seconds_by_event_type = { for n in range(200) : "an.event.type.${n}" => [60, 3600] }
  }

  expect_failures = [aws_ssm_parameter.retry_schedule]
}

run "follows_the_schedule_that_standard_webhooks_suggests" {
  command = plan

  assert {
    condition     = aws_ssm_parameter.retry_schedule.value == "[5,300,1800,7200,18000,36000,50400,72000,86400]"
    error_message = "the default is 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h"
  }
}

run "gives_an_event_type_a_schedule_of_its_own" {
  command = plan

  variables {
    retry_schedule_seconds               = [5]
    retry_schedule_seconds_by_event_type = { "invoice.paid" = [60, 3600], "audit.logged" = [] }
  }

  assert {
    condition = jsondecode(aws_ssm_parameter.retry_schedule.value) == {
      default    = [5]
      eventTypes = { "invoice.paid" = [60, 3600], "audit.logged" = [] }
    }
    error_message = "the setting holds the stage's schedule and those of event types"
  }
}

run "rejects_a_breaker_that_opens_by_no_failure" {
  command = plan

  variables {
    pressure = { breaker_failures = 0 }
  }

  expect_failures = [var.pressure]
}

run "rejects_a_breaker_that_is_open_longer_at_first_than_at_the_most" {
  command = plan

  variables {
    pressure = { breaker_open_seconds = 700 }
  }

  expect_failures = [var.pressure]
}

run "rejects_to_call_slow_what_no_answer_can_be" {
  command = plan

  variables {
    pressure = { slow_milliseconds = 15000 }
  }

  expect_failures = [var.pressure]
}

run "rejects_disabling_an_endpoint_for_a_minute_of_failure" {
  command = plan

  variables {
    endpoint_failing_limit_seconds = 60
  }

  expect_failures = [var.endpoint_failing_limit_seconds]
}
