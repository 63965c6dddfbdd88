# Addresses that do not change, and nothing of them where nobody asked.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  stage  = "prod"
  region = "eu-central-1"
}

run "nothing_is_made_and_nothing_is_paid_unless_it_is_asked_for" {
  command = plan

  assert {
    condition     = length(aws_vpc.static) == 0 && length(aws_nat_gateway.static) == 0 && length(aws_eip.static) == 0 && length(aws_vpc_endpoint.static) == 0
    error_message = "a network would be made by default"
  }

  assert {
    condition     = alltrue([for key in ["addresses", "security-group-id", "subnet-ids"] : local.exports["network/${key}"] == "none"])
    error_message = "without a network its exports must say none: services decide by it"
  }
}

run "each_zone_has_a_gateway_of_its_own_with_an_address" {
  command = plan

  variables {
    static_addresses = { zones = ["eu-central-1a", "eu-central-1b", "eu-central-1c"] }
  }

  assert {
    condition     = length(aws_nat_gateway.static) == 3 && length(aws_eip.static) == 3 && length(aws_route.senders) == 3
    error_message = "a zone that fails must not take the way out of another with it"
  }

  assert {
    condition     = length(distinct(concat([for it in aws_subnet.gateways : it.cidr_block], [for it in aws_subnet.senders : it.cidr_block]))) == 6
    error_message = "subnets must not be the same"
  }

  assert {
    condition     = alltrue([for it in aws_subnet.gateways : startswith(it.cidr_block, "10.213.0.") || startswith(it.cidr_block, "10.213.1.") || startswith(it.cidr_block, "10.213.2.")])
    error_message = "gateways must lie in the first quarter, which has no functions"
  }

  assert {
    condition     = toset([for it in aws_subnet.senders : it.cidr_block]) == toset(["10.213.4.0/22", "10.213.8.0/22", "10.213.12.0/22"])
    error_message = "each zone's functions must have a quarter of their own"
  }

  assert {
    condition     = toset([for it in aws_vpc_endpoint.static : it.service_name]) == toset(["com.amazonaws.eu-central-1.dynamodb", "com.amazonaws.eu-central-1.s3"])
    error_message = "table and buckets must be reached past the gateways, whose gigabytes cost"
  }

  assert {
    condition     = alltrue([for zone in var.static_addresses.zones : contains(keys(local.guarded), "static_address_${zone}") && contains(keys(local.guarded), "static_gateway_${zone}")])
    error_message = "neither an address that receivers know nor a gateway in use must be lost by a plan"
  }
}

run "before_it_is_taken_down_the_functions_can_be_taken_out" {
  command = plan

  variables {
    static_addresses = { zones = ["eu-central-1a"], attached = false }
  }

  assert {
    condition     = length(aws_nat_gateway.static) == 1 && local.exports["network/subnet-ids"] == "none" && length(aws_security_group.senders) == 1
    error_message = "functions must be deployed out of the network while it stands, and keep the rights by which Lambda removes their interfaces"
  }
}

run "the_smallest_network_has_room_for_three_zones" {
  command = plan

  variables {
    static_addresses = { zones = ["eu-central-1a", "eu-central-1b", "eu-central-1c"], cidr = "192.168.7.0/24" }
  }

  assert {
    condition     = aws_subnet.gateways["eu-central-1c"].cidr_block == "192.168.7.32/28" && aws_subnet.senders["eu-central-1c"].cidr_block == "192.168.7.192/26"
    error_message = "subnets must fit into the block"
  }
}

run "zones_are_of_the_stages_region" {
  command = plan

  variables {
    static_addresses = { zones = ["us-east-1a"] }
  }

  expect_failures = [var.static_addresses]
}

run "a_zone_is_named_once" {
  command = plan

  variables {
    static_addresses = { zones = ["eu-central-1a", "eu-central-1a"] }
  }

  expect_failures = [var.static_addresses]
}

run "there_is_at_least_one_zone" {
  command = plan

  variables {
    static_addresses = { zones = [] }
  }

  expect_failures = [var.static_addresses]
}

run "a_block_that_is_too_small_for_gateways_is_refused" {
  command = plan

  variables {
    static_addresses = { zones = ["eu-central-1a"], cidr = "10.213.0.0/25" }
  }

  expect_failures = [var.static_addresses]
}

run "a_block_that_does_not_begin_where_it_says_is_refused" {
  command = plan

  variables {
    static_addresses = { zones = ["eu-central-1a"], cidr = "10.213.1.0/20" }
  }

  expect_failures = [var.static_addresses]
}
