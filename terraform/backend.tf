# Partial on purpose: each stage brings its own bucket and key, see stages/example.s3.tfbackend.
# The local stage runs from a copy of this directory whose backend is a file.
terraform {
  backend "s3" {}
}
