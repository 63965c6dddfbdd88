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

run "a_fifo_queue_hands_over_to_a_fifo_queue_and_lets_each_group_go_at_its_own_pace" {
  command = plan

  module {
    source = "./modules/queue"
  }

  variables {
    name         = "fanfare-dev-ordered"
    fifo         = true
    subscription = { topic_arn = "arn:aws:sns:eu-central-1:123456789012:fanfare-dev-ordered.fifo" }
  }

  assert {
    condition = (
      aws_sqs_queue.main.name == "fanfare-dev-ordered.fifo" && aws_sqs_queue.main.fifo_queue &&
      aws_sqs_queue.dead_letters.name == "fanfare-dev-ordered-dead-letters.fifo" && aws_sqs_queue.dead_letters.fifo_queue
    )
    error_message = "SQS takes FIFO queues by names that end in .fifo, and only a FIFO queue may take over from one"
  }

  assert {
    condition     = aws_sqs_queue.main.deduplication_scope == "messageGroup" && aws_sqs_queue.main.fifo_throughput_limit == "perMessageGroupId"
    error_message = "all groups together would share what one queue can do"
  }

  assert {
    condition     = jsondecode(aws_sqs_queue.main.policy).Statement[0].Resource == "arn:aws:sqs:eu-central-1:123456789012:fanfare-dev-ordered.fifo"
    error_message = "the topic would be let into a queue of another name"
  }

  assert {
    condition     = jsondecode(aws_sqs_queue.dead_letters.redrive_allow_policy).sourceQueueArns == ["arn:aws:sqs:eu-central-1:123456789012:fanfare-dev-ordered.fifo"]
    error_message = "the dead-letter queue would refuse its own queue"
  }

  assert {
    condition     = aws_sns_topic_subscription.main[0].raw_message_delivery && aws_sns_topic_subscription.main[0].filter_policy == null
    error_message = "wake-ups would arrive wrapped, or not all of them"
  }
}

run "a_queue_is_a_standard_queue_unless_it_is_asked_for" {
  command = plan

  module {
    source = "./modules/queue"
  }

  assert {
    condition     = aws_sqs_queue.main.name == "fanfare-dev-webhook" && !aws_sqs_queue.main.fifo_queue
    error_message = "lanes are standard queues: they would be made anew"
  }
}

run "rejects_a_name_of_a_fifo_queue_that_sqs_would_cut_short" {
  command = plan

  module {
    source = "./modules/queue"
  }

  variables {
    name = "fanfare-dev-a-name-that-leaves-no-room-for-both-suffixes-of-sqs"
    fifo = true
  }

  expect_failures = [var.name]
}
