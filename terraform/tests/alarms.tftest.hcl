mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  stage  = "dev"
  region = "eu-central-1"

  # Its alarm is there when it is.
  intake_stream = { organisations = ["org_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ"] }
  file_imports  = true
}

run "every_alarm_names_a_runbook_that_exists" {
  command = plan

  assert {
    condition = alltrue([
      for alarm in flatten(values(local.alarms)) :
      fileexists("${path.module}/../${try(regex("Runbook: (docs/runbooks/[a-z0-9-]+\\.md)$", alarm.description)[0], "no runbook named")}")
    ])
    error_message = "an alarm's description must end in the path of a runbook that exists"
  }

  # An alarm that the dashboard forgets would escape the check above.
  assert {
    condition = toset(keys(local.alarms)) == toset(flatten([
      for source in setunion(fileset(path.module, "*.tf"), fileset(path.module, "modules/*/*.tf")) :
      flatten(regexall("resource \"aws_cloudwatch_metric_alarm\" \"([a-z0-9_]+)\"", file("${path.module}/${source}")))
    ]))
    error_message = "local.alarms and the alarm resources differ"
  }
}

run "every_runbook_belongs_to_an_alarm" {
  command = plan

  assert {
    condition = length(setsubtract(
      [for runbook in fileset("${path.module}/../docs/runbooks", "*.md") : "docs/runbooks/${runbook}"],
      [for alarm in flatten(values(local.alarms)) : try(regex("Runbook: (.*)$", alarm.description)[0], "none")],
    )) == 0
    error_message = "a runbook is named by no alarm"
  }
}
