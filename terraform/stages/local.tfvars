stage  = "local"
region = "us-east-1"

deletion_protection         = false
tls_only                    = false
stream_failures_destination = "queue"
saved_queries               = false
https_only                  = false

retry_schedule_seconds = [1, 2, 4, 8]

# For what is tried again later than a queue can wait.
retry_schedule_seconds_by_event_type = { "test.retried-later" = [3600] }

allowed_subnets    = ["127.0.0.0/8"]
log_retention_days = 1

reconcile_schedule        = "rate(1 minute)"
reconcile_after_seconds   = 20
reconcile_overdue_seconds = 30

pressure = { breaker_open_seconds = 3, breaker_longest_seconds = 6, slow_milliseconds = 2000, pause_seconds = 2 }

# What the tests of this stage deliver to without a role.
allowed_destinations = [
  "arn:aws:sqs:us-east-1:000000000000:allowed-*",
  "arn:aws:sns:us-east-1:000000000000:allowed-*",
  "arn:aws:events:us-east-1:000000000000:event-bus/allowed-*",
  "arn:aws:kinesis:us-east-1:000000000000:stream/allowed-*",
  "arn:aws:s3:::allowed-destinations/in/*",
  "arn:aws:lambda:us-east-1:000000000000:function:allowed-*",
]

# What the tests of this stage write for. The emulator names every sender by the number of the account.
intake_organisations = {
  org_3IntakeQueueOfTheTests00000 = ["000000000000"]
  org_3IntakeQueueOfSomebodyElse0 = ["AROAANOTHERSERVICE00"]
}

event_rules = [
  {
    name             = "shop"
    pattern          = "{\"source\":[\"shop.of.the.tests\"]}"
    organisation     = "org_3IntakeQueueOfTheTests00000"
    application_path = "detail.customer.id"
    payload          = "detail"
  },
  {
    name         = "uploads"
    pattern      = "{\"source\":[\"aws.s3\"],\"detail-type\":[\"Object Created\"],\"detail\":{\"bucket\":{\"name\":[{\"prefix\":\"uploads-\"}]}}}"
    organisation = "org_3IntakeQueueOfTheTests00000"
    application  = "uploads-of-the-tests"
    event_type   = "upload.stored"
  },
]

intake_stream = { organisations = ["org_3IntakeQueueOfTheTests00000"], shards = 2 }

file_imports = true
