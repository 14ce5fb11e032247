"""AWS on loopback: moto, with what it lacks mended, and a Lambda that runs deployed packages.

- `mends`: what moto has wrong or not at all, a function a gap
- `runtime`: the Lambda service: environments, the Runtime API, retries, queues
- `__main__`: the server
"""
