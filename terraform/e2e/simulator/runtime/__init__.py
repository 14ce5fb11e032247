"""The Lambda service.

- `service`: what the rest of the simulator calls
- `pool`: warm environments of each version of a function
- `environment`: one environment: a process and its Runtime API
- `runtime_api`: the HTTP interface between the two
- `credentials`: what a function's role may sign with
- `delivery`: asynchronous events: retries, then the on-failure queue
- `mapping`: messages from queues, with partial batch responses
"""
