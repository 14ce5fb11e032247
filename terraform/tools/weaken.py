"""What the tests hold the module to, each taken away: the test of it must fail.

    python3 -m tools.weaken          # try all
    python3 -m tools.weaken --list

A line is a promise as its test's message tells of the break, the file, and what is changed there.
They are tried together, in copies of the module: each promise must be reported as broken.
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

# Of each test file, in groups that do not hide one another.
GROUPS = [
    (BUCKET, [
        ("Public access is not blocked.", "modules/bucket/main.tf", "restrict_public_buckets = true", "restrict_public_buckets = false"),
        ("ACLs are on.", "modules/bucket/main.tf", "BucketOwnerEnforced", "ObjectWriter"),
        ("Objects are not encrypted.", "modules/bucket/main.tf", '"AES256" : "aws:kms"', '"aws:kms" : "aws:kms"'),
        ("Versioning is not on.", "modules/bucket/main.tf", 'status = "Enabled"\n  }\n}', 'status = "Suspended"\n  }\n}'),
        ("Unfinished uploads are kept for ever.", "modules/bucket/main.tf", 'unfinished-uploads"\n    status = "Enabled"', 'unfinished-uploads"\n    status = "Disabled"'),
        ("Old versions are kept for ever.", "modules/bucket/main.tf", 'old-versions"\n      status = "Enabled"', 'old-versions"\n      status = "Disabled"'),
        ("What only the moment needs is kept for ever.", "modules/bucket/main.tf", "  expiration {\n        days = rule.value\n", "  expiration {\n        days = 9999\n"),
        ("What is tagged as done with is kept for ever.", "modules/bucket/main.tf", "days = rule.value.days", "days = 9999"),
        ("Requests without TLS are answered.", "modules/bucket/policy.tf", '"${local.arn}/*"]', '"${local.arn}/x"]'),
        ("Destroy would delete pictures unasked.", "modules/bucket/main.tf", "force_destroy = var.force_destroy", "force_destroy = true"),
        ("Objects are not encrypted with the key.", "modules/bucket/main.tf", "bucket_key_enabled = var.kms_key_arn != null", "bucket_key_enabled = false"),
        ("A bucket whose objects can be made again is versioned.", "modules/bucket/main.tf", "count  = var.versioned ? 1 : 0", "count  = 1"),
    ]),
    (FUNCTION, [
        ("The function is not what the package was built for.", "modules/function/main.tf", "architectures    = [var.architecture]", 'architectures    = ["x86_64"]'),
        ("Concurrency is limited unasked.", "modules/function/main.tf", "coalesce(var.reserved_concurrency, -1)", "coalesce(var.reserved_concurrency, 10)"),
        ("Events that failed are dropped.", "modules/function/main.tf", "destination = var.on_failure_queue_arn", 'destination = "arn:aws:sqs:eu-central-1:123456789012:other"'),
        ("Logs are kept for ever.", "modules/function/main.tf", "retention_in_days = var.log_retention_days", "retention_in_days = 0"),
        ("The role has a wildcard for an action or for all resources.", "modules/function/role.tf", '"sqs:SendMessage"', '"sqs:*"'),
        ("Somebody besides Lambda may assume the role.", "modules/function/role.tf", '{ Service = "lambda.amazonaws.com" }', '{ AWS = "*" }'),
        ("What it answers goes nowhere, or anywhere.", "modules/function/role.tf", "Resource = var.on_success_bus_arn", 'Resource = "arn:aws:events:eu-central-1:123456789012:event-bus/other"'),
        ("A function that is only asked may do what those do that take events.", "modules/function/main.tf", "count = var.takes_events ? 1 : 0", "count = 1"),
        ("The function could make a log group without retention.", "modules/function/role.tf", '["logs:CreateLogStream"', '["logs:CreateLogGroup", "logs:CreateLogStream"'),
    ]),
    (DELIVERY, [
        ("What a canary does for a reader cannot be counted.", "names.tf", "local.delivers ? [local.deliver_role_arn] : []", "[]"),
        ("The bucket answers others than the distribution, or more than reading renditions.", "delivery.tf", 'Action    = "s3:GetObject"', 'Action    = "s3:*"'),
        ("The deliver function answers without a signature.", "deliver.tf", 'authorization_type = "AWS_IAM"', 'authorization_type = "NONE"'),
        ("Another distribution may call the deliver function, or this one may not.", "deliver.tf", "source_arn             = aws_cloudfront_distribution.this[0].arn", 'source_arn             = "arn:aws:cloudfront::123456789012:distribution/*"'),
        ("Requests to an origin are not signed.", "delivery.tf", '"always"', '"no-override"'),
        ("The function is asked for what the bucket has, or not for what it has not.", "delivery.tf", "status_codes = [403, 404]", "status_codes = [404]"),
        ("What a client makes up reaches the origins, or gets an entry of its own.", "delivery.tf", 'query_string_behavior = "none"', 'query_string_behavior = "all"'),
        ("Something else than reading is let through.", "delivery.tf", 'allowed_methods            = ["GET", "HEAD"]', 'allowed_methods            = ["GET", "HEAD", "OPTIONS"]'),
        ("Pictures are compressed once more.", "delivery.tf", "compress = false", "compress = true"),
        ("Plain HTTP is answered with a picture.", "delivery.tf", '"redirect-to-https"', '"allow-all"'),
        ("A URL is not brought down to one key before the cache is asked.", "delivery.tf", '"viewer-request"', '"viewer-response"'),
        ("A browser guesses what a file is, or runs what is in it.", "delivery.tf", "; sandbox", ""),
        ("What may change is kept for long, or what never does is not.", "delivery.tf", "override = false", "override = true"),
        ("Other sites' scripts may read renditions unasked.", "delivery.tf", "for_each = length(var.delivery.cors_origins) > 0 ? [var.delivery.cors_origins] : []", 'for_each = [coalescelist(var.delivery.cors_origins, ["*"])]'),
        ("Readers may take what uploads need.", "deliver.tf", "reserved_concurrency     = var.delivery.reserved_concurrency", "reserved_concurrency     = null"),
        ("The deliver function is not told what it is, or where it reads and writes.", "deliver.tf", '{ OBSCURA_FUNCTION = "deliver" }', '{ OBSCURA_FUNCTION = "transform" }'),
        ("The deliver function may do more, or less, than it needs.", "deliver.tf", "local.rendering_statements", "local.transform_statements"),
        ("Readers that get no answer go unheard.", "alarms.tf", "{ deliver = { name", "{ delivers = { name"),
        ("The certificate is not used, or old TLS is.", "delivery.tf", '"TLSv1.2_2021"', '"TLSv1"'),
        ("Others than those that were named may read renditions by a script.", "delivery.tf", "access_control_allow_credentials = false", "access_control_allow_credentials = true"),
        ("The web ACL is left out.", "delivery.tf", "= var.delivery.web_acl_arn", "= null"),
        ("Nobody can say who was answered.", "delivery.tf", '"${logging_config.value}.s3.amazonaws.com"', '"other.s3.amazonaws.com"'),
        ("CloudFront gives up before the deliver function does.", "delivery.tf", "= var.delivery.timeout_seconds", "= 30"),
        ("More than manifests starts the announcing function, or less.", "announce.tf", '"/manifest.json"', '".json"'),
        ("A bucket besides the destination may start the announcing function.", "announce.tf", "source_account = local.account", "source_account = null"),
        ("The announcing function may do more, or less, than it needs.", "permissions.tf", "${var.destination_bucket.prefix}*/manifest.json", "*"),
        ("The announcing function renders.", "announce.tf", '{ OBSCURA_FUNCTION = "announce" }', '{ OBSCURA_FUNCTION = "transform" }'),
        ("An event that is lost goes unheard.", "alarms.tf", 'role == "deliver" ? {} :', 'role != "transform" ? {} :'),
        ("Another bus is told than was named.", "announce.tf", "coalesce(var.events.bus_arn, ", "coalesce(null, "),
        ("The announcing function cannot read what is encrypted, or uses other keys.", "permissions.tf", 'Sid      = "DecryptManifests"', 'Sid      = "DecryptOthers"'),
        ("The notifications of somebody else's destination bucket are replaced.", "notifications.tf", "coalesce(var.destination_bucket.notify, var.destination_bucket.create)", "true"),
    ]),
    # What would hide the others.
    (DELIVERY, [
        ("Something is delivered or announced unasked.", "variables-delivery.tf", "default = null\n\n  validation {\n    condition     = try(var.events.bus_arn", "default = {}\n\n  validation {\n    condition     = try(var.events.bus_arn"),
    ]),
    (INVARIANTS, [
        ("The buckets have other names than the documents say.", "names.tf", '"${var.name}-source-${local.account}-', '"${var.name}-source-'),
        ("Uploads, deletes or restores go unseen.", "notifications.tf", ', "s3:ObjectRestore:Completed"', ""),
        ("A bucket besides the source may start the function.", "notifications.tf", "source_account = local.sender.account", "source_account = null"),
        ("The pipeline document is not what was given.", "variables-pipeline.tf", 'keys = ["**"], transform = "resize" }]', 'keys = ["*"], transform = "resize" }]'),
        ("There is more than was asked for.", "outputs.tf", "value       = one(aws_sqs_queue.events[*].url)", "value       = aws_sqs_queue.on_failure.url"),
        ("Artifacts can be written by others.", "components.tf", "concat([local.publish_role_arn], ", 'concat([local.publish_role_arn, "arn:aws:iam::123456789012:role/other"], '),
        ("The transform function may do more, or less, than it needs.", "permissions.tf", 'Action   = "s3:DeleteObject"', 'Action   = "s3:DeleteObjectVersion"'),
        ("Events of other keys start the function.", "notifications.tf", "filter_prefix       = var.source_bucket.prefix", 'filter_prefix       = ""'),
        ("Somebody besides the publish function may write artifacts.", "components.tf", '"s3:ListMultipartUploadParts"]', '"s3:ListMultipartUploadParts", "s3:Put*"]'),
        ("The publish function sees pictures.", "permissions.tf", '"${local.bucket_arns.components}/incoming/*",', '"${local.bucket_arns.source}/*",'),
        ("An author may write beside incoming/ of one transform.", "components.tf", 'Resource = "${local.bucket_arns.components}/incoming/${name}/*"', 'Resource = "${local.bucket_arns.components}/incoming/*"'),
        ("Anybody may count outcomes, and so end a canary.", "components.tf", "concat(local.renderers, local.artifact_writers)", '["*"]'),
        ("Others than those that are named may write the document.", "components.tf", "arns = var.pipeline_writer_arns }", "arns = local.artifact_writers }"),
        ("An author may write another transform.", "components.tf", "Principal = { AWS = arns }", 'Principal = { AWS = "*" }'),
        ("Another topic may start the function.", "notifications.tf", "source_arn     = local.sender.arn", "source_arn     = local.bucket_arns.source"),
        ("The created bucket tells the topic nothing.", "notifications.tf", 'for_each = var.trigger == "sns" ? [var.topic.arn] : []', 'for_each = var.trigger == "sns" ? ["arn:aws:sns:eu-central-1:123456789012:other"] : []'),
        ("Every event of the topic starts the function.", "fanout.tf", "local.filters_prefix ?", "false ?"),
        ("What a topic cannot hand over is lost.", "queues.tf", 'contains(["sns", "eventbridge"], var.trigger)', 'contains(["eventbridge"], var.trigger)'),
        ("The topic does not hand over to the queue, as it should.", "fanout.tf", "local.queued ? var.topic.raw : null", "false"),
        ("Another topic may put events into the queue.", "queues.tf", '{ ArnEquals = { "aws:SourceArn" = local.sender.arn } }', '{ ArnLike = { "aws:SourceArn" = "*" } }'),
        ("Another rule may put events into the queue.", "fanout.tf", "${local.region}:${local.account}:rule/", "${local.region}:*:rule/"),
        ("Another rule may start the function.", "fanout.tf", "rule/${local.rule_name}", "rule/*"),
        ("The rule takes other events than those of pictures.", "fanout.tf", 'bucket = { name = [local.bucket_names.source] } },\n      var', 'bucket = { name = [local.bucket_names.destination] } },\n      var'),
        ("The created bucket tells EventBridge nothing, or tells the function besides.", "notifications.tf", 'eventbridge = var.trigger == "eventbridge"', "eventbridge = false"),
        ("What a rule cannot hand over is lost.", "fanout.tf", "    arn = aws_sqs_queue.on_failure.arn", '    arn = "arn:aws:sqs:eu-central-1:123456789012:other"'),
        ("The rule does not hand over to the queue.", "fanout.tf", "arn       = local.target_arn", "arn       = module.transform.arn"),
        ("Uploads or reports are kept for ever.", "buckets.tf", "= var.components_bucket.incoming_days", "= null"),
        ("A document of several steps is not what was given.", "pipeline.tf", "for name, value in step : name => value if value != null }", "for name, value in step : name => value }"),
        ("What a route of several steps takes is counted otherwise than the host takes it.", "pipeline.tf", "sum(steps[*].output_mib)", "max(steps[*].output_mib...)"),
        ("The author of a step's transform has no policy.", "components.tf", "compact(flatten(local.steps)[*].transform)", '["resize"]'),
        ("The function goes back to renditions that are gone, or forgets those that are there.", "functions.tf", "tostring(var.destination_bucket.unreferenced_grace_days)", '"7"'),
        ("Renditions that no manifest names are kept for ever.", "buckets.tf", 'value = "unreferenced"', 'value = "other"'),
        ("The publish function would start itself.", "notifications.tf", 'filter_prefix       = "incoming/"', 'filter_prefix       = ""'),
        ("A message that is being worked on is handed out again.", "queues.tf", "6 * var.transform_function.timeout_seconds", "var.transform_function.timeout_seconds"),
        ("An event that fails is tried for ever.", "queues.tf", "maxReceiveCount     = var.queue.max_receives", "maxReceiveCount     = 1000"),
        ("One event that fails fails its batch, or the queue is not bounded.", "queues.tf", "maximum_concurrency = var.queue.maximum_concurrency", "maximum_concurrency = 1000"),
        ("Another bucket, or another account's, may send events.", "notifications.tf", 'sid = "SourceBucketSendsEvents", service = "s3.amazonaws.com", arn = local.bucket_arns.source, account = local.account', 'sid = "SourceBucketSendsEvents", service = "s3.amazonaws.com", arn = local.bucket_arns.source, account = null'),
        ("Messages are not encrypted.", "queues.tf", "sqs_managed_sse_enabled   = true", "sqs_managed_sse_enabled   = false"),
        ("Failed events are forgotten early.", "queues.tf", "1209600", "345600"),
        ("Requests without TLS are answered.", "queues.tf", 'Condition = { Bool = { "aws:SecureTransport" = "false" } }', 'Condition = { Bool = { "aws:SecureTransport" = "true" } }'),
        ("The transform function may use other keys, or not those it needs.", "permissions.tf", 'Action   = "kms:GenerateDataKey"', 'Action   = "kms:Encrypt"'),
        ("The publish function may not use the components' key.", "permissions.tf", 'Sid      = "UseComponentsKey"', 'Sid      = "UseOtherKey"'),
        ("Something goes wrong unheard.", "alarms.tf", '"dead-letters" = {', '"dead-letter" = {'),
        ("A function near its limit goes unheard.", "alarms.tf", "1000 * var.alarms.duration_share", "1000"),
        ("An alarm rings for another deployment, too.", "alarms.tf", "dimensions  = { FunctionName = local.publish_name }", "dimensions  = {}"),
        ("The dashboard shows other deployments, too.", "dashboard.tf", '"Pictures", "FunctionName", local.transform_name', '"Pictures"'),
        ("An alarm tells nobody.", "alarms.tf", "alarm_actions       = local.alarm_topics", "alarm_actions       = []"),
        ("The default transform is not published as others are.", "pipeline.tf", 'key          = "incoming/', 'key          = "transforms/'),
        ("A new host starts without its artifacts.", "publish.tf", 'obscura = "precompile"', 'obscura = "nothing"'),
        ("The document is not what was given.", "pipeline.tf", "in route : name => value if value != null", "in route : name => value"),
        ("Jobs of another account may assume the role.", "backfill.tf", '{ "aws:SourceAccount" = local.account }', '{ "aws:SourceAccount" = "*" }'),
        ("The role of backfills may do more, or less, than it needs.", "backfill.tf", '"lambda:InvokeFunction"', '"lambda:*"'),
        ("The tasks would empty other buckets than those that were created.", "outputs.tf", "for role in keys(local.created_buckets) :", "for role in keys(local.bucket_names) :"),
        ("What was left out costs something all the same.", "dashboard.tf", "count = var.dashboard ? 1 : 0", "count = 1"),
        ("The compiled transform is not uploaded, or its pointer comes first.", "prebuilt.tf", "setsubtract(local.prebuilt, local.prebuilt_pointers)", "local.prebuilt"),
        ("Whoever applies cannot write what was compiled, or others can.", "components.tf", "data.aws_iam_session_context.applying[*].issuer_arn", "[]"),
        ("The existing bucket is not used.", "names.tf", "coalesce(var.destination_bucket.name, ", "coalesce(null, "),
    ]),
    # What would hide the others, or be hidden by them.
    (INVARIANTS, [
        ("A bucket is not created.", "buckets.tf", "source      = var.source_bucket\n", ""),
        ("The transform function may write into the components bucket, beside outcomes/.", "permissions.tf", 'Action   = "s3:PutObject"\n        Resource = local.destination_objects', 'Action   = "s3:PutObject"\n        Resource = "${local.bucket_arns.components}/*"'),
        ("A bucket besides the components bucket may start the publish function.", "notifications.tf", "source_arn     = local.bucket_arns.components", "source_arn     = local.bucket_arns.source"),
        ("Events take two ways.", "notifications.tf", 'var.trigger == "direct" ? [module.transform.arn] : []', "[module.transform.arn]"),
        ("Events of a topic take two ways.", "fanout.tf", 'local.queued ? "sqs" : "lambda"', '"sqs"'),
        ("The topic's filter keeps pictures back.", "fanout.tf", 'can(regex("^[A-Za-z0-9/._-]+$", var.source_bucket.prefix))', 'var.source_bucket.prefix != ""'),
        ("The notifications of somebody else's bucket are replaced.", "notifications.tf", "coalesce(var.source_bucket.notify, var.source_bucket.create)", "true"),
        ("The function may not take events from the queue.", "permissions.tf", 'Sid    = "TakeEvents"', 'Sid    = "LeaveEvents"'),
        ("Somebody else's bucket is changed.", "buckets.tf", "role => bucket if bucket.create", "role => bucket"),
    ]),
]


def messages(test):
    """Every message of a test file."""
    text = (HERE / f"tests/{test}.tftest.hcl").read_text()
    return re.findall(r'error_message = "(.*)"', text)


def untried():
    """Promises that nothing here takes away."""
    tried = {(test, line[0]) for test, lines in GROUPS for line in lines}
    return [
        f"{test}: {message}"
        for test in (BUCKET, FUNCTION, INVARIANTS, DELIVERY)
        for message in messages(test)
        if (test, message) not in tried
    ]


def held(group):
    """Promises of a group that were not reported as broken."""
    test, lines = group
    program, environment = toolchain.terraform()
    with tempfile.TemporaryDirectory(prefix="obscura-weak-") as name:
        copy = pathlib.Path(name) / "terraform"
        ignored = shutil.ignore_patterns(".tools", "e2e", "examples", "docs", "*.tfstate*")
        shutil.copytree(HERE, copy, ignore=ignored, symlinks=True)
        for message, file, old, new in lines:
            text = (copy / file).read_text()
            if text.count(old) < 1:
                sys.exit(f"{file} does not hold what is to be taken away: {old}")
            (copy / file).write_text(text.replace(old, new, 1))
        done = subprocess.run(
            [program, "test", "-no-color", f"-filter=tests/{test}.tftest.hcl"],
            cwd=copy, env=environment, capture_output=True, text=True, timeout=300, check=False,
        )
        said = done.stdout + done.stderr
    # terraform breaks its lines.
    plain = " ".join(said.split())
    missed = [f"{test}: {line[0]}" for line in lines if line[0] not in plain]
    return missed, said


def run():
    """How many promises were broken, and noticed; ends where one was not."""
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
