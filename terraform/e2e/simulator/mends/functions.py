"""Lambda."""

import json

from moto.awslambda.models import LambdaFunction

from ..runtime import service


def keep_logging_config():
    """LoggingConfig is dropped, so plans are never empty."""
    initialise = LambdaFunction.__init__
    update = LambdaFunction.update_configuration
    describe = LambdaFunction.get_configuration

    def mended_init(self, account_id, spec, *arguments, **options):
        initialise(self, account_id, spec, *arguments, **options)
        self.logging_config = spec.get("LoggingConfig")

    def mended_update(self, changes):
        self.logging_config = changes.get("LoggingConfig", self.logging_config)
        return update(self, changes)

    def mended_describe(self, *arguments, **options):
        result = describe(self, *arguments, **options)
        if self.logging_config:
            result["LoggingConfig"] = self.logging_config
        return result

    LambdaFunction.__init__ = mended_init
    LambdaFunction.update_configuration = mended_update
    LambdaFunction.get_configuration = mended_describe


def run_packages():
    """Functions only run in Docker: run the deployed package's bootstrap instead."""

    def invoke(self, body, request_headers, response_headers):
        event = body if isinstance(body, (str, bytes)) else json.dumps(body)
        event = (event or "{}").encode() if isinstance(event, str) else event
        if request_headers.get("X-Amz-Invocation-Type") == "Event":
            service.deliver(self, event)
            return b""
        answer = service.invoke(self, event)
        if answer.failed:
            response_headers["x-amz-function-error"] = "Unhandled"
        return answer.payload

    LambdaFunction.invoke = invoke
