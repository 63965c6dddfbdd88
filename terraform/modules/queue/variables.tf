variable "name" {
  description = "Name of the queue. Its dead-letter queue is called <name>-dead-letters; both names end in .fifo where the queue is one."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9-]{1,67}$", var.name))
    error_message = "name must have 1 to 67 lower-case letters, digits or hyphens: SQS allows 80 with the suffix."
  }

  validation {
    condition     = !var.fifo || length(var.name) <= 62
    error_message = "name of a FIFO queue must have at most 62 characters: SQS allows 80 with both suffixes."
  }
}

variable "fifo" {
  description = "Whether messages of a group are handed out one after the other, and the same one only once within five minutes."
  type        = bool
  default     = false
  nullable    = false
}

variable "consumer_timeout_seconds" {
  description = "Timeout of the Lambda function that reads the queue. Visibility is derived from it."
  type        = number
  nullable    = false

  validation {
    condition     = var.consumer_timeout_seconds >= 1 && var.consumer_timeout_seconds <= 900
    error_message = "consumer_timeout_seconds must be between 1 and 900, as for any Lambda function."
  }
}

variable "max_receive_count" {
  description = "How often a message is received before it moves to the dead-letter queue."
  type        = number
  default     = 5
  nullable    = false

  validation {
    condition     = var.max_receive_count >= 2 && var.max_receive_count <= 1000
    error_message = "max_receive_count must be between 2 and 1000: with 1, a single throttled invocation ends a message."
  }
}

variable "subscription" {
  description = "Topic that feeds the queue and the message attributes it is filtered by, if it does not get everything; null for a queue that its senders write to directly."
  type = object({
    topic_arn     = string
    filter_policy = optional(map(list(string)))
  })
  default = null
}

variable "rule_arns" {
  description = "Rules of EventBridge that write to the queue, and to its dead-letter queue what they could not write there."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "alarm_topic_arn" {
  description = "Topic that is told when the dead-letter queue is not empty, and when it is empty again."
  type        = string
  nullable    = false
}

variable "tls_only" {
  description = "Whether connections without TLS are refused."
  type        = bool
  default     = true
  nullable    = false
}
