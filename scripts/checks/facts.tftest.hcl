# Applies the root module to a mocked provider and prints the result, from which the checks read what Terraform makes.
# Queues keep their mocked ARNs, which are all different; other ARNs must look like one, because the provider looks.
mock_provider "aws" {
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:us-east-1:123456789012:mocked" }
  }

  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::mocked" }
  }

  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:us-east-1:123456789012:key/mocked" }
  }

  mock_resource "aws_cloudwatch_event_bus" {
    defaults = { arn = "arn:aws:events:us-east-1:123456789012:event-bus/mocked" }
  }

  mock_resource "aws_kinesis_stream" {
    defaults = { arn = "arn:aws:kinesis:us-east-1:123456789012:stream/mocked" }
  }

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:us-east-1:123456789012:log-group:mocked" }
  }
}

variables {
  stage               = "local"
  region              = "us-east-1"
  deletion_protection = false # what was made for the facts is taken down after them

  # What is off by default has an alarm and an export too.
  intake_stream = { organisations = ["org_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ"] }
  file_imports  = true
}

run "facts" {
  command = apply
}
