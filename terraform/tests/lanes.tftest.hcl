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

run "the_slow_lane_receives_slow_tasks_only" {
  command = plan

  assert {
    condition     = module.slow_queue.filter_policy == { lane = ["slow"] } && module.park_queue.filter_policy == null
    error_message = "the lane would receive tasks of other lanes, or looks would come from the topic"
  }
}

run "the_aws_lane_receives_aws_tasks_only" {
  command = plan

  assert {
    condition     = module.aws_queue.filter_policy == { lane = ["aws"] }
    error_message = "the lane would receive tasks of other lanes"
  }
}

run "wake_ups_of_ordered_endpoints_go_through_a_fifo_topic_into_a_fifo_queue" {
  command = plan

  assert {
    condition     = aws_sns_topic.ordered.fifo_topic && !aws_sns_topic.ordered.content_based_deduplication && aws_sns_topic.ordered.fifo_throughput_scope == "MessageGroup"
    error_message = "the sender says what is the same wake-up, and groups know nothing of each other"
  }

  assert {
    condition     = module.ordered_queue.name == "fanfare-dev-ordered.fifo" && module.ordered_queue.filter_policy == null
    error_message = "every wake-up must reach the queue"
  }

  assert {
    condition     = module.ordered_queue.visibility_timeout_seconds == 6 * (30 + 15)
    error_message = "a wake-up would be received again while its first receiver still works on it"
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
