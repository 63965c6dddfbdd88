mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  stage  = "dev"
  region = "eu-central-1"
}

run "nobody_may_write_through_the_queue_unless_it_is_said" {
  command = plan

  assert {
    condition     = local.exports["setting/intake-organisations"] == "{}"
    error_message = "the intake queue must be trusted with no organisation by default"
  }
}

run "organisations_are_published_with_their_senders" {
  command = plan

  variables {
    intake_organisations = { org_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ = ["AROA1234567890EXAMPLE"] }
  }

  assert {
    condition     = jsondecode(local.exports["setting/intake-organisations"]) == { org_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ = ["AROA1234567890EXAMPLE"] }
    error_message = "the senders of an organisation must be published as they are given"
  }
}

run "an_organisation_is_named_by_its_id" {
  command = plan

  variables {
    intake_organisations = { acme = ["*"] }
  }

  expect_failures = [var.intake_organisations]
}

run "a_sender_is_named_by_its_unique_id" {
  command = plan

  variables {
    intake_organisations = { org_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ = ["arn:aws:iam::123456789012:role/orders"] }
  }

  expect_failures = [var.intake_organisations]
}

run "a_message_waits_for_six_times_its_consumers_timeout" {
  command = plan

  assert {
    condition     = module.intake_queue.visibility_timeout_seconds == 6 * 30
    error_message = "a message would be received again while its first receiver still works on it"
  }
}

run "what_was_refused_is_kept_as_long_as_sqs_can" {
  command = plan

  assert {
    condition     = aws_sqs_queue.intake_rejects.message_retention_seconds == 1209600
    error_message = "refused events must be kept for 14 days"
  }
}

run "no_event_is_let_in_unless_a_rule_says_so" {
  command = plan

  assert {
    condition     = local.exports["setting/event-rules"] == "none" && length(aws_cloudwatch_event_rule.intake) == 0
    error_message = "there must be no rule by default"
  }

  assert {
    condition     = length(module.event_intake_queue.writing_rules) == 0
    error_message = "nobody may write to the queue of events without a rule"
  }
}

run "a_rule_alone_may_write_to_the_queue_and_says_what_its_events_become" {
  command = plan

  variables {
    event_rules = [{
      name             = "uploads"
      bus              = "shop"
      pattern          = "{\"source\":[\"aws.s3\"]}"
      organisation     = "org_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ"
      application_path = "detail.bucket.name"
    }]
  }

  assert {
    condition     = module.event_intake_queue.writing_rules == tolist(["arn:aws:events:eu-central-1:123456789012:rule/shop/fanfare-dev-intake-uploads"])
    error_message = "the queue must name the rule as what may write to it"
  }

  assert {
    condition     = jsondecode(replace(aws_cloudwatch_event_target.intake["uploads"].input_transformer[0].input_template, "<aws.events.event.json>", "{}")) == { v = 1, rule = "uploads", organisation = "org_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ", application = null, applicationPath = "detail.bucket.name", eventType = null, payload = "event", event = {} }
    error_message = "the target must say what the event is to become"
  }
}

run "a_rule_names_an_application_or_where_to_find_it" {
  command = plan

  variables {
    event_rules = [{
      name         = "uploads"
      pattern      = "{\"source\":[\"aws.s3\"]}"
      organisation = "org_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ"
    }]
  }

  expect_failures = [var.event_rules]
}

run "a_pattern_is_json" {
  command = plan

  variables {
    event_rules = [{
      name         = "uploads"
      pattern      = "source = aws.s3"
      organisation = "org_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ"
      application  = "acme"
    }]
  }

  expect_failures = [var.event_rules]
}

run "there_is_no_stream_unless_it_is_asked_for" {
  command = plan

  assert {
    condition     = length(aws_kinesis_stream.intake) == 0 && local.exports["stream/intake/arn"] == "none" && length(aws_cloudwatch_metric_alarm.ingest_stream_iterator_age) == 0
    error_message = "a stream costs money at rest: none by default"
  }
}

run "a_stream_that_is_asked_for_is_watched" {
  command = plan

  variables {
    intake_stream = { organisations = ["org_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ"], shards = 2 }
  }

  assert {
    condition     = aws_kinesis_stream.intake[0].shard_count == 2 && length(local.alarms.ingest_stream) == 1
    error_message = "the stream must have its shards and an alarm"
  }

  assert {
    condition     = local.exports["setting/intake-stream-organisations"] == "org_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ"
    error_message = "the organisations of the stream must be published"
  }
}

run "a_stream_is_for_somebody" {
  command = plan

  variables {
    intake_stream = { organisations = [] }
  }

  expect_failures = [var.intake_stream]
}
