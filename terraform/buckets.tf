locals {
  created_buckets = {
    for role, bucket in {
      source      = var.source_bucket
      destination = var.destination_bucket
      components  = merge(var.components_bucket, { statements = concat(local.components_statements, local.author_bucket_statements, var.components_bucket.statements) })
    } : role => bucket if bucket.create
  }

  # References to created buckets, so that resources that use one wait for it. One by one: as a
  # whole, they would wait for all policies, one of which depends on the distribution, which
  # depends on the functions.
  bucket_ids = {
    source      = try(module.bucket["source"].name, local.bucket_names.source)
    destination = try(module.bucket["destination"].name, local.bucket_names.destination)
    components  = try(module.bucket["components"].name, local.bucket_names.components)
  }

  # Objects that are only needed for a while.
  expire_days = {
    components = { for prefix, days in {
      "backfill/" = 90
      "incoming/" = var.components_bucket.incoming_days
      "reports/"  = var.components_bucket.reports_days
    } : prefix => days if days != null }
  }

  # The transform function's tag of unreferenced renditions.
  expire_tagged_days = { destination = { "obscura-state" = { value = "unreferenced", days = var.destination_bucket.unreferenced_grace_days } } }
}

module "bucket" {
  source   = "./modules/bucket"
  for_each = local.created_buckets

  name            = local.bucket_names[each.key]
  versioned       = each.value.versioned
  noncurrent_days = each.value.noncurrent_days
  expire_days     = lookup(local.expire_days, each.key, {})
  expire_tagged   = lookup(local.expire_tagged_days, each.key, {})
  kms_key_arn     = each.value.kms_key_arn
  force_destroy   = var.force_destroy
  statements      = concat(each.value.statements, lookup(local.delivery_statements, each.key, []))
}
