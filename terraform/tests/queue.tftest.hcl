# The module that every lane is made of.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name                     = "fanfare-dev-webhook"
  consumer_timeout_seconds = 30
  alarm_topic_arn          = "arn:aws:sns:eu-central-1:123456789012:fanfare-dev-alarms"

  subscription = {
    topic_arn     = "arn:aws:sns:eu-central-1:123456789012:fanfare-dev-deliveries"
    filter_policy = { lane = ["webhook"] }
  }
}

run "a_lane_receives_its_own_tasks_only_as_they_were_published" {
  command = plan

  module {
    source = "./modules/queue"
  }

  assert {
    condition     = jsondecode(aws_sns_topic_subscription.main[0].filter_policy) == { lane = ["webhook"] }
    error_message = "the lane would receive tasks of other lanes"
  }

  assert {
    condition     = aws_sns_topic_subscription.main[0].raw_message_delivery
    error_message = "tasks would arrive wrapped in an SNS envelope, without their message attributes"
  }
}

run "nobody_but_its_topic_is_let_in_by_the_queues_own_policy" {
  command = plan

  module {
    source = "./modules/queue"
  }

  assert {
    condition = [for statement in jsondecode(aws_sqs_queue.main.policy).Statement : statement if statement.Effect == "Allow"] == [{
      Sid       = "AcceptFromTheTopicAlone"
      Effect    = "Allow"
      Principal = { Service = "sns.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = "arn:aws:sqs:eu-central-1:123456789012:fanfare-dev-webhook"
      Condition = { ArnEquals = { "aws:SourceArn" = "arn:aws:sns:eu-central-1:123456789012:fanfare-dev-deliveries" } }
    }]
    error_message = "the queue's policy must allow its topic to send and nothing else"
  }
}

run "plaintext_connections_are_refused" {
  command = plan

  module {
    source = "./modules/queue"
  }

  assert {
    condition = alltrue([
      for queue in [aws_sqs_queue.main, aws_sqs_queue.dead_letters] : anytrue([
        for statement in jsondecode(queue.policy).Statement :
        statement.Effect == "Deny" && statement.Condition == { Bool = { "aws:SecureTransport" = "false" } }
      ])
    ])
    error_message = "both queues must refuse connections without TLS"
  }
}

run "a_queue_without_a_topic_has_no_subscription" {
  command = plan

  module {
    source = "./modules/queue"
  }

  variables {
    subscription = null
  }

  assert {
    condition     = length(aws_sns_topic_subscription.main) == 0
    error_message = "there is nothing to subscribe to"
  }
}

run "visibility_stays_below_what_sqs_allows_and_above_six_timeouts" {
  command = plan

  module {
    source = "./modules/queue"
  }

  variables {
    consumer_timeout_seconds = 900
  }

  assert {
    condition     = aws_sqs_queue.main.visibility_timeout_seconds == 5400
    error_message = "six times fifteen minutes is an hour and a half"
  }
}

run "rejects_a_timeout_that_no_function_can_have" {
  command = plan

  module {
    source = "./modules/queue"
  }

  variables {
    consumer_timeout_seconds = 901
  }

  expect_failures = [var.consumer_timeout_seconds]
}
