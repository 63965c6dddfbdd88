# Domain events for whoever in the account wants to react to them.
resource "aws_cloudwatch_event_bus" "main" {
  name = "${local.prefix}-events"
}

# A consumer that was broken for a while is caught up by a replay.
resource "aws_cloudwatch_event_archive" "main" {
  name             = "${local.prefix}-events"
  description      = "Everything of the last 30 days, for replays"
  event_source_arn = aws_cloudwatch_event_bus.main.arn
  retention_days   = 30
}
