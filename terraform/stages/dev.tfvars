stage  = "dev"
region = "us-east-1"

log_retention_days        = 14
api_rate_limit_per_second = 50
api_burst_limit           = 100
