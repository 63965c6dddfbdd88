# What Athena knows of the archive.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  stage  = "prod"
  region = "eu-central-1"
}

run "tables_lead_to_what_is_written_and_what_is_compacted" {
  command = plan

  assert {
    condition     = toset(keys(aws_glue_catalog_table.archive)) == toset(["archived", "written"])
    error_message = "there are two tables: what was compacted, and what was not yet"
  }

  assert {
    condition     = endswith(local.archive_tables.archived.projection["storage.location.template"], "/rows/app=$${app}/day=$${day}/")
    error_message = "partitions must be found where compaction writes them, without a crawler"
  }

  assert {
    condition     = alltrue([for table in aws_glue_catalog_table.archive : one([for column in table.storage_descriptor[0].columns : column.type if column.name == "tags"]) == "array<string>"])
    error_message = "both tables must have the tags of messages and attempts"
  }

  assert {
    condition     = local.archive_tables.archived.projection["projection.app.type"] == "injected"
    error_message = "a query must name the application: nobody scans those of others by accident"
  }

  assert {
    condition     = local.archive_tables.written.projection["projection.hour.format"] == "yyyy-MM-dd'T'HH"
    error_message = "hours must be named as project names them"
  }
}

run "the_view_shows_each_row_once_and_what_was_expunged_as_such" {
  command = plan

  assert {
    condition     = strcontains(local.archive_view_sql, "PARTITION BY app, day, id ORDER BY expunged_at NULLS LAST") && strcontains(local.archive_view_sql, "WHERE copy = 1")
    error_message = "the view must choose one copy of each row, the expunged one first"
  }

  assert {
    condition     = strcontains(local.archive_column_list, "channels, tags,") && one([for column in jsondecode(base64decode(trimsuffix(trimprefix(aws_glue_catalog_table.events.view_original_text, "/* Presto View: "), " */"))).columns : column.type if column.name == "tags"]) == "array(varchar)"
    error_message = "the view must show tags, under the name that Athena has for their type"
  }

  assert {
    condition     = aws_glue_catalog_table.events.table_type == "VIRTUAL_VIEW" && length(aws_glue_catalog_table.events.storage_descriptor[0].columns) == length(local.archive_columns) + 2
    error_message = "the view must have the tables' columns, the application and the day"
  }
}

run "queries_are_saved_and_bounded" {
  command = plan

  assert {
    condition     = toset(keys(aws_athena_named_query.archive)) == toset(["failed-attempts", "messages-by-type", "never-delivered", "one-message"])
    error_message = "each file of archive-queries is a saved query"
  }

  assert {
    condition     = alltrue([for query in local.archive_queries : strcontains(query, "app = 'app_...'") && strcontains(query, "day BETWEEN")])
    error_message = "a saved query names an application and days, or it would scan everything"
  }

  assert {
    condition     = aws_athena_workgroup.archive.configuration[0].enforce_workgroup_configuration && aws_athena_workgroup.archive.configuration[0].bytes_scanned_cutoff_per_query == 107374182400
    error_message = "a query must be stopped at its limit, whatever its caller asks for"
  }
}

run "the_archive_outlives_the_table" {
  command = plan

  variables {
    archive_retention_days = 30
  }

  expect_failures = [var.archive_retention_days]
}
