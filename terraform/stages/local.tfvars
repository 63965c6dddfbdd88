stage  = "local"
region = "us-east-1"

deletion_protection         = false
tls_only                    = false
stream_failures_destination = "queue"
saved_queries               = false
https_only                  = false

retry_schedule_seconds = [1, 2, 4, 8]
allowed_subnets        = ["127.0.0.0/8"]
log_retention_days     = 1
