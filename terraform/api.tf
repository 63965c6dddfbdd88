# The API outlives every service: services attach their own integrations, routes and permissions to its id.
resource "aws_apigatewayv2_api" "main" {
  name          = "${local.prefix}-api"
  description   = "Fanfare ${var.stage}: the HTTP API"
  protocol_type = "HTTP"

  # Tokens travel in a header and there are no cookies, so any origin may call. Browsers do not count the
  # authorization header among "*".
  cors_configuration {
    allow_origins  = ["*"]
    allow_methods  = ["*"]
    allow_headers  = ["*", "authorization"]
    expose_headers = ["*"]
    max_age        = 600
  }
}

resource "aws_apigatewayv2_stage" "default" {
  api_id      = aws_apigatewayv2_api.main.id
  name        = "$default"
  auto_deploy = true # a service's route is live as soon as its stack is

  default_route_settings {
    throttling_rate_limit  = var.api_rate_limit_per_second
    throttling_burst_limit = var.api_burst_limit
  }

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.api_access.arn

    # One short line per request, and nothing that a caller sends: headers and query strings may hold tokens.
    format = jsonencode(jsondecode(file("${path.module}/access-log.json")))
  }
}

# The prefix keeps the log group out of the account's one size-limited resource policy for log deliveries.
resource "aws_cloudwatch_log_group" "api_access" {
  # checkov:skip=CKV_AWS_158:The lines hold no payload, token or secret; CloudWatch encrypts them with its own key.
  # checkov:skip=CKV_AWS_338:Access logs serve on-call for weeks; what has to be kept longer stands in the table.
  name              = "/aws/vendedlogs/${local.prefix}-api-access"
  retention_in_days = var.log_retention_days
}
