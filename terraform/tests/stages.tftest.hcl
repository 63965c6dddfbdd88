# What the local stage may do without, and no other.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  stage  = "prod"
  region = "eu-central-1"
}

run "outside_local_nothing_that_holds_data_can_be_deleted_by_accident" {
  command = plan

  assert {
    condition     = aws_dynamodb_table.main.deletion_protection_enabled
    error_message = "the table must be protected against deletion"
  }

  assert {
    condition     = aws_dynamodb_table.main.point_in_time_recovery[0].enabled
    error_message = "the table must be restorable to any second"
  }

  assert {
    condition     = toset(keys(terraform_data.guard)) == toset(keys(local.guarded)) && length(local.guarded) > 0
    error_message = "a plan that deletes or replaces a lasting resource would not be refused"
  }

  assert {
    condition     = aws_kms_key.secrets.deletion_window_in_days == 30
    error_message = "a key scheduled for deletion must leave 30 days to notice"
  }
}

run "deletion_protection_cannot_be_switched_off_outside_local" {
  command = plan

  variables {
    deletion_protection = false
  }

  expect_failures = [var.deletion_protection]
}

run "tls_cannot_be_made_optional_outside_local" {
  command = plan

  variables {
    tls_only = false
  }

  expect_failures = [var.tls_only]
}

run "webhooks_cannot_be_sent_in_the_clear_outside_local" {
  command = plan

  variables {
    https_only = false
  }

  expect_failures = [var.https_only]
}

run "outside_local_lost_stream_records_go_to_the_bucket_whole" {
  command = plan

  assert {
    condition     = length(aws_sqs_queue.stream_failures) == 0
    error_message = "the queue is for the local stage alone"
  }
}

run "a_queue_cannot_be_their_destination_outside_local" {
  command = plan

  variables {
    stream_failures_destination = "queue"
  }

  expect_failures = [var.stream_failures_destination]
}

run "the_local_stage_can_be_thrown_away" {
  command = plan

  variables {
    stage                       = "local"
    deletion_protection         = false
    stream_failures_destination = "queue"
    tls_only                    = false
    saved_queries               = false
  }

  assert {
    condition     = !aws_dynamodb_table.main.deletion_protection_enabled && length(terraform_data.guard) == 0
    error_message = "the local stage must not refuse its destruction"
  }

  assert {
    condition     = length(aws_sqs_queue.stream_failures) == 1
    error_message = "the emulator delivers lost stream records to a queue only"
  }

  assert {
    condition     = length(aws_cloudwatch_query_definition.runbook) == 0
    error_message = "the emulator cannot store queries"
  }
}
