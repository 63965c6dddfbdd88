variable "stage" {
  description = "Name of the stage. Part of every resource name and of every parameter path."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,11}$", var.stage))
    error_message = "stage must start with a lower-case letter and have 2 to 12 lower-case letters, digits or hyphens."
  }
}

variable "region" {
  description = "AWS region of the whole stage."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be an AWS region, such as eu-central-1."
  }
}

variable "deletion_protection" {
  description = "Refuses to delete what holds data or what services import. Off on the local stage only."
  type        = bool
  default     = true
  nullable    = false

  validation {
    condition     = var.deletion_protection || var.stage == "local"
    error_message = "deletion_protection can be switched off on the local stage only."
  }
}

variable "tls_only" {
  description = "Whether topics, queues and buckets refuse connections without TLS. Off on the local stage only: its emulator speaks plain HTTP and enforces what such a policy says."
  type        = bool
  default     = true
  nullable    = false

  validation {
    condition     = var.tls_only || var.stage == "local"
    error_message = "tls_only can be switched off on the local stage only."
  }
}

variable "stream_failures_destination" {
  description = "Where a stream record goes that no retry could save: the records bucket, or on the local stage, whose emulator knows no other destination, a queue."
  type        = string
  default     = "bucket"
  nullable    = false

  validation {
    condition     = contains(["bucket", "queue"], var.stream_failures_destination)
    error_message = "stream_failures_destination must be bucket or queue."
  }

  validation {
    condition     = var.stream_failures_destination == "bucket" || var.stage == "local"
    error_message = "Outside the local stage the destination must be the bucket: a queue receives a record's position only, and the record is gone after 24 hours."
  }
}

variable "retry_schedule_seconds" {
  description = "Seconds to wait before attempt 2, 3 and so on. After the last one an attempt that fails is final. The default is the schedule that Standard Webhooks suggests."
  type        = list(number)
  default     = [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
  nullable    = false

  validation {
    condition     = length(var.retry_schedule_seconds) >= 1 && length(var.retry_schedule_seconds) <= 24
    error_message = "retry_schedule_seconds must have 1 to 24 entries."
  }

  validation {
    condition     = alltrue([for wait in var.retry_schedule_seconds : wait >= 1 && wait <= 604800 && floor(wait) == wait])
    error_message = "Every entry of retry_schedule_seconds must be a whole number of seconds between 1 and 604800 (seven days)."
  }
}

variable "retry_schedule_seconds_by_event_type" {
  description = "Schedules of event types that have one of their own, by the event type's name. An empty list means that they are tried once."
  type        = map(list(number))
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for type in keys(var.retry_schedule_seconds_by_event_type) : can(regex("^[a-zA-Z0-9_.-]{1,256}$", type))])
    error_message = "Every key of retry_schedule_seconds_by_event_type must be the name of an event type: letters, digits, '-', '_' and '.'."
  }

  validation {
    condition     = alltrue([for waits in values(var.retry_schedule_seconds_by_event_type) : length(waits) <= 24])
    error_message = "Every schedule of retry_schedule_seconds_by_event_type must have at most 24 entries."
  }

  validation {
    condition     = alltrue([for wait in flatten(values(var.retry_schedule_seconds_by_event_type)) : wait >= 1 && wait <= 604800 && floor(wait) == wait])
    error_message = "Every entry of retry_schedule_seconds_by_event_type must be a whole number of seconds between 1 and 604800 (seven days)."
  }
}

variable "endpoint_failing_limit_seconds" {
  description = "Seconds after which an endpoint is disabled whose attempts have all failed. Five days by default."
  type        = number
  default     = 432000
  nullable    = false

  validation {
    condition     = var.endpoint_failing_limit_seconds >= 3600 && var.endpoint_failing_limit_seconds <= 7776000 && floor(var.endpoint_failing_limit_seconds) == var.endpoint_failing_limit_seconds
    error_message = "endpoint_failing_limit_seconds must be a whole number between 3600 (an hour) and 7776000 (90 days)."
  }
}

variable "pressure" {
  description = "When an endpoint counts as slow or dead, and for how long: failures in a row (in one execution environment) that open its circuit breaker, for how long it opens at first and at the most, from which answer time on it is slow, how long it is left alone when it throttles without saying for how long, and parked tasks a second that an endpoint without a rate of its own gets back."
  type = object({
    breaker_failures        = optional(number, 10)
    breaker_open_seconds    = optional(number, 30)
    breaker_longest_seconds = optional(number, 600)
    slow_milliseconds       = optional(number, 5000)
    pause_seconds           = optional(number, 5)
    drain_rate_per_second   = optional(number, 50)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for value in values(var.pressure) : value >= 1 && floor(value) == value])
    error_message = "Every entry of pressure must be a whole number of at least 1."
  }

  validation {
    condition     = var.pressure.breaker_open_seconds <= var.pressure.breaker_longest_seconds && var.pressure.breaker_longest_seconds <= 3600
    error_message = "breaker_longest_seconds of pressure must be at least breaker_open_seconds, and at most an hour: a dead endpoint has to be tried to be found alive."
  }

  validation {
    condition     = var.pressure.slow_milliseconds < 15000 && var.pressure.pause_seconds <= 600 && var.pressure.drain_rate_per_second <= 1000
    error_message = "slow_milliseconds of pressure must be below 15000 (no answer takes longer), pause_seconds at most 600 and drain_rate_per_second at most 1000."
  }
}

variable "allowed_subnets" {
  description = "CIDR blocks that webhooks may be sent to although their addresses are not public."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for block in var.allowed_subnets : can(cidrhost(block, 0))])
    error_message = "Every entry of allowed_subnets must be a CIDR block, such as 10.20.0.0/16."
  }
}

variable "send_timeout_seconds" {
  description = "Seconds that a webhook's receiver has for its whole answer, connecting included. Standard Webhooks suggests 15 to 30."
  type        = number
  default     = 15
  nullable    = false

  validation {
    condition     = var.send_timeout_seconds >= 1 && var.send_timeout_seconds <= local.longest_send_seconds && floor(var.send_timeout_seconds) == var.send_timeout_seconds
    error_message = "send_timeout_seconds must be a whole number between 1 and 30: the timeouts of the functions that send are made for that."
  }
}

variable "svix_headers" {
  description = "Whether webhooks carry svix-id, svix-timestamp and svix-signature beside the headers of Standard Webhooks, for receivers that know the older names only."
  type        = bool
  default     = false
  nullable    = false
}

variable "https_only" {
  description = "Whether webhooks are sent to https URLs only. Off on the local stage only: the receivers of its tests have no certificates."
  type        = bool
  default     = true
  nullable    = false

  validation {
    condition     = var.https_only || var.stage == "local"
    error_message = "https_only can be switched off on the local stage only."
  }
}

variable "static_addresses" {
  description = "Has webhooks sent from addresses that do not change: the availability zones that get a NAT gateway with an address each (36.50 dollars a month at rest and zone, and 0.045 per GB; add further ones at the end, because their order decides on the subnets), and the network's own block of addresses, which nobody sees. How to take it down: README.md. null: they come from addresses of Lambda's."
  type = object({
    zones    = list(string)
    cidr     = optional(string, "10.213.0.0/20")
    attached = optional(bool, true)
  })
  default = null

  validation {
    condition     = var.static_addresses == null || try(length(var.static_addresses.zones) >= 1 && length(var.static_addresses.zones) <= 3 && length(distinct(var.static_addresses.zones)) == length(var.static_addresses.zones), false)
    error_message = "static_addresses.zones must hold one to three different availability zones."
  }

  validation {
    condition     = var.static_addresses == null || try(alltrue([for zone in var.static_addresses.zones : can(regex("^${var.region}[a-z]$", zone))]), false)
    error_message = "static_addresses.zones must be availability zones of the stage's region, such as eu-central-1a."
  }

  validation {
    condition     = var.static_addresses == null || try(cidrhost(var.static_addresses.cidr, 0) == split("/", var.static_addresses.cidr)[0] && tonumber(split("/", var.static_addresses.cidr)[1]) >= 16 && tonumber(split("/", var.static_addresses.cidr)[1]) <= 24, false)
    error_message = "static_addresses.cidr must be an IPv4 block of 256 to 65536 addresses that begins where it says, such as 10.213.0.0/20."
  }
}

variable "allowed_destinations" {
  description = "Patterns of ARNs (* and ? within a part) of queues, topics, buses, streams, objects and functions that every application may have its messages delivered to without a role. What is in no pattern is reached through a role only, which its owner makes for one application."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition = alltrue([
      for pattern in var.allowed_destinations :
      can(regex("^arn:aws[a-z-]*:((sqs|sns|events|kinesis|lambda):[a-z0-9*?-]+:[0-9]{12}|s3::):[^,\\s:?*][^,\\s]*$", pattern))
    ])
    error_message = "Every entry of allowed_destinations must be the ARN of a resource of sqs, sns, events, kinesis, lambda (with its account) or s3 (bucket and prefix), and its name may not begin with a wildcard."
  }

  validation {
    condition     = alltrue([for pattern in var.allowed_destinations : can(regex("^arn:[a-z-]+:s3:::[^/*?]+/.", pattern)) if strcontains(pattern, ":s3:::")])
    error_message = "An entry of allowed_destinations for s3 must name one bucket and go on with a slash and a prefix, such as arn:aws:s3:::bucket/events/*."
  }

  validation {
    condition     = length(join(",", var.allowed_destinations)) <= 3000
    error_message = "allowed_destinations may have 3000 characters altogether: they stand in a parameter, in a variable of functions and in a role."
  }
}

variable "log_retention_days" {
  description = "Days that log events are kept: the API's access log here, and the functions' logs through the contract."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be one of the values that CloudWatch Logs accepts: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400 and so on."
  }
}

variable "payload_retention_days" {
  description = "Days after which a payload that was too large for the table is deleted from its bucket. A message lives for 90 days, and waits for 30 at most before them."
  type        = number
  default     = 121
  nullable    = false

  validation {
    condition     = var.payload_retention_days >= 121 && var.payload_retention_days <= 3650 && floor(var.payload_retention_days) == var.payload_retention_days
    error_message = "payload_retention_days must be a whole number between 121 and 3650: no message may outlive its payload."
  }
}

variable "archive_retention_days" {
  description = "Days for which the archive of messages and attempts is kept. The table keeps them for 90."
  type        = number
  default     = 730
  nullable    = false

  validation {
    condition     = var.archive_retention_days >= 90 && var.archive_retention_days <= 3650 && floor(var.archive_retention_days) == var.archive_retention_days
    error_message = "archive_retention_days must be a whole number between 90, what the table keeps, and 3650."
  }
}

variable "archive_query_limit_gigabytes" {
  description = "Gigabytes after which an Athena query of the archive is stopped, so that a mistake costs half a dollar."
  type        = number
  default     = 100
  nullable    = false

  validation {
    condition     = var.archive_query_limit_gigabytes >= 1 && var.archive_query_limit_gigabytes <= 10240
    error_message = "archive_query_limit_gigabytes must be between 1 and 10240."
  }
}

variable "api_rate_limit_per_second" {
  description = "Requests a second that the API accepts in the long run, all callers together. More is answered 429."
  type        = number
  default     = 500
  nullable    = false

  validation {
    condition     = var.api_rate_limit_per_second >= 1 && var.api_rate_limit_per_second <= 10000
    error_message = "api_rate_limit_per_second must be between 1 and 10000, the account's quota for a region."
  }
}

variable "api_burst_limit" {
  description = "Requests that the API accepts at once above its rate, all callers together."
  type        = number
  default     = 1000
  nullable    = false

  validation {
    condition     = var.api_burst_limit >= 1 && var.api_burst_limit <= 5000 && floor(var.api_burst_limit) == var.api_burst_limit
    error_message = "api_burst_limit must be a whole number between 1 and 5000, the account's quota for a region."
  }
}

variable "alarm_email" {
  description = "Address that receives every alarm, or an empty string for none. AWS sends it a link that has to be confirmed."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.alarm_email == "" || can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", var.alarm_email))
    error_message = "alarm_email must be an e-mail address or empty."
  }
}

variable "end_to_end_p99_limit_milliseconds" {
  description = "End-to-end latency (from the 202 to the end of a first attempt that succeeds), 99th percentile over five minutes, above which the alarm is raised."
  type        = number
  default     = 10000
  nullable    = false

  validation {
    condition     = var.end_to_end_p99_limit_milliseconds >= 100
    error_message = "end_to_end_p99_limit_milliseconds must be at least 100."
  }
}

variable "saved_queries" {
  description = "Whether the Logs Insights queries of the runbooks are saved in CloudWatch. Off on the local stage: its emulator cannot store them."
  type        = bool
  default     = true
  nullable    = false
}

variable "reconcile_schedule" {
  description = "How often the reconciler runs, as an EventBridge rate expression."
  type        = string
  default     = "rate(5 minutes)"
  nullable    = false

  validation {
    condition     = can(regex("^rate\\((1 minute|([2-9]|[1-5][0-9]|60) minutes)\\)$", var.reconcile_schedule))
    error_message = "reconcile_schedule must be a rate of 1 to 60 minutes, such as rate(5 minutes)."
  }
}

variable "reconcile_after_seconds" {
  description = "Age in seconds at which a message is accounted for. Until then it has its usual way through stream, topic and queue."
  type        = number
  default     = 900
  nullable    = false

  validation {
    condition     = var.reconcile_after_seconds >= 300 || (var.stage == "local" && var.reconcile_after_seconds >= 5)
    error_message = "reconcile_after_seconds must be at least 300: a message may be saved two minutes after the time in its id. The local stage may have 5."
  }

  validation {
    condition     = var.reconcile_after_seconds <= 3600 && floor(var.reconcile_after_seconds) == var.reconcile_after_seconds
    error_message = "reconcile_after_seconds must be a whole number of at most 3600."
  }
}

variable "reconcile_overdue_seconds" {
  description = "Seconds after its time at which a next attempt that was not made counts as lost. More than a task waits in a busy lane."
  type        = number
  default     = 1800
  nullable    = false

  validation {
    condition     = var.reconcile_overdue_seconds >= 600 || (var.stage == "local" && var.reconcile_overdue_seconds >= 10)
    error_message = "reconcile_overdue_seconds must be at least 600; the local stage may have 10."
  }

  validation {
    condition     = var.reconcile_overdue_seconds <= 86400 && floor(var.reconcile_overdue_seconds) == var.reconcile_overdue_seconds
    error_message = "reconcile_overdue_seconds must be a whole number of at most 86400."
  }
}

variable "intake_organisations" {
  description = "Organisations that services of this account may write messages for through the intake queue, and who may: unique ids of roles and users (AROA..., AIDA...), or * for whoever may send to the queue. Empty: the queue is not read."
  type        = map(list(string))
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for organisation in keys(var.intake_organisations) : can(regex("^org_[0-9A-Za-z]{27}$", organisation))])
    error_message = "Every key of intake_organisations must be the id of an organisation: org_ and 27 letters and digits."
  }

  validation {
    condition     = alltrue([for sender in flatten(values(var.intake_organisations)) : can(regex("^(\\*|[A-Z0-9]{12,128})$", sender))])
    error_message = "Every sender of intake_organisations must be the unique id of a role or user, such as AROA1234567890EXAMPLE, or *."
  }

  validation {
    condition     = length(jsonencode(var.intake_organisations)) <= 3000
    error_message = "intake_organisations is longer than a function's variables may be: 3000 characters as JSON."
  }
}

variable "event_rules" {
  description = "Events of buses of this account that become messages. Each rule has a pattern and says for which organisation and application: a fixed one, or the path of the field that names it. The event type is detail-type unless one is given, the payload the whole event or its detail. Empty: nothing is read."
  type = list(object({
    name             = string
    bus              = optional(string, "default")
    pattern          = string
    organisation     = string
    application      = optional(string)
    application_path = optional(string)
    event_type       = optional(string)
    payload          = optional(string, "event")
  }))
  default  = []
  nullable = false

  validation {
    condition     = alltrue([for rule in var.event_rules : can(regex("^[a-z0-9-]{1,30}$", rule.name))]) && length(distinct(var.event_rules[*].name)) == length(var.event_rules)
    error_message = "Every rule of event_rules must have a name of its own of 1 to 30 lower-case letters, digits or hyphens."
  }

  validation {
    condition     = alltrue([for rule in var.event_rules : can(keys(jsondecode(rule.pattern)))])
    error_message = "Every pattern of event_rules must be a JSON object, as text: jsonencode({ source = [\"aws.s3\"] })."
  }

  validation {
    condition     = alltrue([for rule in var.event_rules : can(regex("^org_[0-9A-Za-z]{27}$", rule.organisation))])
    error_message = "Every organisation of event_rules must be the id of an organisation: org_ and 27 letters and digits."
  }

  validation {
    condition     = alltrue([for rule in var.event_rules : (rule.application == null) != (rule.application_path == null)])
    error_message = "Every rule of event_rules must have either an application or an application_path."
  }

  validation {
    condition     = alltrue([for rule in var.event_rules : rule.application == null || can(regex("^[a-zA-Z0-9_.-]{1,256}$", rule.application))])
    error_message = "Every application of event_rules must be an application's id or uid."
  }

  validation {
    condition     = alltrue([for rule in var.event_rules : rule.application_path == null || can(regex("^[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*$", rule.application_path))])
    error_message = "Every application_path of event_rules must be names of fields with points between them, such as detail.bucket.name."
  }

  validation {
    condition     = alltrue([for rule in var.event_rules : rule.event_type == null || can(regex("^[a-zA-Z0-9_.-]{1,256}$", rule.event_type))])
    error_message = "Every event_type of event_rules must be the name of an event type: letters, digits, '-', '_' and '.'."
  }

  validation {
    condition     = alltrue([for rule in var.event_rules : contains(["event", "detail"], rule.payload)])
    error_message = "Every payload of event_rules must be event or detail."
  }
}

variable "file_imports" {
  description = "Whether files of events are imported: a bucket whose objects <organisation>/<application>/<name>.jsonl and .jsonl.gz are taken in line by line. Who may put objects under an organisation's prefix may write for it. Turn it on when ingest, replay and project know of imports."
  type        = bool
  default     = false
  nullable    = false
}

variable "import_retention_days" {
  description = "Days for which files of events, and the reports beside them, are kept."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.import_retention_days >= 1 && floor(var.import_retention_days) == var.import_retention_days
    error_message = "import_retention_days must be a whole number of days, at least 1."
  }
}

variable "intake_stream" {
  description = "A Kinesis stream that services of this account may put messages into, and the organisations they may write for. With a number of shards it is provisioned (11 dollars a month and shard at rest), without one on demand (29). null: there is none."
  type = object({
    organisations   = list(string)
    shards          = optional(number)
    retention_hours = optional(number, 24)
  })
  default = null

  validation {
    condition     = var.intake_stream == null || try(length(var.intake_stream.organisations) > 0 && alltrue([for organisation in var.intake_stream.organisations : can(regex("^org_[0-9A-Za-z]{27}$", organisation))]), false)
    error_message = "intake_stream.organisations must hold ids of organisations: org_ and 27 letters and digits."
  }

  validation {
    condition     = try(var.intake_stream.shards, null) == null || try(var.intake_stream.shards >= 1 && var.intake_stream.shards <= 500 && floor(var.intake_stream.shards) == var.intake_stream.shards, false)
    error_message = "intake_stream.shards must be a whole number from 1 to 500."
  }

  validation {
    condition     = var.intake_stream == null || try(var.intake_stream.retention_hours >= 24 && var.intake_stream.retention_hours <= 8760, false)
    error_message = "intake_stream.retention_hours must be between 24 and 8760."
  }
}
