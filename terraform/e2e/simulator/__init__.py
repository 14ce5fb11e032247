"""AWS on loopback: moto with fixes, and a Lambda that runs deployed packages.

- `mends`: fixes for moto, one function per gap
- `runtime`: the Lambda service: environments, the Runtime API, retries, queues
- `__main__`: the server
"""
