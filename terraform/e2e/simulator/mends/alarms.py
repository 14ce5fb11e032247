"""CloudWatch."""

from moto.cloudwatch.responses import CloudWatchResponse


def choose_alarms_by_state_too():
    """DescribeAlarms with name and state filters by name only."""
    describe = CloudWatchResponse.describe_alarms

    def mended(self):
        answer = describe(self)
        if wanted := self._get_param("StateValue"):
            for kind, found in answer.result.items():
                answer.result[kind] = [one for one in found if one.state_value == wanted]
        return answer

    CloudWatchResponse.describe_alarms = mended
