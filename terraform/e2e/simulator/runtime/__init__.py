"""The Lambda service.

- `service`: what the rest of the simulator calls
- `pool`: warm environments of each version of a function
- `environment`: one environment: a process and its Runtime API
- `runtime_api`: the HTTP interface between the two
- `credentials`: what functions and services sign with
- `logs`: what functions print, in CloudWatch
- `delivery`: asynchronous events: retries, then the on-failure queue
- `mapping`: messages from queues, with partial batch responses
- `batch`: S3 Batch Operations
- `edge`: distributions of CloudFront
"""
