# The archive as Athena sees it: two tables of compressed JSON lines and a view that shows each message and attempt once.
# Content is sealed, so that it is `npm run ops -- archive query --with-content` that shows it, and nothing here.
locals {
  # Names and types as Glue has them, in the order of packages/events/src/archive-row.ts. What only messages or only attempts
  # have is null in the others.
  archive_columns = [
    { name = "kind", type = "string" },
    { name = "org_id", type = "string" },
    { name = "app_id", type = "string" },
    { name = "id", type = "string" },
    { name = "event_type", type = "string" },
    { name = "channels", type = "array<string>" },
    { name = "tags", type = "array<string>" },
    { name = "expunged_at", type = "bigint" },
    { name = "event_id", type = "string" },
    { name = "accepted_at", type = "bigint" },
    { name = "deliver_at", type = "bigint" },
    { name = "cancelled_at", type = "bigint" },
    { name = "app_version", type = "bigint" },
    { name = "correlation_id", type = "string" },
    { name = "encoding", type = "string" },
    { name = "object_bytes", type = "bigint" },
    { name = "content_object", type = "boolean" },
    { name = "msg_id", type = "string" },
    { name = "endpoint_id", type = "string" },
    { name = "attempt", type = "int" },
    { name = "trigger", type = "string" },
    { name = "succeeded", type = "boolean" },
    { name = "outcome", type = "string" },
    { name = "status_code", type = "int" },
    { name = "duration_ms", type = "bigint" },
    { name = "url", type = "string" },
    { name = "attempted_at", type = "bigint" },
    { name = "next_attempt_at", type = "bigint" },
    { name = "content", type = "string" },
  ]

  archive_tables = {
    # Compacted, by application and day. A query has to name the application, so that it never scans those of others.
    archived = {
      location   = "s3://${module.archive_bucket.name}/rows/"
      partitions = ["app", "day"]
      projection = {
        "projection.app.type"       = "injected"
        "projection.day.type"       = "date"
        "projection.day.format"     = "yyyy-MM-dd"
        "projection.day.range"      = "2026-01-01,NOW+1DAY"
        "storage.location.template" = "s3://${module.archive_bucket.name}/rows/app=$${app}/day=$${day}/"
      }
    }
    # As it was written, until it is compacted. Rows may be there more than once.
    written = {
      location   = "s3://${module.archive_bucket.name}/raw/"
      partitions = ["hour"]
      projection = {
        "projection.hour.type"          = "date"
        "projection.hour.format"        = "yyyy-MM-dd'T'HH"
        "projection.hour.interval"      = "1"
        "projection.hour.interval.unit" = "HOURS"
        "projection.hour.range"         = "NOW-7DAYS,NOW+1HOURS"
        "storage.location.template"     = "s3://${module.archive_bucket.name}/raw/$${hour}/"
      }
    }
  }

  # Presto's name of a type, where it is another one.
  presto_types = { string = "varchar", int = "integer", "array<string>" = "array(varchar)" }

  archive_view_columns = concat(local.archive_columns, [for name in ["app", "day"] : { name = name, type = "string" }])
  archive_column_list  = join(", ", [for column in local.archive_columns : column.name])

  # The copy that was expunged counts, then the one that was compacted.
  archive_view_sql = <<-SQL
    SELECT ${local.archive_column_list}, app, day
    FROM (
      SELECT ${local.archive_column_list}, app, day,
        row_number() OVER (PARTITION BY app, day, id ORDER BY expunged_at NULLS LAST, source) AS copy
      FROM (
        SELECT ${local.archive_column_list}, app, day, 1 AS source FROM archived
        UNION ALL
        SELECT ${local.archive_column_list}, app_id AS app,
          date_format(from_unixtime(coalesce(accepted_at, attempted_at) / 1000), '%Y-%m-%d') AS day, 2 AS source
        FROM written
      )
    )
    WHERE copy = 1
  SQL

  archive_queries = { for file in fileset("${path.module}/archive-queries", "*.sql") : trimsuffix(file, ".sql") => file("${path.module}/archive-queries/${file}") }
}

resource "aws_glue_catalog_database" "archive" {
  name        = replace("${local.prefix}_archive", "-", "_")
  description = "Messages and attempts of Fanfare ${var.stage}"
}

resource "aws_glue_catalog_table" "archive" {
  for_each = local.archive_tables

  database_name = aws_glue_catalog_database.archive.name
  name          = each.key
  table_type    = "EXTERNAL_TABLE"
  parameters    = merge({ EXTERNAL = "TRUE", classification = "json", "projection.enabled" = "true" }, each.value.projection)

  dynamic "partition_keys" {
    for_each = each.value.partitions

    content {
      name = partition_keys.value
      type = "string"
    }
  }

  storage_descriptor {
    location      = each.value.location
    input_format  = "org.apache.hadoop.mapred.TextInputFormat"
    output_format = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"

    ser_de_info {
      serialization_library = "org.openx.data.jsonserde.JsonSerDe"
    }

    dynamic "columns" {
      for_each = local.archive_columns

      content {
        name = columns.value.name
        type = columns.value.type
      }
    }
  }
}

resource "aws_glue_catalog_table" "events" {
  database_name = aws_glue_catalog_database.archive.name
  name          = "events"
  description   = "Each message and attempt once"
  table_type    = "VIRTUAL_VIEW"
  parameters    = { presto_view = "true", comment = "Presto View" }

  view_expanded_text = "/* Presto View */"
  view_original_text = "/* Presto View: ${base64encode(jsonencode({
    originalSql = local.archive_view_sql
    catalog     = "awsdatacatalog"
    schema      = aws_glue_catalog_database.archive.name
    columns     = [for column in local.archive_view_columns : { name = column.name, type = lookup(local.presto_types, column.type, column.type) }]
  }))} */"

  storage_descriptor {
    dynamic "columns" {
      for_each = local.archive_view_columns

      content {
        name = columns.value.name
        type = columns.value.type
      }
    }
  }

  depends_on = [aws_glue_catalog_table.archive]
}

# A group of its own: what a query may scan, where its result goes, and what archive queries cost.
resource "aws_athena_workgroup" "archive" {
  name          = "${local.prefix}-archive"
  description   = "Queries of the archive of messages and attempts"
  force_destroy = !var.deletion_protection

  configuration {
    enforce_workgroup_configuration    = true
    publish_cloudwatch_metrics_enabled = true
    bytes_scanned_cutoff_per_query     = var.archive_query_limit_gigabytes * 1024 * 1024 * 1024

    result_configuration {
      output_location = "s3://${module.archive_bucket.name}/results/"

      encryption_configuration {
        encryption_option = "SSE_S3"
      }
    }
  }
}

resource "aws_athena_named_query" "archive" {
  for_each = local.archive_queries

  name      = "${local.prefix}/${each.key}"
  workgroup = aws_athena_workgroup.archive.id
  database  = aws_glue_catalog_database.archive.name
  query     = each.value
}
