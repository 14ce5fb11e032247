"""https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html, the side of Lambda."""

import queue
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class RuntimeApi:
    """Hands invocations to one process, and hears what became of them.

    `outcomes` holds what happened, in order: `("ready", None)`, `("init-error", body)`,
    `("response", body)`, `("error", body)`.
    """

    def __init__(self):
        self.invocations = queue.Queue()
        self.outcomes = queue.Queue()
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def answer(self, code, body, headers):
                self.send_response(code)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                api.outcomes.put(("ready", None))
                invocation = api.invocations.get()
                if invocation is None:
                    self.close_connection = True
                    return
                headers = {"Content-Type": "application/json", **invocation.headers}
                self.answer(200, invocation.event, headers)

            def do_POST(self):
                body = self.body()
                kind = self.path.rsplit("/", 1)[-1]
                if self.path.endswith("/init/error"):
                    kind = "init-error"
                api.outcomes.put((kind, body))
                self.answer(202, b'{"status":"OK"}', {"Content-Type": "application/json"})

            def body(self):
                if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
                    return self.rfile.read(int(self.headers.get("Content-Length") or 0))
                body = b""
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.invocations.put(None)
        self.server.shutdown()
        self.server.server_close()
