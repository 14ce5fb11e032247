module "obscura" {
  source = "../.."

  name          = var.name
  architecture  = var.architecture
  force_destroy = var.force_destroy

  transform_package = var.transform_package
  publish_package   = var.publish_package
  default_transform = { path = var.default_transform }

  # Only pictures under photos/ are rendered; the rest of the bucket is ignored.
  source_bucket = {
    prefix          = "photos/"
    versioned       = true
    noncurrent_days = 30
  }

  # Through a queue, up to 50 concurrent batches of up to four events.
  trigger = var.trigger
  topic   = var.topic
  queue = {
    enabled             = var.queued
    batch_size          = 4
    maximum_concurrency = 50
    max_receives        = 3
  }

  transform_function = {
    memory_mb       = 1769
    timeout_seconds = 120
    log_level       = "info"
  }

  publish_function = {
    memory_mb       = 3008
    timeout_seconds = 300
  }

  pipeline = {
    version = 1
    routes = [
      {
        name          = "avatars"
        keys          = ["photos/avatars/**"]
        transform     = "resize"
        cache_control = "public, max-age=86400"
        limits        = { max_pixels = 25000000, max_memory_mib = 256, max_seconds = 10 }
        parameters = {
          renditions = [
            { name = "square", width = 256, height = 256, fit = "cover", format = "jpeg", quality = 82 },
            { name = "tiny", width = 64, height = 64, fit = "cover", format = "webp" },
          ]
        }
      },
      {
        name          = "photos"
        keys          = ["photos/**"]
        media_types   = ["image/jpeg", "image/png", "image/webp"]
        transform     = "resize"
        cache_control = "public, max-age=31536000, immutable"
        limits        = { max_memory_mib = 512, max_seconds = 25 }
      },
    ]
  }

  log_retention_days = 14
  dashboard          = true

  alarms = {
    emails         = var.alarm_emails
    duration_share = 0.8
  }
}
