"""That parts are tied to the parts they are meant for, and conditions to the values they are named after. cfn-lint sees what is
not there; this sees what is there and is the wrong one."""

import re

from checks.edge import behaviours, distribution, groups, origins, request_policies
from templates import branches, only, resources, walk

# Values of parameters without a list of allowed ones that conditions may ask for.
NOTHING = ("", "*", "none", "0", "1")
NAMED = {"IsSigned": "SignedCookies", "IsForEverybody": "*"}
CLOUDFRONT_ZONE = "Z2FDTNDATAQYW2"  # of all distributions, says AWS


def ref(name):
    return {"Ref": name}


def check_conditions(templates):
    for name, template in templates.items():
        parameters = template["Parameters"]
        for part in ("Conditions", "Rules"):
            for path, value in walk(template.get(part, {})):
                if path and path[-1] == "Fn::Equals" and isinstance(value[0], dict) and not isinstance(value[1], dict):
                    slot = parameters.get(value[0].get("Ref"), {})
                    allowed = [str(each) for each in slot.get("AllowedValues", NOTHING)] + [""]
                    assert str(value[1]) in allowed, f"{name}: {path[0]} asks for {value[1]!r}"
        for condition, rule in template.get("Conditions", {}).items():
            if "Fn::Equals" in rule:
                asked = str(rule["Fn::Equals"][1])
                wanted = NAMED.get(condition, condition.removeprefix("Is"))
                ok = asked == "Yes" or asked == wanted or condition in ("HasNatPerZone", "HasThird")
                assert ok, f"{name}: {condition} holds for {asked!r}"
            elif condition.startswith("Has") and "Fn::Not" in rule:
                asked = rule["Fn::Not"][0].get("Fn::Equals", [0, ""])[1]
                assert asked in ("", 0, "None"), f"{name}: {condition} holds for everything but {asked!r}"


def check_way_of_a_request(templates):
    """CloudFront's function and group, the API's stage, the listener's rules, the targets."""
    edge = distribution(templates)
    behaviour, _ = behaviours(templates)
    group, _ = groups(templates)
    assert edge["OriginGroups"]["Fn::If"][0] == "HasSecond"
    assert behaviour["TargetOriginId"] == {"Fn::If": ["HasSecond", group["Id"], "home"]}
    (function,) = behaviour["FunctionAssociations"]["Fn::If"][1]
    assert function == {"EventType": "viewer-request", "FunctionARN": ref("FunctionArn")}
    assert edge["Aliases"] == [ref("DomainName")]
    api = templates["api"]["Resources"]
    assert api["Stage"]["Properties"]["DeploymentId"]["Ref"] in api
    assert all(api[name]["Properties"]["RestApiId"] == ref("Api") for name in ("Key", "Get", "Head", "Options", "Stage"))
    for _, identity, rule in resources(templates, "AWS::ElasticLoadBalancingV2::ListenerRule"):
        assert rule["Actions"] == [{"Type": "forward", "TargetGroupArn": ref("Targets")}], identity
    targets = only(templates, "AWS::ElasticLoadBalancingV2::TargetGroup")
    assert targets["HealthCheckIntervalSeconds"] * targets["UnhealthyThresholdCount"] <= 15
    assert targets["HealthCheckTimeoutSeconds"] < targets["HealthCheckIntervalSeconds"]
    group = only(templates, "AWS::AutoScaling::AutoScalingGroup")
    assert group["TargetGroupARNs"] == [ref("TargetGroupArn")] and group["VPCZoneIdentifier"] == ref("SubnetIds")


def check_times_of_origins(templates):
    """Longer than the service takes for a head (15 s, image-origin.response-timeout), so that its own 504 is seen."""
    for origin in origins(templates):
        for kind in ("CustomOriginConfig", "VpcOriginConfig"):
            (settings,) = branches(origin[kind])
            assert 15 < settings["OriginReadTimeout"] <= 60 and settings["OriginKeepaliveTimeout"] <= 60, origin["Id"]


def check_addresses(templates):
    records = templates["edge"]["Resources"]["Addresses"]["Properties"]["RecordSets"]
    assert [record["Type"] for record in records] == ["A", "AAAA"]
    for record in records:
        assert record["Name"] == ref("DomainName")
        assert record["AliasTarget"] == {"DNSName": {"Fn::GetAtt": ["Distribution", "DomainName"]}, "HostedZoneId": CLOUDFRONT_ZONE}


def check_keys_of_viewers(templates):
    made = templates["edge-policies"]["Resources"]
    for place in "AB":
        assert made[f"Key{place}"]["Condition"] == f"HasKey{place}"
        key = made[f"Key{place}"]["Properties"]["PublicKeyConfig"]
        assert key["EncodedKey"] == ref(f"ViewerKey{place}")
        first_line = {"Fn::Select": [1, {"Fn::Split": ["\n", ref(f"ViewerKey{place}")]}]}
        assert key["CallerReference"]["Fn::Join"][1][-2:] == [place.lower(), first_line], "a later key could be taken for this one"
    items = made["KeyGroup"]["Properties"]["KeyGroupConfig"]["Items"]
    assert items == [{"Fn::If": [f"HasKey{place}", ref(f"Key{place}"), ref("AWS::NoValue")]} for place in "AB"]


def check_what_is_passed_on(templates):
    """The cache has one entry for all pages, since CloudFront itself says who may read it; the service sees the origin of a miss."""
    policy = only(templates, "AWS::CloudFront::CachePolicy")["CachePolicyConfig"]["ParametersInCacheKeyAndForwardedToOrigin"]
    assert policy["EnableAcceptEncodingGzip"] is False and policy["EnableAcceptEncodingBrotli"] is False
    sent = request_policies(templates)["OriginRequestPolicy"]
    assert sent["QueryStringsConfig"] == {"QueryStringBehavior": "none"}
    condition, listed, _ = sent["HeadersConfig"]["Fn::If"]
    assert condition == "IsListed" and listed["HeaderBehavior"] == "whitelist"
    assert {"Origin", "Access-Control-Request-Headers", "Access-Control-Request-Method", "traceparent"} < {
        header for header in listed["Headers"] if isinstance(header, str)}
    assert {"Fn::If": ["IsVpcOrigin", "Host", ref("AWS::NoValue")]} in listed["Headers"]


def check_logs(templates):
    """Log groups are called what the role may write to, and end."""
    groups = {properties["LogGroupName"]["Fn::Sub"] for _, _, properties in resources(templates, "AWS::Logs::LogGroup")}
    own = "/image-origin/${Environment}"
    assert groups == {own, f"{own}/metrics", f"{own}/api", f"{own}/canary"}
    assert all("RetentionInDays" in properties for _, _, properties in resources(templates, "AWS::Logs::LogGroup"))
    written = re.findall(r":log-group:([^:]+):", str(templates["role"]["Resources"]))
    assert set(written) == {own, f"{own}/metrics"}


def check_events(templates):
    """From the bucket into the queue, from there to the service, and what fails to where an alarm sees it."""
    made = templates["events"]["Resources"]
    queue, dead = made["Queue"]["Properties"], made["DeadLetters"]["Properties"]
    own = "image-origin-${Environment}-events"
    assert queue["QueueName"] == {"Fn::Sub": own} and dead["QueueName"] == {"Fn::Sub": f"{own}-dead"}
    assert queue["RedrivePolicy"] == {"deadLetterTargetArn": {"Fn::GetAtt": ["DeadLetters", "Arn"]}, "maxReceiveCount": 5}
    assert queue["SqsManagedSseEnabled"] is True and dead["SqsManagedSseEnabled"] is True
    assert queue["MessageRetentionPeriod"] == dead["MessageRetentionPeriod"] == 14 * 24 * 3600, "a region may be away for days"
    assert queue["VisibilityTimeout"] >= 30 and "FifoQueue" not in queue, "S3 writes to no queue that keeps an order"
    rule = made["Rule"]
    assert rule["Condition"] == "IsEventBridge" and rule["Properties"]["Targets"] == [{"Id": "queue", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}}]
    pattern = rule["Properties"]["EventPattern"]
    assert pattern["source"] == ["aws.s3"] and pattern["detail-type"] == ["Object Created", "Object Deleted"]
    assert pattern["detail"] == {"bucket": {"name": [ref("BucketName")]}} and rule["Properties"]["State"] == "ENABLED"
    settings = {properties["Name"]["Fn::Sub"].split("IMAGE_ORIGIN_EVENTS_")[-1]: properties["Value"]
                for _, _, properties in resources({"settings": templates["settings"]}, "AWS::SSM::Parameter")}
    assert settings["QUEUE_URL"] == ref("EventsQueueUrl") and settings["REGION"] == ref("AWS::Region")
    assert settings["PEERS_0_QUEUE_URL"] == ref("PeerQueueUrl")
    assert settings["PEERS_0_REGION"] == {"Fn::Select": [1, {"Fn::Split": [".", ref("PeerQueueUrl")]}]}
    queues = re.findall(r"arn:[^']*:sqs:[^']*", str(templates["role"]["Resources"]))
    account = "${AWS::AccountId}"
    assert queues == [f"arn:${{AWS::Partition}}:sqs:{region}:{account}:{own}" for region in ("${AWS::Region}", "${PeerRegion}")]
    endpoint = templates["network"]["Resources"]["SqsEndpoint"]
    assert endpoint["Condition"] == "HasInterfaceEndpoints" and endpoint["Properties"]["ServiceName"]["Fn::Sub"].endswith(".sqs")


def check_scaling(templates):
    wanted = {"ScaleByCpu": ("ASGAverageCPUUtilization", "TargetCpu"), "ScaleByBytesOut": ("ASGAverageNetworkOut", "TargetBytesOut")}
    for _, identity, policy in resources(templates, "AWS::AutoScaling::ScalingPolicy"):
        metric, target = wanted[identity]
        assert policy["PolicyType"] == "TargetTrackingScaling" and policy["AutoScalingGroupName"] == ref("Group")
        assert policy["TargetTrackingConfiguration"] == {
            "PredefinedMetricSpecification": {"PredefinedMetricType": metric}, "TargetValue": ref(target)}
    group = only(templates, "AWS::AutoScaling::AutoScalingGroup")
    assert group["MaxSize"] == ref("MaxSize") and group["InstanceMaintenancePolicy"]["MaxHealthyPercentage"] > 100


def check_canary_asks(templates):
    made = templates["canary"]["Resources"]
    key = made["Connection"]["Properties"]["AuthParameters"]["ApiKeyAuthParameters"]
    assert key["ApiKeyName"] == "X-Origin-Verify" and made["Destination"]["Properties"]["HttpMethod"] == "HEAD"
    told = made["Image"]["Properties"]["Environment"]["Variables"]
    assert told["ADDRESS"] == {"Fn::Sub": "https://${ApiDomainName}/live${ImagePath}/"}
    assert told["TOKEN_FROM"] == {"Fn::If": ["HasToken", {"Fn::Sub": "image-origin/${Environment}/canary-token"}, ""]}
    assert (told["BUCKET"], told["KEY"], told["NAME"]) == (ref("BucketName"), ref("Key"), ref("Environment"))
