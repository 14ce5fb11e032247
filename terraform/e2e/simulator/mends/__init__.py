"""Fixes for gaps of moto 5.2.1 that matter to a deployment.

Each function fixes one gap, and one test in tests/test_mends.py fails when the gap is closed or has
changed, so that obsolete fixes are found.
"""

from . import access, alarms, batch, edge, events, fanout, functions, queues

ALL = [
    queues.keep_redrive_allow_policy,
    queues.return_redrive_policy_as_sent,
    queues.keep_policy_when_others_change,
    queues.do_not_push_to_functions,
    functions.keep_logging_config,
    functions.run_packages,
    events.describe_as_s3_does,
    events.tell_of_delete_markers,
    events.deliver_asynchronously,
    events.tell_of_tags_only_where_they_are_put,
    fanout.hand_topics_over_as_sns_does,
    fanout.say_that_eventbridge_is_told,
    fanout.tell_eventbridge_as_s3_does,
    batch.run_jobs,
    edge.keep_distributions_as_they_are_sent,
    edge.keep_policies,
    edge.keep_functions,
    edge.judge_events_by_bus,
    alarms.choose_alarms_by_state_too,
    access.skip_signatures,
    access.judge_bucket_policies_by_condition,
    access.hide_missing_keys_without_list,
    access.judge_each_key_of_delete_objects,
    access.judge_tags_and_what_is_copied,
    access.judge_functions_and_logs_by_name,
]


def apply_all():
    for mend in ALL:
        mend()
