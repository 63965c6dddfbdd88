# Bucket names are unique in all of AWS, hence account and region in them.

# Whole stream records that no retry could save: what the event sources of streams give up on.
module "records_bucket" {
  source = "./modules/bucket"

  name              = "${local.prefix}-records-${local.account_id}-${var.region}"
  expire_after_days = 90
  keep_deleted_days = 30
  disposable        = !var.deletion_protection
  tls_only          = var.tls_only
}

# Messages and attempts, for years. Content in it is sealed with the data key of its application. What compaction replaces
# may hold content that was expunged, so it stays restorable for a day only.
module "archive_bucket" {
  source = "./modules/bucket"

  name              = "${local.prefix}-archive-${local.account_id}-${var.region}"
  expire_after_days = var.archive_retention_days
  keep_deleted_days = 1
  disposable        = !var.deletion_protection
  tls_only          = var.tls_only
}

# Files of events that are to be accepted, and what became of them. There is none unless it is asked for.
module "imports_bucket" {
  count  = var.file_imports ? 1 : 0
  source = "./modules/bucket"

  name              = "${local.prefix}-imports-${local.account_id}-${var.region}"
  expire_after_days = var.import_retention_days
  keep_deleted_days = 1
  disposable        = !var.deletion_protection
  tls_only          = var.tls_only
  notify            = true
}

# Payloads too large for the table. They are the customers' data: once deleted they stay restorable for a day only.
module "payloads_bucket" {
  source = "./modules/bucket"

  name              = "${local.prefix}-payloads-${local.account_id}-${var.region}"
  expire_after_days = var.payload_retention_days
  keep_deleted_days = 1
  disposable        = !var.deletion_protection
  tls_only          = var.tls_only
}
