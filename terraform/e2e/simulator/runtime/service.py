"""What the rest of the simulator calls."""

import fnmatch
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

from . import delivery, edge, logs, mapping
from .batch import Jobs
from .functions import Functions

running = None


def start(endpoint, state):
    global running
    functions = Functions(endpoint, state)
    log = state / "simulator.log"

    def note(text):
        with open(log, "a", encoding="utf-8") as file:
            print(text, file=file)

    running = SimpleNamespace(
        endpoint=endpoint,
        functions=functions,
        invoke=functions.invoke,
        jobs=Jobs(endpoint),
        note=note,
        later=ThreadPoolExecutor(max_workers=16, thread_name_prefix="event"),
    )
    threading.Thread(target=mapping.watch, args=(running,), daemon=True).start()
    threading.Thread(target=logs.watch, args=(running, state), daemon=True).start()
    edge.start(state)


def invoke(function, event):
    return running.functions.invoke(function, event)


def deliver(function, event):
    """Hand an event over, and do not wait for it."""

    def run():
        try:
            delivery.run(running.invoke, function, event, running.endpoint)
        except Exception as problem:  # noqa: BLE001: nobody waits for it
            running.note(f"{function.function_name}: the event was lost: {problem}")

    running.later.submit(run)


def may_invoke(function, principal, source_arn, action="lambda:InvokeFunction"):
    """Whether the function's own policy lets a service start it for this source."""
    for statement in function.policy.statements:
        condition = statement.get("Condition", {})
        arn = condition.get("ArnLike", {}).get("AWS:SourceArn", "*")
        if (
            statement["Effect"] == "Allow"
            and statement.get("Action") == action
            and statement.get("Principal", {}).get("Service") == principal
            and fnmatch.fnmatchcase(source_arn, arn)
        ):
            return True
    running.note(f"{function.function_name}: {source_arn} may not invoke it")
    return False


def may_send(queue, principal, source_arn):
    """Whether the queue's policy lets a service put messages into it for this source."""
    policy = json.loads(queue.policy) if isinstance(queue.policy, str) else queue.policy or {}
    for statement in policy.get("Statement", []):
        arn = statement.get("Condition", {}).get("ArnEquals", {}).get("aws:SourceArn", "")
        allows = statement["Effect"] == "Allow" and statement.get("Action") == "sqs:SendMessage"
        if allows and statement["Principal"] == {"Service": principal} and arn == source_arn:
            return True
    running.note(f"{queue.name}: {source_arn} may not put messages into it")
    return False


def stop():
    if running:
        running.functions.close()
