"""`python -m simulator --port 0 --state DIR [--unmended]`: serve until the standard input ends.

The port is printed when the server listens. When the parent process ends, standard input is closed,
and the simulator ends with its functions.
"""

import argparse
import os
import pathlib
import signal
import sys
import threading

from werkzeug.serving import make_server

from . import mends
from .runtime import service


def main():
    arguments = argparse.ArgumentParser(prog="simulator", description=__doc__)
    arguments.add_argument("--port", type=int, default=0)
    arguments.add_argument("--state", type=pathlib.Path, required=True)
    arguments.add_argument("--unmended", action="store_true", help="moto without fixes")
    given = arguments.parse_args()
    given.state.mkdir(parents=True, exist_ok=True)

    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    server = make_server(
        "127.0.0.1", given.port, DomainDispatcherApplication(create_backend_app), threaded=True
    )
    if not given.unmended:
        mends.apply_all()
        service.start(f"http://127.0.0.1:{server.server_port}", given.state)

    def leave(*_):
        service.stop()
        os._exit(0)

    def watch_life_line():
        while sys.stdin.buffer.read(4096):
            pass
        leave()

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    threading.Thread(target=watch_life_line, daemon=True).start()
    print(server.server_port, flush=True)
    server.serve_forever()


main()
