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

# A state has these names under the earlier addresses. A name that differs, or an address that leads nowhere, is an alarm
# deleted and another made.
run "an_alarm_that_moved_keeps_its_name" {
  command = plan

  assert {
    condition = {
      for move in regexall("from = aws_cloudwatch_metric_alarm\\.([a-z_]+)(?:\\[0\\])?\\s+to\\s+= aws_cloudwatch_metric_alarm\\.([a-z_]+)\\[\"(.*)\"\\]", file("${path.module}/moved.tf")) :
      move[0] => try({
        daily_run_missed  = aws_cloudwatch_metric_alarm.daily_run_missed
        executions_failed = aws_cloudwatch_metric_alarm.executions_failed
        queue_not_empty   = aws_cloudwatch_metric_alarm.queue_not_empty
      }[move[1]][move[2]].alarm_name, "there is no alarm at the new address")
      } == {
      activate_endpoint_failures = "fanfare-dev-activate-endpoint-failures-not-empty"
      archive_not_compacted      = "fanfare-dev-archive-not-compacted"
      fanout_quarantine          = "fanfare-dev-fanout-quarantine-not-empty"
      import_failed              = "fanfare-dev-import-failed"
      intake_rejects             = "fanfare-dev-intake-rejects-not-empty"
      payloads_not_swept         = "fanfare-dev-payloads-not-swept"
      project_quarantine         = "fanfare-dev-project-quarantine-not-empty"
      redrive_failed             = "fanfare-dev-redrive-failed"
      replay_failed              = "fanfare-dev-replay-failed"
    }
    error_message = "moved.tf must lead each earlier address to the alarm of the same name"
  }
}
