"""Alarms, and the request that keeps a quiet region awake."""

import json
import re

import yaml
from templates import FOLDER, only, resources, walk

# name: (metrics, comparison, threshold, periods, of how many seconds, if there is no data)
LESS, MORE, AT_LEAST = "LessThanThreshold", "GreaterThanThreshold", "GreaterThanOrEqualToThreshold"
BREAKER = "resilience4j_circuitbreaker"
ALARMS = {
    "no-healthy-hosts": ("HealthyHostCount", LESS, 1, 3, 60, "breaching"),
    "unhealthy-host": ("UnHealthyHostCount", MORE, 0, 10, 60, "notBreaching"),
    "service-5xx": ("HTTPCode_Target_5XX_Count RequestCount", MORE, 1, 5, 60, "notBreaching"),
    "balancer-fails": ("HTTPCode_ELB_5XX_Count", MORE, 10, 5, 60, "notBreaching"),
    "service-is-slow": ("TargetResponseTime", MORE, "SlowSeconds", 10, 60, "notBreaching"),
    "at-max-size": ("GroupInServiceInstances", AT_LEAST, "MaxSize", 15, 60, "notBreaching"),
    "api-fails": ("5XXError", MORE, 0.01, 5, 60, "notBreaching"),
    "cache-is-busy": ("EngineCPUUtilization EngineCPUUtilization", MORE, 80, 10, 60, "notBreaching"),
    "no-service-metrics": ("image_origin_purge_receiving", LESS, 1, 15, 60, "breaching"),
    "s3-breaker-open": (f"{BREAKER}_state", MORE, 0, 5, 60, "notBreaching"),
    "redis-breaker-open": (f"{BREAKER}_state", MORE, 0, 5, 60, "notBreaching"),
    "s3-calls-refused": (f"{BREAKER}_not_permitted_calls_total", MORE, 60, 5, 60, "notBreaching"),
    "s3-latency": (f"{BREAKER}_calls_seconds_sum {BREAKER}_calls_seconds_count", MORE, "StoreSeconds", 10, 60, "notBreaching"),
    "s3-queue": ("image_origin_s3_reads_waiting", MORE, 512, 5, 60, "notBreaching"),
    "memory-for-loads": ("image_origin_memory_used_bytes image_origin_memory_limit_bytes", MORE, 90, 10, 60, "notBreaching"),
    "absent-images": ("image_origin_requests_total image_origin_requests_total", MORE, "AbsentPercentage", 15, 60, "notBreaching"),
    "purges-not-received": ("image_origin_purge_receiving", LESS, 1, 5, 60, "notBreaching"),
    "waf-blocks": ("BlockedRequests BlockedRequests AllowedRequests", MORE, 20, 5, 60, "notBreaching"),
    "api-4xx": ("4XXError", MORE, 0.33, 15, 60, "notBreaching"),
    "certificate-expires": ("DaysToExpiry", LESS, 30, 1, 86400, "notBreaching"),
    "edge-certificate-expires": ("DaysToExpiry", LESS, 30, 1, 86400, "notBreaching"),
    "replication-failed": ("OperationsFailedReplication", MORE, 0, 1, 300, "notBreaching"),
    "events-late": ("ApproximateAgeOfOldestMessage", MORE, 300, 5, 60, "notBreaching"),
    "events-dead": ("ApproximateNumberOfMessagesVisible", MORE, 0, 1, 300, "notBreaching"),
    "replication-late": ("ReplicationLatency", MORE, 900, 3, 300, "notBreaching"),
    "canary-fails": ("CanaryGood", LESS, 1, 3, 300, "breaching"),
    "edge-fails": ("5xxErrorRate", MORE, 1, 5, 60, "notBreaching"),
    "edge-4xx": ("4xxErrorRate", MORE, 20, 15, 60, "notBreaching"),
    "low-hit-ratio": ("CacheHitRate", LESS, "HitRate", 2, 3600, "notBreaching"),
    "origins-are-slow": ("OriginLatency", MORE, "SlowMillis", 15, 60, "notBreaching"),
}


# metric: (namespace, statistic). The wrong one of several makes an alarm that never goes off, or always.
STATISTICS = {
    "HealthyHostCount": ("AWS/ApplicationELB", "Maximum"), "UnHealthyHostCount": ("AWS/ApplicationELB", "Minimum"),
    "HTTPCode_Target_5XX_Count": ("AWS/ApplicationELB", "Sum"), "RequestCount": ("AWS/ApplicationELB", "Sum"),
    "HTTPCode_ELB_5XX_Count": ("AWS/ApplicationELB", "Sum"), "TargetResponseTime": ("AWS/ApplicationELB", "p99"),
    "GroupInServiceInstances": ("AWS/AutoScaling", "Minimum"), "EngineCPUUtilization": ("AWS/ElastiCache", "Average"),
    "5XXError": ("AWS/ApiGateway", "Average"), "4XXError": ("AWS/ApiGateway", "Average"),
    "5xxErrorRate": ("AWS/CloudFront", "Average"), "4xxErrorRate": ("AWS/CloudFront", "Average"),
    "CacheHitRate": ("AWS/CloudFront", "Average"), "OriginLatency": ("AWS/CloudFront", "p95"),
    "DaysToExpiry": ("AWS/CertificateManager", "Minimum"), "BlockedRequests": ("AWS/WAFV2", "Sum"),
    "AllowedRequests": ("AWS/WAFV2", "Sum"), "OperationsFailedReplication": ("AWS/S3", "Sum"),
    "ReplicationLatency": ("AWS/S3", "Maximum"), "ApproximateAgeOfOldestMessage": ("AWS/SQS", "Maximum"),
    "ApproximateNumberOfMessagesVisible": ("AWS/SQS", "Maximum"), "CanaryGood": ("image-origin", "Minimum"),
    f"{BREAKER}_state": ("image-origin", "Maximum"), f"{BREAKER}_not_permitted_calls_total": ("image-origin", "Sum"),
    f"{BREAKER}_calls_seconds_sum": ("image-origin", "Sum"), f"{BREAKER}_calls_seconds_count": ("image-origin", "Sum"),
    "image_origin_s3_reads_waiting": ("image-origin", "Maximum"), "image_origin_requests_total": ("image-origin", "Sum"),
    "image_origin_memory_used_bytes": ("image-origin", "Average"), "image_origin_memory_limit_bytes": ("image-origin", "Average"),
    "image_origin_purge_receiving": ("image-origin", "Minimum"),
}
EXPRESSIONS = {
    "service-5xx": "100 * errors / MAX([requests, TIME_SERIES(100)])",
    "cache-is-busy": "MAX([one, FILL(other, 0)])",
    "s3-latency": "seconds / calls",
    "memory-for-loads": "100 * used / most",
    "absent-images": "100 * absent / MAX([absent + found, TIME_SERIES(100)])",
    "waf-blocks": "100 * MAX([FILL(all, 0), FILL(default, 0)]) / MAX([FILL(all, 0) + FILL(passed, 0), TIME_SERIES(100)])",
}
# Alarms of what is not there in every deployment.
SOMETIMES = {"api-fails": "HasApi", "waf-blocks": "HasApi", "api-4xx": "HasApi", "cache-is-busy": "HasCache", "canary-fails": "HasCanary",
             "replication-failed": "HasReplica", "replication-late": "HasReplica"}


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
    found = [(template, name_of(alarm), alarm) for template, _, alarm in resources(templates, "AWS::CloudWatch::Alarm")]
    assert sorted(name for _, name, _ in found) == sorted(ALARMS)
    for template, name, alarm in found:
        topic = "TopicArn" if template in ("service-alarms", "region-alarms") else "Topic"
        metrics, seconds = measured(alarm)
        threshold = alarm["Threshold"]["Ref"] if isinstance(alarm["Threshold"], dict) else alarm["Threshold"]
        assert (metrics, alarm["ComparisonOperator"], threshold, alarm["EvaluationPeriods"], seconds,
                alarm["TreatMissingData"]) == ALARMS[name], name
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": topic}], f"{name} tells nobody"
        assert alarm.get("ActionsEnabled", True) is True, f"{name} tells nobody"


def check_statistics(templates):
    for template, identity, alarm in resources(templates, "AWS::CloudWatch::Alarm"):
        name = name_of(alarm)
        measures = [(alarm.get("MetricName"), alarm.get("Namespace"), alarm.get("Statistic", alarm.get("ExtendedStatistic")))]
        if "Metrics" in alarm:
            (result,) = [each["Expression"] for each in alarm["Metrics"] if "Expression" in each]
            assert result == EXPRESSIONS[name], name
            assert {each["Id"] for each in alarm["Metrics"]} == {"value", *re.findall(r"\b[a-z]+\b", result)}, name
            stats = [each["MetricStat"] for each in alarm["Metrics"] if "MetricStat" in each]
            measures = [(each["Metric"]["MetricName"], each["Metric"]["Namespace"], each["Stat"]) for each in stats]
        for metric, *how in measures:
            wanted = ("image-origin", "SampleCount") if name == "no-service-metrics" else STATISTICS[metric]
            assert tuple(how) == wanted, name
        assert alarm.get("DatapointsToAlarm", 3) in (3, alarm["EvaluationPeriods"]), name
        assert templates[template]["Resources"][identity].get("Condition") == SOMETIMES.get(name), name


def check_dimensions(templates):
    """Of metrics that AWS counts for more than one thing at once."""
    for template, _, alarm in resources(templates, "AWS::CloudWatch::Alarm"):
        for path, value in walk(alarm):
            if isinstance(value, dict) and value.get("Namespace") == "AWS/CloudFront":
                assert {"Name": "Region", "Value": "Global"} in value["Dimensions"]
            if isinstance(value, dict) and value.get("Namespace") == "AWS/WAFV2":
                acl = templates["api"]["Resources"]["OnlyCloudFront"]["Properties"]["VisibilityConfig"]["MetricName"]
                assert {"Name": "WebACL", "Value": acl} in value["Dimensions"], "not the API's web ACL"
            if isinstance(value, dict) and value.get("Namespace") == "AWS/SQS":
                queue = "DeadLettersName" if value["AlarmName"]["Fn::Sub"].endswith("-dead") else "QueueName"
                assert value["Dimensions"] == [{"Name": "QueueName", "Value": {"Ref": queue}}]
            if isinstance(value, dict) and value.get("Namespace") == "AWS/S3":
                (rule,) = only({"bucket": templates["bucket"]}, "AWS::S3::Bucket")["ReplicationConfiguration"]["Fn::If"][1]["Rules"]
                assert {"Name": "RuleId", "Value": rule["Id"]} in value["Dimensions"]


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
    rows = re.findall(r"^\| (`.*?) \|", page.split("## Alarms")[1].split("\n## ")[0], re.MULTILINE)
    explained = {name for row in rows for name in re.findall("`([a-z0-9-]+)`", row)}
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


def sent():
    """(metric, dimensions) of everything that the agent on the instances makes a CloudWatch metric of."""
    path = FOLDER.parent / "ansible/roles/image_origin/vars/main.yml"
    for each in yaml.safe_load(path.read_text())["image_origin_cloudwatch_metrics"]:
        for metric in each["metrics"]:
            for dimensions in each["dimensions"]:
                yield metric, frozenset(["Environment", *dimensions])


def check_metrics_are_sent(templates):
    """A metric by other dimensions is another metric, and silent."""
    told = set(sent()) | {("CanaryGood", frozenset(["Environment"]))}
    for name, _, alarm in resources(templates, "AWS::CloudWatch::Alarm"):
        for path, value in walk(alarm):
            if isinstance(value, dict) and value.get("Namespace") == "image-origin":
                by = frozenset(dimension["Name"] for dimension in value["Dimensions"])
                assert (value["MetricName"], by) in told, f"{name}: {value['MetricName']} by {sorted(by)}"


def check_metrics_are_documented(templates):
    page = (FOLDER.parent / "docs/metrics.md").read_text()
    known = {re.sub(r"[.]", "_", name) for name in re.findall(r"^\| `([a-z0-9.]+)` \|", page, re.MULTILINE)}
    for metric, _ in sent():
        assert re.sub("_(total|bytes|seconds|count|sum)", "", metric) in {re.sub("_(total|bytes)", "", name) for name in known}, metric


def check_known_image(templates):
    """The canary asks for nothing by default; once it has a key, it and its alarm are there, and by the same condition."""
    made = templates["canary"]["Resources"]
    parts = ("ImageLog", "ImageRole", "Image", "ImageSchedule", "ImagePermission")
    assert {made[part]["Condition"] for part in parts} == {"HasKey"}
    assert templates["canary"]["Conditions"]["HasKey"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "Key"}, ""]}]}
    rule = made["ImageSchedule"]["Properties"]
    assert (rule["ScheduleExpression"], rule["State"]) == ({"Fn::Sub": "rate(${Minutes} minutes)"}, "ENABLED")
    assert rule["Targets"] == [{"Id": "image", "Arn": {"Fn::GetAtt": ["Image", "Arn"]}}]
    alarm = templates["service-alarms"]
    assert alarm["Resources"]["CanaryFails"]["Condition"] == "HasCanary"
    assert alarm["Conditions"]["HasCanary"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "CanaryKey"}, ""]}]}


def check_dashboard(templates):
    """It is JSON, shows each metric that the service sends, and widgets lie side by side."""
    def rendered(part):
        text = part["Fn::Sub"] if isinstance(part, dict) else part
        return re.sub(r"[$][{]\w+[}]", "x", text)
    first, second, end = templates["dashboard"]["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Join"][1]
    for parts in ([first, end], [first, second["Fn::If"][1], end]):
        body = "".join(rendered(part) for part in parts)
        widgets = json.loads(body)["widgets"]
        places = [(w["x"] + dx, w["y"] + dy) for w in widgets for dx in range(w["width"]) for dy in range(w["height"])]
        assert len(places) == len(set(places)) and max(x for x, _ in places) == 23, "widgets lie on each other"
        missing = {metric for metric, _ in sent() if f'"{metric}"' not in body} - {"image_origin_purge_receiving"}
        assert not missing, f"not on the dashboard: {missing}"
