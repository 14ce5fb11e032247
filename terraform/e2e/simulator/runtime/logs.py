"""What functions print, put into CloudWatch with the function's own permissions, as Lambda does."""

import time

from . import credentials

PAUSE = 0.5
STREAM = "simulated"
# What PutLogEvents takes at most is ten times as much.
MOST = 1000


def watch(service, state):
    from moto.awslambda.models import lambda_backends

    written, clients = {}, {}
    while True:
        for account in list(lambda_backends):
            for backend in list(lambda_backends[account].values()):
                for function in backend.list_functions():
                    ship(service, state, function, written, clients)
        time.sleep(PAUSE)


def ship(service, state, function, written, clients):
    """Put the lines that have come since; those that may not be put are gone."""
    name = function.function_name
    file = state / f"{name}.log"
    if not file.exists() or file.stat().st_size == written.get(name, 0):
        return
    with open(file, "rb") as log:
        log.seek(written.get(name, 0))
        new = log.read()
    complete = new[: new.rfind(b"\n") + 1]
    written[name] = written.get(name, 0) + len(complete)
    now = int(time.time() * 1000)
    lines = [one for one in complete.decode(errors="replace").splitlines() if one.strip()]
    try:
        if clients.get(name, (None,))[0] is not function:
            clients[name] = function, credentials.client("logs", function, service.endpoint)
            begin(clients[name][1], group(function))
        for start in range(0, len(lines), MOST):
            clients[name][1].put_log_events(
                logGroupName=group(function),
                logStreamName=STREAM,
                logEvents=[{"timestamp": now, "message": one} for one in lines[start : start + MOST]],
            )
    except Exception as problem:  # noqa: BLE001: a function does not notice
        clients.pop(name, None)
        service.note(f"{name}: the log was lost: {problem}")


def begin(client, name):
    try:
        client.create_log_stream(logGroupName=name, logStreamName=STREAM)
    except client.exceptions.ResourceAlreadyExistsException:
        pass


def group(function):
    logging = getattr(function, "logging_config", None) or {}
    return logging.get("LogGroup", f"/aws/lambda/{function.function_name}")
