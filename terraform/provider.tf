# Credentials and, for the local stage, the endpoint come from the environment (AWS_ENDPOINT_URL).
provider "aws" {
  region = var.region

  default_tags {
    tags = {
      project = "fanfare"
      stage   = var.stage
    }
  }
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  prefix     = "fanfare-${var.stage}"
}
