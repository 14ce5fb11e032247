locals {
  created_buckets = {
    for role, bucket in {
      source      = var.source_bucket
      destination = var.destination_bucket
      components  = merge(var.components_bucket, { statements = concat(local.components_statements, local.author_bucket_statements, var.components_bucket.statements) })
    } : role => bucket if bucket.create
  }

  # Created buckets by what they are once they are there, so that whatever uses one waits for it. One by one:
  # all at once would wait for their policies, one of which names the distribution, and that the functions.
  bucket_ids = {
    source      = try(module.bucket["source"].name, local.bucket_names.source)
    destination = try(module.bucket["destination"].name, local.bucket_names.destination)
    components  = try(module.bucket["components"].name, local.bucket_names.components)
  }

  # What only the moment needs.
  expire_days = {
    components = { for prefix, days in {
      "backfill/" = 90
      "incoming/" = var.components_bucket.incoming_days
      "reports/"  = var.components_bucket.reports_days
    } : prefix => days if days != null }
  }

  # What the transform function says of a rendition that no manifest names any more.
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
