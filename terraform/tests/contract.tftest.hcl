mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  stage  = "dev"
  region = "eu-central-1"
}

run "every_key_of_the_contract_is_exported_and_nothing_else" {
  command = plan

  assert {
    condition     = toset(keys(local.exports)) == toset(keys(local.contract))
    error_message = "contract.json and contract.tf disagree on: ${join(", ", setsubtract(setunion(keys(local.exports), keys(local.contract)), setintersection(keys(local.exports), keys(local.contract))))}"
  }

  assert {
    condition     = toset([for parameter in aws_ssm_parameter.export : parameter.name]) == toset([for key in keys(local.contract) : "/fanfare/dev/${key}"])
    error_message = "an export is not published under /fanfare/<stage>/<key>"
  }
}

run "every_export_says_what_it_is" {
  command = plan

  assert {
    condition     = alltrue([for it in values(local.contract) : length(it.description) >= 10])
    error_message = "an export of contract.json has no description"
  }

  assert {
    condition     = alltrue([for it in values(local.contract) : length(setsubtract(keys(it), ["description", "waitsFor"])) == 0])
    error_message = "an export of contract.json has a field that nobody reads"
  }
}

run "nothing_to_allow_is_published_as_none_because_a_parameter_cannot_be_empty" {
  command = plan

  assert {
    condition     = aws_ssm_parameter.export["setting/allowed-subnets"].value == "none"
    error_message = "no allowed subnet must be published as the word none"
  }
}

run "allowed_subnets_are_published_comma_separated" {
  command = plan

  variables {
    allowed_subnets = ["10.20.0.0/16", "fd00::/8"]
  }

  assert {
    condition     = aws_ssm_parameter.export["setting/allowed-subnets"].value == "10.20.0.0/16,fd00::/8"
    error_message = "allowed subnets must be published comma separated"
  }
}

run "a_parameter_that_exists_is_kept_where_it_may_be_anothers" {
  command = plan

  assert {
    condition     = alltrue([for it in concat(values(aws_ssm_parameter.export), [aws_ssm_parameter.retry_schedule, aws_ssm_parameter.api_signing_keys]) : it.overwrite == null])
    error_message = "another state's parameter would be overwritten"
  }
}

run "a_parameter_that_a_lost_answer_left_is_taken_over_on_the_local_stage" {
  command = plan

  variables {
    stage = "local"
  }

  assert {
    condition     = alltrue([for it in concat(values(aws_ssm_parameter.export), [aws_ssm_parameter.retry_schedule, aws_ssm_parameter.api_signing_keys]) : it.overwrite == true])
    error_message = "a repeated PutParameter would end the apply"
  }
}
