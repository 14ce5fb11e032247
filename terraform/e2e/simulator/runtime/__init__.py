"""The Lambda service.

- `service`: what the rest of the simulator calls
- `functions`: the deployed functions, as they are now
- `program`: what runs them, the Lambda of the local mode
- `credentials`: what functions and services sign with
- `logs`: what functions print, in CloudWatch
- `delivery`: asynchronous events: retries, then the on-failure queue
- `mapping`: messages from queues, with partial batch responses
- `batch`: S3 Batch Operations
- `edge`: distributions of CloudFront
"""
