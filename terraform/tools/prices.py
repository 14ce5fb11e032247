"""What AWS asks: us-east-1, x86_64, in dollars. Other regions and arm64 differ by up to a third."""

# https://aws.amazon.com/lambda/pricing/
GIGABYTE_SECOND = 0.0000166667
REQUEST = 0.0000002
# https://aws.amazon.com/s3/pricing/: a new picture takes five reads and five writes.
READ, WRITE = 0.0000004, 0.000005
STORAGE = 5 * READ + 5 * WRITE
# https://aws.amazon.com/lambda/pricing/, "Lambda@Edge pricing".
EDGE_GIGABYTE_SECOND = 0.00005001
EDGE_REQUEST = 0.0000006
# https://aws.amazon.com/api-gateway/pricing/: a REST API's request.
GATEWAY = 0.0000035
# The same page, "Batch Operations".
JOB = 0.25
TASK = 0.000001


def pictures(count, seconds, memory_mb):
    """Dollars for that many pictures of so many seconds each."""
    return count * (seconds * memory_mb / 1024 * GIGABYTE_SECOND + REQUEST + STORAGE)


def jobs(count, size):
    """Dollars for handing that many pictures over in jobs of that size."""
    return -(-count // size) * JOB + count * TASK
