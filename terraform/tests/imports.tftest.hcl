mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  stage  = "dev"
  region = "eu-central-1"
}

run "files_are_not_imported_unless_it_is_said" {
  command = plan

  assert {
    condition     = length(module.imports_bucket) == 0 && local.exports["bucket/imports/name"] == "none" && local.exports["bucket/imports/arn"] == "none" && !contains(keys(aws_cloudwatch_metric_alarm.executions_failed), "import-failed")
    error_message = "there must be no bucket of imports by default"
  }

  assert {
    condition     = length(local.intake_rejects_statements) == 1
    error_message = "nobody may be let into the rejects by default"
  }
}

run "a_bucket_of_files_tells_of_them_and_is_watched" {
  command = plan

  variables {
    file_imports = true
  }

  assert {
    condition     = module.imports_bucket[0].notifies && local.exports["bucket/imports/name"] == "fanfare-dev-imports-123456789012-eu-central-1"
    error_message = "EventBridge must be told of files that are put into the bucket"
  }

  assert {
    condition     = contains(keys(aws_cloudwatch_metric_alarm.executions_failed), "import-failed")
    error_message = "an import that fails must raise an alarm"
  }

  assert {
    condition     = [for statement in local.intake_rejects_statements : statement.Condition if statement.Effect == "Allow"] == [{ ArnEquals = { "aws:SourceArn" = "arn:aws:events:eu-central-1:123456789012:rule/fanfare-dev-import-file" } }]
    error_message = "the rule of imports alone may put what it cannot hand over among the rejects"
  }
}

run "files_are_kept_for_whole_days" {
  command = plan

  variables {
    import_retention_days = 0
  }

  expect_failures = [var.import_retention_days]
}
