stage  = "prod"
region = "us-east-1"

log_retention_days        = 30
api_rate_limit_per_second = 1000
api_burst_limit           = 2000
