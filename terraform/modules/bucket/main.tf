resource "aws_s3_bucket" "main" {
  # checkov:skip=CKV_AWS_18:Access logs would write an object for every payload read and written; who may do either is one role each.
  # checkov:skip=CKV_AWS_144:A copy in a second region is the owner's choice and doubles the storage; nothing else here outlives its region either.
  # checkov:skip=CKV_AWS_145:SSE-S3 encrypts every object; a key of our own would add a KMS request to every large payload.
  # checkov:skip=CKV2_AWS_62:Nothing has to react to an object, but where notify says so: they are written and read by their key.
  bucket        = var.name
  force_destroy = var.disposable
}

resource "aws_s3_bucket_public_access_block" "main" {
  bucket = aws_s3_bucket.main.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "main" {
  bucket = aws_s3_bucket.main.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "main" {
  bucket = aws_s3_bucket.main.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

# On, because a delete by mistake is the one way to lose an object that is written once and under a key of its own.
resource "aws_s3_bucket_versioning" "main" {
  bucket = aws_s3_bucket.main.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "main" {
  count = var.disposable ? 0 : 1 # the provider watches each for 50 seconds

  bucket = aws_s3_bucket.main.id

  rule {
    id     = "expire"
    status = "Enabled"

    filter {}

    expiration {
      days = var.expire_after_days
    }

    noncurrent_version_expiration {
      noncurrent_days = var.keep_deleted_days
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  # A rule may expire by age or clear away delete markers that hide nothing any more, not both.
  rule {
    id     = "clear-delete-markers"
    status = "Enabled"

    filter {}

    expiration {
      expired_object_delete_marker = true
    }
  }
}

resource "aws_s3_bucket_notification" "main" {
  count = var.notify ? 1 : 0

  bucket      = aws_s3_bucket.main.id
  eventbridge = true
}

resource "aws_s3_bucket_policy" "main" {
  count = var.tls_only ? 1 : 0

  bucket = aws_s3_bucket.main.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "RefusePlaintextConnections"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [aws_s3_bucket.main.arn, "${aws_s3_bucket.main.arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })

  depends_on = [aws_s3_bucket_public_access_block.main]
}
