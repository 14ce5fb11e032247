"""CloudFront, and function URLs."""

import itertools

from moto.cloudfront import models, urls
from moto.cloudfront.responses import CloudFrontResponse
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, EmptyResult
from moto.events.responses import EventsHandler

NUMBERS = itertools.count(1)


class Gone(ServiceException):
    status = 404


def keep_distributions_as_they_are_sent():
    """Origin access controls, functions and policies are dropped, so plans are never empty. And the
    ARN of a distribution is malformed.
    """

    def mended(self, config):
        self.__dict__.update(config)
        self.caller_reference = config["CallerReference"]
        self.__dict__.setdefault("Aliases", {"Quantity": 0})

    models.DistributionConfig.__init__ = mended
    initialise = models.Distribution.__init__

    def mended_init(self, account_id, region_name, config):
        initialise(self, account_id, region_name, config)
        self.arn = f"arn:aws:cloudfront::{account_id}:distribution/{self.distribution_id}"

    models.Distribution.__init__ = mended_init


class Kind:
    """One kind of CloudFront resource: stored as received, with an ETag."""

    def __init__(self, name, path, config):
        self.name, self.path, self.config, self.kept = name, path, config, {}

    def described(self, one):
        body = {"Id": one["id"], "LastModifiedTime": "2026-01-01T00:00:00Z", self.config: one["config"]}
        return ActionResult({self.name: body, "ETag": one["etag"]})

    def find(self, name):
        if name not in self.kept:
            raise Gone(f"NoSuch{self.name}", f"There is no such {self.name}.")
        return self.kept[name]

    def actions(self):
        """The API's operations, as methods of the response."""
        kind = self

        def create(self):
            number = next(NUMBERS)
            one = {"id": f"{kind.path}-{number}", "etag": f"E{number}", "config": self._get_param(kind.config)}
            kind.kept[one["id"]] = one
            return kind.described(one)

        def get(self):
            return kind.described(kind.find(self._get_param("Id")))

        def update(self):
            one = kind.find(self._get_param("Id"))
            one.update(etag=f"E{next(NUMBERS)}", config=self._get_param(kind.config))
            return kind.described(one)

        def delete(self):
            del kind.kept[kind.find(self._get_param("Id"))["id"]]
            return EmptyResult()

        def listed(self):
            # AWS-managed ones are not included.
            items = [{"Type": "custom", kind.name: {"Id": one["id"], kind.config: one["config"]}} for one in kind.kept.values()]
            return ActionResult({f"{kind.name}List": {"MaxItems": 100, "Quantity": len(items), "Items": items}})

        def name(verb):
            words = {"Cache": "cache_policy", "Response": "response_headers_policy"}
            return f"{verb}_{next(text for start, text in words.items() if kind.name.startswith(start))}"

        return {
            name("create"): create, name("get"): get, name("update"): update, name("delete"): delete,
            name("list").replace("policy", "policies"): listed,
        }


CACHE = Kind("CachePolicy", "cache-policy", "CachePolicyConfig")
HEADERS = Kind("ResponseHeadersPolicy", "response-headers-policy", "ResponseHeadersPolicyConfig")


def keep_policies():
    """Cache policies and response headers policies are not implemented."""
    for kind in (CACHE, HEADERS):
        for name, action in kind.actions().items():
            setattr(CloudFrontResponse, name, action)
        for path in ("", "/(?P<policy_id>[^/]+)"):
            urls.url_paths[f"{{0}}/2020-05-31/{kind.path}{path}$"] = CloudFrontResponse.dispatch


# CloudFront Functions, by name: their code in both stages.
FUNCTIONS = {}


def keep_functions():
    """CloudFront Functions are not implemented."""

    def found(name):
        if name not in FUNCTIONS:
            raise Gone("NoSuchFunctionExists", "There is no such function.")
        return FUNCTIONS[name]

    def summary(self, one, stage):
        arn = f"arn:aws:cloudfront::{self.current_account}:function/{one['name']}"
        moment = "2026-01-01T00:00:00Z"
        metadata = {"FunctionARN": arn, "Stage": stage, "CreatedTime": moment, "LastModifiedTime": moment}
        return {"Name": one["name"], "Status": "UNASSOCIATED", "FunctionConfig": one["config"], "FunctionMetadata": metadata}

    def described(self, one, stage):
        return ActionResult({"FunctionSummary": summary(self, one, stage), "ETag": one["etag"][stage]})

    def stage(self):
        return self._get_param("Stage") or "DEVELOPMENT"

    def code(self):
        given = self._get_param("FunctionCode")
        return given if isinstance(given, bytes) else given.encode()

    def create_function(self):
        one = {"name": self._get_param("Name"), "config": self._get_param("FunctionConfig"), "code": {}, "etag": {}}
        one["code"]["DEVELOPMENT"], one["etag"]["DEVELOPMENT"] = code(self), f"F{next(NUMBERS)}"
        FUNCTIONS[one["name"]] = one
        return described(self, one, "DEVELOPMENT")

    def update_function(self):
        one = found(self._get_param("Name"))
        one["config"] = self._get_param("FunctionConfig")
        one["code"]["DEVELOPMENT"], one["etag"]["DEVELOPMENT"] = code(self), f"F{next(NUMBERS)}"
        return ActionResult({"FunctionSummary": summary(self, one, "DEVELOPMENT"), "ETag": one["etag"]["DEVELOPMENT"]})

    def publish_function(self):
        one = found(self._get_param("Name"))
        for kept in (one["code"], one["etag"]):
            kept["LIVE"] = kept["DEVELOPMENT"]
        return ActionResult({"FunctionSummary": summary(self, one, "LIVE")})

    def describe_function(self):
        one = found(self._get_param("Name"))
        if stage(self) not in one["code"]:
            raise Gone("NoSuchFunctionExists", "It was not published.")
        return described(self, one, stage(self))

    def get_function(self):
        one = found(self._get_param("Name"))
        headers = {"ETag": one["etag"][stage(self)], "Content-Type": "application/octet-stream"}
        return 200, headers, one["code"][stage(self)]

    def delete_function(self):
        del FUNCTIONS[found(self._get_param("Name"))["name"]]
        return EmptyResult()

    def list_functions(self):
        items = [summary(self, one, "DEVELOPMENT") for one in FUNCTIONS.values()]
        return ActionResult({"FunctionList": {"MaxItems": 100, "Quantity": len(items), "Items": items}})

    methods = (create_function, update_function, publish_function, describe_function, get_function, delete_function, list_functions)
    for method in methods:
        setattr(CloudFrontResponse, method.__name__, method)
    for path in ("", "/(?P<name>[^/]+)", "/(?P<name>[^/]+)/describe", "/(?P<name>[^/]+)/publish"):
        urls.url_paths[f"{{0}}/2020-05-31/function{path}$"] = CloudFrontResponse.dispatch


def judge_events_by_bus():
    """Permission to put events onto one bus is not enough: PutEvents is authorised for all
    resources."""

    def bus(self):
        entries = self._get_param("Entries")
        if not entries:
            return "*"
        name = entries[0].get("EventBusName", "default")
        return name if name.startswith("arn:") else f"arn:aws:events:{self.region}:{self.current_account}:event-bus/{name}"

    EventsHandler._determine_resource = bus
