"""Alarms, and the request that keeps a quiet region awake."""

import re

from templates import FOLDER, resources

# name: (metrics, comparison, threshold, periods, of how many seconds, if there is no data)
LESS, MORE, AT_LEAST = "LessThanThreshold", "GreaterThanThreshold", "GreaterThanOrEqualToThreshold"
ALARMS = {
    "no-healthy-hosts": ("HealthyHostCount", LESS, 1, 3, 60, "breaching"),
    "unhealthy-host": ("UnHealthyHostCount", MORE, 0, 10, 60, "notBreaching"),
    "service-5xx": ("HTTPCode_Target_5XX_Count RequestCount", MORE, 1, 5, 60, "notBreaching"),
    "balancer-fails": ("HTTPCode_ELB_5XX_Count", MORE, 10, 5, 60, "notBreaching"),
    "service-is-slow": ("TargetResponseTime", MORE, "SlowSeconds", 10, 60, "notBreaching"),
    "at-max-size": ("GroupInServiceInstances", AT_LEAST, "MaxSize", 15, 60, "notBreaching"),
    "api-fails": ("5XXError", MORE, 0.01, 5, 60, "notBreaching"),
    "cache-is-busy": ("EngineCPUUtilization EngineCPUUtilization", MORE, 80, 10, 60, "notBreaching"),
    "edge-fails": ("5xxErrorRate", MORE, 1, 5, 60, "notBreaching"),
    "edge-4xx": ("4xxErrorRate", MORE, 20, 15, 60, "notBreaching"),
    "low-hit-ratio": ("CacheHitRate", LESS, "HitRate", 2, 3600, "notBreaching"),
    "origins-are-slow": ("OriginLatency", MORE, "SlowMillis", 15, 60, "notBreaching"),
}


def name_of(alarm):
    return alarm["AlarmName"]["Fn::Sub"].removeprefix("image-origin-${Environment}-")


def measured(alarm):
    """(metrics, seconds), whether the alarm has one metric or calculates with some."""
    if "MetricName" in alarm:
        return alarm["MetricName"], alarm["Period"]
    stats = [each["MetricStat"] for each in alarm["Metrics"] if "MetricStat" in each]
    (result,) = [each for each in alarm["Metrics"] if each.get("ReturnData", True)]
    assert "Expression" in result
    (period,) = {each["Period"] for each in stats}
    return " ".join(each["Metric"]["MetricName"] for each in stats), period


def check_alarms(templates):
    found = {name_of(alarm): alarm for _, _, alarm in resources(templates, "AWS::CloudWatch::Alarm")}
    assert set(found) == set(ALARMS)
    for name, alarm in found.items():
        metrics, seconds = measured(alarm)
        threshold = alarm["Threshold"]["Ref"] if isinstance(alarm["Threshold"], dict) else alarm["Threshold"]
        assert (metrics, alarm["ComparisonOperator"], threshold, alarm["EvaluationPeriods"], seconds,
                alarm["TreatMissingData"]) == ALARMS[name], name
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "Topic"}], f"{name} tells nobody"
        assert alarm.get("ActionsEnabled", True) is True, f"{name} tells nobody"


def check_expressions(templates):
    """CloudWatch documents MAX and MIN of time series only; a number is one by TIME_SERIES."""
    for _, identity, alarm in resources(templates, "AWS::CloudWatch::Alarm"):
        for each in alarm.get("Metrics", []):
            for members in re.findall(r"M(?:AX|IN)\(\[([^\]]*)\]", each.get("Expression", "")):
                assert not [one for one in members.split(",") if re.fullmatch(r"\s*[\d.]+\s*", one)], identity


def check_told(templates):
    topics = list(resources(templates, "AWS::SNS::Topic"))
    assert {name for name, _, _ in topics} == {"alarms", "edge-alarms"}
    for name, _, topic in topics:
        to = [{"Protocol": "email", "Endpoint": {"Ref": "Email"}}]
        assert topic["Subscription"] == {"Fn::If": ["HasEmail", to, {"Ref": "AWS::NoValue"}]}, name


def check_alarms_are_explained(templates):
    """And the rollout waits for alarms that exist."""
    page = (FOLDER.parent / "docs/operations.md").read_text()
    explained = set(re.findall(r"^\| `([a-z0-9-]+)` \|", page.split("## Alarms")[1].split("\n## ")[0], re.MULTILINE))
    names = {name_of(alarm) for _, _, alarm in resources(templates, "AWS::CloudWatch::Alarm")}
    assert explained == names
    awaited = re.findall(r'"image-origin-\$ENVIRONMENT-([a-z0-9-]+)"', (FOLDER / "deploy/rollout.sh").read_text())
    assert awaited and set(awaited) <= names, f"the rollout waits for {set(awaited) - names}"


def check_metrics_of_the_edge(templates):
    """The hit ratio and the origins' latency are not there without it."""
    ((_, _, subscription),) = resources(templates, "AWS::CloudFront::MonitoringSubscription")
    (setting,) = subscription["MonitoringSubscription"].values()
    assert setting == {"RealtimeMetricsSubscriptionStatus": "Enabled"}


def check_canary(templates):
    """A VPC link without a request for 60 days falls asleep."""
    rule = templates["canary"]["Resources"]["Schedule"]["Properties"]
    assert (rule["ScheduleExpression"], rule["State"]) == ("rate(1 day)", "ENABLED")
    (target,) = rule["Targets"]
    assert target["Arn"] == {"Fn::GetAtt": ["Destination", "Arn"]}
    destination = templates["canary"]["Resources"]["Destination"]["Properties"]
    assert destination["InvocationEndpoint"] == {"Fn::Sub": "https://${ApiDomainName}/live${Path}"}
