variable "name" {
  description = "Name of the bucket, unique in all of AWS."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.name))
    error_message = "name must have 3 to 63 lower-case letters, digits or hyphens."
  }
}

variable "expire_after_days" {
  description = "Days after which an object is deleted."
  type        = number
  nullable    = false
}

variable "keep_deleted_days" {
  description = "Days for which an object that was deleted or overwritten can still be restored."
  type        = number
  nullable    = false
}

variable "disposable" {
  description = "Whether the bucket may go at any time with everything in it: a destroy deletes its objects too, and nothing lives long enough to expire. The destroy of any other bucket fails while it has objects."
  type        = bool
  nullable    = false
}

variable "tls_only" {
  description = "Whether connections without TLS are refused."
  type        = bool
  default     = true
  nullable    = false
}

variable "notify" {
  description = "Whether EventBridge is told of every object that is put into the bucket or taken out of it."
  type        = bool
  default     = false
  nullable    = false
}
