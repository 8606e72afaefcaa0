"""Google Cloud as `core.cloud.Cloud`: the only code that speaks Google's client libraries."""
