mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  stage  = "dev"
  region = "eu-central-1"
}

run "a_task_stays_invisible_for_six_times_its_consumers_timeout" {
  command = plan

  assert {
    condition     = module.webhook_queue.visibility_timeout_seconds == 6 * (30 + 15)
    error_message = "a task would be received again while its first receiver still works on it"
  }
}

run "the_webhook_lane_receives_webhook_tasks_only" {
  command = plan

  assert {
    condition     = module.webhook_queue.filter_policy == { lane = ["webhook"] }
    error_message = "the lane would receive tasks of other lanes"
  }
}

run "the_aws_lane_receives_aws_tasks_only" {
  command = plan

  assert {
    condition     = module.aws_queue.filter_policy == { lane = ["aws"] }
    error_message = "the lane would receive tasks of other lanes"
  }
}

run "nothing_is_delivered_to_without_a_role_unless_it_is_allowed" {
  command = plan

  assert {
    condition     = local.exports["setting/allowed-destinations"] == "none"
    error_message = "the list of allowed destinations must be empty by default"
  }
}

run "a_stream_record_put_aside_is_kept_as_long_as_sqs_can" {
  command = plan

  assert {
    condition     = aws_sqs_queue.fanout_quarantine.message_retention_seconds == 1209600
    error_message = "quarantined records must be kept for 14 days"
  }
}
