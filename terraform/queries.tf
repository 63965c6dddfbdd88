# The Logs Insights queries of the runbooks, saved where on-call looks for them: Logs Insights, Saved queries,
# folder fanfare-<stage>. The files in queries/ are read by the runbooks' readers too.
locals {
  queries = { for file in fileset("${path.module}/queries", "*.txt") : trimsuffix(file, ".txt") => file("${path.module}/queries/${file}") }
}

resource "aws_cloudwatch_query_definition" "runbook" {
  for_each = var.saved_queries ? local.queries : {}

  name         = "${local.prefix}/${each.key}"
  query_string = each.value
}
