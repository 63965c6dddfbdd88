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
