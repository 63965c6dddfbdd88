output "api_endpoint" {
  description = "Base URL of the HTTP API."
  value       = aws_apigatewayv2_api.main.api_endpoint
}

output "contract_path" {
  description = "Path in the parameter store under which everything that services may use is published."
  value       = "/fanfare/${var.stage}/"
}

output "static_addresses" {
  description = "Addresses that webhooks come from, for receivers that let in known ones only. Empty where they change."
  value       = [for it in aws_eip.static : it.public_ip]
}

output "dashboard" {
  description = "Name of the CloudWatch dashboard."
  value       = aws_cloudwatch_dashboard.main.dashboard_name
}
