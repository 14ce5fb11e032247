"""Remove each property that the tests check: its test must fail.

    python3 -m tools.weaken          # try all
    python3 -m tools.weaken --list

A line has the message of a failing test, a file, and the change there. The changes are made
together, in copies of the module: each test must fail with its message.
"""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

from . import toolchain
from .toolchain import HERE

BUCKET, FUNCTION, INVARIANTS, DELIVERY = "bucket", "function", "invariants", "delivery"

# By test file, in groups of changes that do not mask each other.
GROUPS = [
    (BUCKET, [
        ("Public access is not blocked.", "modules/bucket/main.tf", "restrict_public_buckets = true", "restrict_public_buckets = false"),
        ("ACLs are on.", "modules/bucket/main.tf", "BucketOwnerEnforced", "ObjectWriter"),
        ("Objects are not encrypted.", "modules/bucket/main.tf", '"AES256" : "aws:kms"', '"aws:kms" : "aws:kms"'),
        ("Versioning is not on.", "modules/bucket/main.tf", 'status = "Enabled"\n  }\n}', 'status = "Suspended"\n  }\n}'),
        ("Unfinished uploads are kept forever.", "modules/bucket/main.tf", 'unfinished-uploads"\n    status = "Enabled"', 'unfinished-uploads"\n    status = "Disabled"'),
        ("Old versions are kept forever.", "modules/bucket/main.tf", 'old-versions"\n      status = "Enabled"', 'old-versions"\n      status = "Disabled"'),
        ("Temporary objects are kept forever.", "modules/bucket/main.tf", "  expiration {\n        days = rule.value\n", "  expiration {\n        days = 9999\n"),
        ("Tagged objects are kept forever.", "modules/bucket/main.tf", "days = rule.value.days", "days = 9999"),
        ("Requests without TLS are answered.", "modules/bucket/policy.tf", '"${local.arn}/*"]', '"${local.arn}/x"]'),
        ("Destroy would delete pictures without being asked to.", "modules/bucket/main.tf", "force_destroy = var.force_destroy", "force_destroy = true"),
        ("Objects are not encrypted with the key.", "modules/bucket/main.tf", "bucket_key_enabled = var.kms_key_arn != null", "bucket_key_enabled = false"),
        ("A bucket whose objects can be made again is versioned.", "modules/bucket/main.tf", "count  = var.versioned ? 1 : 0", "count  = 1"),
    ]),
    (FUNCTION, [
        ("The function's architecture is not the package's.", "modules/function/main.tf", "architectures    = [var.architecture]", 'architectures    = ["x86_64"]'),
        ("Concurrency is limited by default.", "modules/function/main.tf", "coalesce(var.reserved_concurrency, -1)", "coalesce(var.reserved_concurrency, 10)"),
        ("Events that failed are dropped.", "modules/function/main.tf", "destination = var.on_failure_queue_arn", 'destination = "arn:aws:sqs:eu-central-1:123456789012:other"'),
        ("Logs are kept forever.", "modules/function/main.tf", "retention_in_days = var.log_retention_days", "retention_in_days = 0"),
        ("The role has a wildcard for an action or for all resources.", "modules/function/role.tf", '"sqs:SendMessage"', '"sqs:*"'),
        ("Principals other than Lambda may assume the role.", "modules/function/role.tf", '{ Service = "lambda.amazonaws.com" }', '{ AWS = "*" }'),
        ("Responses are not sent to the bus, or may be sent to another one.", "modules/function/role.tf", "Resource = var.on_success_bus_arn", 'Resource = "arn:aws:events:eu-central-1:123456789012:event-bus/other"'),
        ("A function without events has the permissions for events.", "modules/function/main.tf", "count = var.takes_events ? 1 : 0", "count = 1"),
        ("The function could make a log group without retention.", "modules/function/role.tf", '["logs:CreateLogStream"', '["logs:CreateLogGroup", "logs:CreateLogStream"'),
    ]),
    (DELIVERY, [
        ("Outcomes of canaries for requests cannot be counted.", "names.tf", "local.delivers ? [local.deliver_role_arn] : []", "[]"),
        ("The bucket's policy allows other principals than the distribution, or more than reading renditions.", "delivery.tf", 'Action    = "s3:GetObject"', 'Action    = "s3:*"'),
        ("The deliver function accepts unsigned requests.", "deliver.tf", 'authorization_type = "AWS_IAM"', 'authorization_type = "NONE"'),
        ("Another distribution may call the deliver function, or this one may not.", "deliver.tf", "source_arn             = aws_cloudfront_distribution.this[0].arn", 'source_arn             = "arn:aws:cloudfront::123456789012:distribution/*"'),
        ("Requests to an origin are not signed.", "delivery.tf", '"always"', '"no-override"'),
        ("The function is not invoked for exactly the missing objects.", "delivery.tf", "status_codes = [403, 404]", "status_codes = [404]"),
        ("Arbitrary client input reaches the origins or the cache key.", "delivery.tf", 'query_string_behavior = "none"', 'query_string_behavior = "all"'),
        ("Methods other than reads are allowed.", "delivery.tf", 'allowed_methods            = ["GET", "HEAD"]', 'allowed_methods            = ["GET", "HEAD", "OPTIONS"]'),
        ("Pictures are compressed again.", "delivery.tf", "compress = false", "compress = true"),
        ("Plain HTTP is answered with a picture.", "delivery.tf", '"redirect-to-https"', '"allow-all"'),
        ("URLs are not normalised before the cache lookup.", "delivery.tf", '"viewer-request"', '"viewer-response"'),
        ("A browser may sniff the type of a file, or execute it.", "delivery.tf", "; sandbox", ""),
        ("Mutable objects are cached for long, or immutable ones are not.", "delivery.tf", "override = false", "override = true"),
        ("Scripts of other sites may read renditions by default.", "delivery.tf", "for_each = length(var.delivery.cors_origins) > 0 ? [var.delivery.cors_origins] : []", 'for_each = [coalescelist(var.delivery.cors_origins, ["*"])]'),
        ("Readers may use up the concurrency of uploads.", "deliver.tf", "reserved_concurrency     = var.delivery.reserved_concurrency", "reserved_concurrency     = null"),
        ("The deliver function's environment is wrong.", "deliver.tf", '{ OBSCURA_FUNCTION = "deliver" }', '{ OBSCURA_FUNCTION = "transform" }'),
        ("The deliver function may do more, or less, than it needs.", "deliver.tf", "local.rendering_statements", "local.transform_statements"),
        ("There is no alarm for failed requests.", "alarms.tf", "{ deliver = { name", "{ delivers = { name"),
        ("The certificate is not used, or old TLS is.", "delivery.tf", '"TLSv1.2_2021"', '"TLSv1"'),
        ("Scripts of unlisted origins may read renditions.", "delivery.tf", "access_control_allow_credentials = false", "access_control_allow_credentials = true"),
        ("The web ACL is not used.", "delivery.tf", "= var.delivery.web_acl_arn", "= null"),
        ("Access logs are not written to the bucket.", "delivery.tf", '"${logging_config.value}.s3.amazonaws.com"', '"other.s3.amazonaws.com"'),
        ("CloudFront's timeout is not the deliver function's.", "delivery.tf", "= var.delivery.timeout_seconds", "= 30"),
        ("The announce function is not triggered by exactly the manifests.", "announce.tf", '"/manifest.json"', '".json"'),
        ("Buckets other than the destination may invoke the announce function.", "announce.tf", "source_account = local.account", "source_account = null"),
        ("The announce function's permissions are not exactly what it needs.", "permissions.tf", "${var.destination_bucket.prefix}*/manifest.json", "*"),
        ("The announce function has the wrong role.", "announce.tf", '{ OBSCURA_FUNCTION = "announce" }', '{ OBSCURA_FUNCTION = "transform" }'),
        ("There is no alarm for lost events.", "alarms.tf", 'role == "deliver" ? {} :', 'role != "transform" ? {} :'),
        ("The wrong bus is used.", "announce.tf", "coalesce(var.events.bus_arn, ", "coalesce(null, "),
        ("The announce function cannot decrypt manifests, or may use other keys.", "permissions.tf", 'Sid      = "DecryptManifests"', 'Sid      = "DecryptOthers"'),
        ("The notifications of an existing destination bucket are replaced.", "notifications.tf", "coalesce(var.destination_bucket.notify, var.destination_bucket.create)", "true"),
    ]),
    # Changes that would mask the others.
    (DELIVERY, [
        ("Delivery or events are enabled by default.", "variables-delivery.tf", "default = null\n\n  validation {\n    condition     = try(var.events.bus_arn", "default = {}\n\n  validation {\n    condition     = try(var.events.bus_arn"),
    ]),
    (INVARIANTS, [
        ("The buckets' names differ from the documentation.", "names.tf", '"${var.name}-source-${local.account}-', '"${var.name}-source-'),
        ("Uploads, deletions or restores are not notified.", "notifications.tf", ', "s3:ObjectRestore:Completed"', ""),
        ("Buckets other than the source may invoke the function.", "notifications.tf", "source_account = local.sender.account", "source_account = null"),
        ("The default pipeline document is wrong.", "variables-pipeline.tf", 'keys = ["**"], transform = "resize" }]', 'keys = ["*"], transform = "resize" }]'),
        ("There are resources that were not requested.", "outputs.tf", "value       = one(aws_sqs_queue.events[*].url)", "value       = aws_sqs_queue.on_failure.url"),
        ("Artifacts can be written by others.", "components.tf", "concat([local.publish_role_arn], ", 'concat([local.publish_role_arn, "arn:aws:iam::123456789012:role/other"], '),
        ("The transform function may do more, or less, than it needs.", "permissions.tf", 'Action   = "s3:DeleteObject"', 'Action   = "s3:DeleteObjectVersion"'),
        ("Events of other keys start the function.", "notifications.tf", "filter_prefix       = var.source_bucket.prefix", 'filter_prefix       = ""'),
        ("Principals other than the publish function may write artifacts.", "components.tf", '"s3:ListMultipartUploadParts"]', '"s3:ListMultipartUploadParts", "s3:Put*"]'),
        ("The publish function can read pictures.", "permissions.tf", '"${local.bucket_arns.components}/incoming/*",', '"${local.bucket_arns.source}/*",'),
        ("An author may write outside incoming/ of one transform.", "components.tf", 'Resource = "${local.bucket_arns.components}/incoming/${name}/*"', 'Resource = "${local.bucket_arns.components}/incoming/*"'),
        ("Any principal may write outcomes, and thus withdraw a canary.", "components.tf", "concat(local.renderers, local.artifact_writers)", '["*"]'),
        ("Unlisted principals may write the document.", "components.tf", "arns = var.pipeline_writer_arns }", "arns = local.artifact_writers }"),
        ("An author may write another transform.", "components.tf", "Principal = { AWS = arns }", 'Principal = { AWS = "*" }'),
        ("Another topic may start the function.", "notifications.tf", "source_arn     = local.sender.arn", "source_arn     = local.bucket_arns.source"),
        ("The created bucket does not notify the topic.", "notifications.tf", 'for_each = var.trigger == "sns" ? [var.topic.arn] : []', 'for_each = var.trigger == "sns" ? ["arn:aws:sns:eu-central-1:123456789012:other"] : []'),
        ("Every event of the topic starts the function.", "fanout.tf", "local.filters_prefix ?", "false ?"),
        ("Undeliverable events of the topic are lost.", "queues.tf", 'contains(["sns", "eventbridge"], var.trigger)', 'contains(["eventbridge"], var.trigger)'),
        ("The topic's subscription of the queue is wrong.", "fanout.tf", "local.queued ? var.topic.raw : null", "false"),
        ("Another topic may put events into the queue.", "queues.tf", '{ ArnEquals = { "aws:SourceArn" = local.sender.arn } }', '{ ArnLike = { "aws:SourceArn" = "*" } }'),
        ("Another rule may put events into the queue.", "fanout.tf", "${local.region}:${local.account}:rule/", "${local.region}:*:rule/"),
        ("Another rule may start the function.", "fanout.tf", "rule/${local.rule_name}", "rule/*"),
        ("The rule matches other events than those of pictures.", "fanout.tf", 'bucket = { name = [local.bucket_names.source] } },\n      var', 'bucket = { name = [local.bucket_names.destination] } },\n      var'),
        ("The created bucket does not notify only EventBridge.", "notifications.tf", 'eventbridge = var.trigger == "eventbridge"', "eventbridge = false"),
        ("Undeliverable events of the rule are lost.", "fanout.tf", "    arn = aws_sqs_queue.on_failure.arn", '    arn = "arn:aws:sqs:eu-central-1:123456789012:other"'),
        ("The rule's target is not the queue.", "fanout.tf", "arn       = local.target_arn", "arn       = module.transform.arn"),
        ("Uploads or reports are kept forever.", "buckets.tf", "= var.components_bucket.incoming_days", "= null"),
        ("A document with several steps is changed.", "pipeline.tf", "for name, value in step : name => value if value != null }", "for name, value in step : name => value }"),
        ("The resources of a route with several steps are computed differently from the host.", "pipeline.tf", "sum(steps[*].output_mib)", "max(steps[*].output_mib...)"),
        ("The author of a step's transform has no policy.", "components.tf", "compact(flatten(local.steps)[*].transform)", '["resize"]'),
        ("The function's grace period is not the bucket's.", "functions.tf", "tostring(var.destination_bucket.unreferenced_grace_days)", '"7"'),
        ("Unreferenced renditions are kept forever.", "buckets.tf", 'value = "unreferenced"', 'value = "other"'),
        ("The publish function would trigger itself.", "notifications.tf", 'filter_prefix       = "incoming/"', 'filter_prefix       = ""'),
        ("A message is delivered again while it is processed.", "queues.tf", "6 * var.transform_function.timeout_seconds", "var.transform_function.timeout_seconds"),
        ("A failing event is retried forever.", "queues.tf", "maxReceiveCount     = var.queue.max_receives", "maxReceiveCount     = 1000"),
        ("A failing event fails its batch, or the queue's concurrency is unbounded.", "queues.tf", "maximum_concurrency = var.queue.maximum_concurrency", "maximum_concurrency = 1000"),
        ("Another bucket, or another account's, may send events.", "notifications.tf", 'sid = "SourceBucketSendsEvents", service = "s3.amazonaws.com", arn = local.bucket_arns.source, account = local.account', 'sid = "SourceBucketSendsEvents", service = "s3.amazonaws.com", arn = local.bucket_arns.source, account = null'),
        ("Messages are not encrypted.", "queues.tf", "sqs_managed_sse_enabled   = true", "sqs_managed_sse_enabled   = false"),
        ("Failed events are deleted too early.", "queues.tf", "1209600", "345600"),
        ("Requests without TLS are answered.", "queues.tf", 'Condition = { Bool = { "aws:SecureTransport" = "false" } }', 'Condition = { Bool = { "aws:SecureTransport" = "true" } }'),
        ("The transform function may use other keys, or not those it needs.", "permissions.tf", 'Action   = "kms:GenerateDataKey"', 'Action   = "kms:Encrypt"'),
        ("The source bucket's policy lets somebody in.", "buckets.tf", "source      = var.source_bucket", "source      = merge(var.source_bucket, { statements = local.components_statements })"),
        ("A function may change the source bucket.", "permissions.tf", 'Sid      = "TellMissingSource"\n        Effect   = "Allow"\n        Action   = "s3:ListBucket"', 'Sid      = "TellMissingSource"\n        Effect   = "Allow"\n        Action   = "s3:PutObject"'),
        ("A limit of concurrency does not reach its function.", "functions.tf", "= var.transform_function.reserved_concurrency", "= null"),
        ("The publish function may not use the components' key.", "permissions.tf", 'Sid      = "UseComponentsKey"', 'Sid      = "UseOtherKey"'),
        ("An alarm is missing.", "alarms.tf", '"dead-letters" = {', '"dead-letter" = {'),
        ("There is no alarm for functions near their timeout.", "alarms.tf", "1000 * var.alarms.duration_share", "1000"),
        ("An alarm also fires for other deployments.", "alarms.tf", "dimensions  = { FunctionName = local.publish_name }", "dimensions  = {}"),
        ("The dashboard also shows other deployments.", "dashboard.tf", '"Pictures", "FunctionName", local.transform_name', '"Pictures"'),
        ("An alarm has no actions.", "alarms.tf", "alarm_actions       = local.alarm_topics", "alarm_actions       = []"),
        ("The default transform is not uploaded to incoming/.", "pipeline.tf", 'key          = "incoming/', 'key          = "transforms/'),
        ("A new host starts without precompiled artifacts.", "publish.tf", 'obscura = "precompile"', 'obscura = "nothing"'),
        ("The document is changed.", "pipeline.tf", "in route : name => value if value != null", "in route : name => value"),
        ("Jobs of another account may assume the role.", "backfill.tf", '{ "aws:SourceAccount" = local.account }', '{ "aws:SourceAccount" = "*" }'),
        ("The role of backfills may do more, or less, than it needs.", "backfill.tf", '"lambda:InvokeFunction"', '"lambda:*"'),
        ("The tasks would empty other buckets than those that were created.", "outputs.tf", "for role in keys(local.created_buckets) :", "for role in keys(local.bucket_names) :"),
        ("Disabled resources are created.", "dashboard.tf", "count = var.dashboard ? 1 : 0", "count = 1"),
        ("The prebuilt transform is not uploaded, or its pointer comes first.", "prebuilt.tf", "setsubtract(local.prebuilt, local.prebuilt_pointers)", "local.prebuilt"),
        ("The identity that applies cannot write prebuilt artifacts, or others can.", "components.tf", "data.aws_iam_session_context.applying[*].issuer_arn", "[]"),
        ("The existing bucket is not used.", "names.tf", "coalesce(var.destination_bucket.name, ", "coalesce(null, "),
    ]),
    # Changes that would mask the others, or be masked by them.
    (INVARIANTS, [
        ("A bucket is not created.", "buckets.tf", "source      = var.source_bucket\n", ""),
        ("The transform function may write into the components bucket, beside outcomes/.", "permissions.tf", 'Action   = "s3:PutObject"\n        Resource = local.destination_objects', 'Action   = "s3:PutObject"\n        Resource = "${local.bucket_arns.components}/*"'),
        ("A bucket besides the components bucket may start the publish function.", "notifications.tf", "source_arn     = local.bucket_arns.components", "source_arn     = local.bucket_arns.source"),
        ("Events take two paths.", "notifications.tf", 'var.trigger == "direct" ? [module.transform.arn] : []', "[module.transform.arn]"),
        ("Events of a topic take two paths.", "fanout.tf", 'local.queued ? "sqs" : "lambda"', '"sqs"'),
        ("The topic's filter drops pictures.", "fanout.tf", 'can(regex("^[A-Za-z0-9/._-]+$", var.source_bucket.prefix))', 'var.source_bucket.prefix != ""'),
        ("The notifications of an existing bucket are replaced.", "notifications.tf", "coalesce(var.source_bucket.notify, var.source_bucket.create)", "true"),
        ("The function may not take events from the queue.", "permissions.tf", 'Sid    = "TakeEvents"', 'Sid    = "LeaveEvents"'),
        ("An existing bucket is changed.", "buckets.tf", "role => bucket if bucket.create", "role => bucket"),
    ]),
]


def messages(test):
    """Every message of a test file."""
    text = (HERE / f"tests/{test}.tftest.hcl").read_text()
    return re.findall(r'error_message = "(.*)"', text)


def untried():
    """Messages without a change here."""
    tried = {(test, line[0]) for test, lines in GROUPS for line in lines}
    return [
        f"{test}: {message}"
        for test in (BUCKET, FUNCTION, INVARIANTS, DELIVERY)
        for message in messages(test)
        if (test, message) not in tried
    ]


def held(group):
    """Messages of a group that no test reported."""
    test, lines = group
    program, environment = toolchain.terraform()
    with tempfile.TemporaryDirectory(prefix="obscura-weak-") as name:
        copy = pathlib.Path(name) / "terraform"
        ignored = shutil.ignore_patterns(".tools", "e2e", "examples", "docs", "*.tfstate*")
        shutil.copytree(HERE, copy, ignore=ignored, symlinks=True)
        for message, file, old, new in lines:
            text = (copy / file).read_text()
            if text.count(old) < 1:
                sys.exit(f"{file} does not contain the text to change: {old}")
            (copy / file).write_text(text.replace(old, new, 1))
        done = subprocess.run(
            [program, "test", "-no-color", f"-filter=tests/{test}.tftest.hcl"],
            cwd=copy, env=environment, capture_output=True, text=True, timeout=300, check=False,
        )
        said = done.stdout + done.stderr
    # terraform wraps its lines.
    plain = " ".join(said.split())
    missed = [f"{test}: {line[0]}" for line in lines if line[0] not in plain]
    return missed, said


def run():
    """The number of changes, all detected; exits if one was not."""
    if missing := untried():
        sys.exit("not tried: " + "; ".join(missing))
    toolchain.init(HERE)
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(held, GROUPS))
    for missed, said in results:
        if missed:
            sys.exit(f"{said[-6000:]}\nnot noticed: {'; '.join(missed)}")
    return sum(len(lines) for _, lines in GROUPS)


def main():
    arguments = argparse.ArgumentParser(prog="weaken", description=__doc__)
    arguments.add_argument("--list", action="store_true")
    if arguments.parse_args().list:
        for test, lines in GROUPS:
            for message, file, *_ in lines:
                print(f"{test}: {message} ({file})")
        return
    print(f"{run()} promises broken, all noticed")


if __name__ == "__main__":
    main()
