# Webhooks from addresses that do not change, for receivers that let in known addresses only. Nothing of it is there unless it is
# asked for: a gateway costs money at rest. The functions that send requests to URLs are put into private subnets whose only way
# out is the gateway of their zone. Nothing else is in this network and nothing is connected to it, so there is nothing to reach.
locals {
  has_static_addresses = var.static_addresses != null
  static_zones         = local.has_static_addresses ? { for index, zone in var.static_addresses.zones : zone => index } : {}
  is_attached          = local.has_static_addresses && try(var.static_addresses.attached, false)
  static_cidr          = local.has_static_addresses ? var.static_addresses.cidr : "10.0.0.0/20"
}

resource "aws_vpc" "static" {
  # checkov:skip=CKV2_AWS_11:A flow log of each webhook would cost more than the webhook, and each attempt is recorded anyway.
  count = local.has_static_addresses ? 1 : 0

  cidr_block           = local.static_cidr
  enable_dns_support   = true
  enable_dns_hostnames = true

  tags = { Name = local.prefix }
}

# As AWS makes it, it would let its members talk to each other. It has no rules, and no members.
resource "aws_default_security_group" "static" {
  count = local.has_static_addresses ? 1 : 0

  vpc_id = aws_vpc.static[0].id
}

# What sends lets nobody in. Webhooks may go to any port, so the way out is open.
resource "aws_security_group" "senders" {
  # checkov:skip=CKV2_AWS_5:The functions of the delivery service are attached to it by their template.
  count = local.has_static_addresses ? 1 : 0

  name        = "${local.prefix}-senders"
  description = "Functions that send webhooks: no way in"
  vpc_id      = aws_vpc.static[0].id

  tags = { Name = "${local.prefix}-senders" }
}

resource "aws_vpc_security_group_egress_rule" "senders" {
  count = local.has_static_addresses ? 1 : 0

  security_group_id = aws_security_group.senders[0].id
  description       = "To endpoints, whatever their port, and to the services of AWS"
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_internet_gateway" "static" {
  count = local.has_static_addresses ? 1 : 0

  vpc_id = aws_vpc.static[0].id

  tags = { Name = local.prefix }
}

# A sixteenth of the network for each gateway, and a quarter for each zone's functions. Those that run at the same time share
# addresses, so this is plenty.
resource "aws_subnet" "gateways" {
  for_each = local.static_zones

  vpc_id            = aws_vpc.static[0].id
  availability_zone = each.key
  cidr_block        = cidrsubnet(local.static_cidr, 4, each.value)

  tags = { Name = "${local.prefix}-gateway-${each.key}" }
}

resource "aws_subnet" "senders" {
  for_each = local.static_zones

  vpc_id            = aws_vpc.static[0].id
  availability_zone = each.key
  cidr_block        = cidrsubnet(local.static_cidr, 2, each.value + 1)

  tags = { Name = "${local.prefix}-senders-${each.key}" }
}

# These are what receivers let in, so no plan may lose them by accident: protection.tf.
resource "aws_eip" "static" {
  # checkov:skip=CKV2_AWS_19:It belongs to a NAT gateway.
  for_each = local.static_zones

  domain = "vpc"

  tags = { Name = "${local.prefix}-${each.key}" }
}

resource "aws_nat_gateway" "static" {
  for_each = local.static_zones

  subnet_id     = aws_subnet.gateways[each.key].id
  allocation_id = aws_eip.static[each.key].id

  tags = { Name = "${local.prefix}-${each.key}" }

  depends_on = [aws_internet_gateway.static]
}

resource "aws_route_table" "gateways" {
  count = local.has_static_addresses ? 1 : 0

  vpc_id = aws_vpc.static[0].id

  tags = { Name = "${local.prefix}-gateways" }
}

resource "aws_route" "gateways" {
  count = local.has_static_addresses ? 1 : 0

  route_table_id         = aws_route_table.gateways[0].id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.static[0].id
}

resource "aws_route_table_association" "gateways" {
  for_each = local.static_zones

  subnet_id      = aws_subnet.gateways[each.key].id
  route_table_id = aws_route_table.gateways[0].id
}

# One for each zone: a zone that fails takes nobody else's way out with it.
resource "aws_route_table" "senders" {
  for_each = local.static_zones

  vpc_id = aws_vpc.static[0].id

  tags = { Name = "${local.prefix}-senders-${each.key}" }
}

resource "aws_route" "senders" {
  for_each = local.static_zones

  route_table_id         = aws_route_table.senders[each.key].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.static[each.key].id
}

resource "aws_route_table_association" "senders" {
  for_each = local.static_zones

  subnet_id      = aws_subnet.senders[each.key].id
  route_table_id = aws_route_table.senders[each.key].id
}

# The table and the buckets are reached past the gateways, for nothing. They take whom the roles of this account allow.
resource "aws_vpc_endpoint" "static" {
  for_each = local.has_static_addresses ? toset(["dynamodb", "s3"]) : toset([])

  vpc_id            = aws_vpc.static[0].id
  vpc_endpoint_type = "Gateway"
  service_name      = "com.amazonaws.${var.region}.${each.value}"
  route_table_ids   = [for table in aws_route_table.senders : table.id]

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "ResourcesOfThisStageAlone"
      Effect    = "Allow"
      Principal = { AWS = "*" }
      Action    = "${each.value}:*"
      Resource  = each.value == "dynamodb" ? [aws_dynamodb_table.main.arn, "${aws_dynamodb_table.main.arn}/*"] : [module.payloads_bucket.arn, "${module.payloads_bucket.arn}/*"]
      Condition = { StringEquals = { "aws:PrincipalAccount" = local.account_id } }
    }]
  })

  tags = { Name = "${local.prefix}-${each.value}" }
}
