"""Instances, their number and how they are replaced."""

from checks.edge import origins
from templates import only, resources


def attributes(pairs):
    return {pair["Key"]: pair["Value"] for pair in pairs}


def check_drain(templates):
    targets = only(templates, "AWS::ElasticLoadBalancingV2::TargetGroup")
    drain = int(attributes(targets["TargetGroupAttributes"])["deregistration_delay.timeout_seconds"])
    streams = [properties["Integration"]["TimeoutInMillis"] / 1000
               for _, _, properties in resources(templates, "AWS::ApiGateway::Method")]
    streams += [origin["ResponseCompletionTimeout"] for origin in origins(templates)]
    assert len(streams) == 7 and drain > max(streams), f"{drain} s of draining, streams of up to {max(streams)} s"


def check_health(templates):
    targets = only(templates, "AWS::ElasticLoadBalancingV2::TargetGroup")
    assert (targets["Port"], targets["HealthCheckPort"]) == (8080, "8081")
    assert targets["HealthCheckPath"] == "/actuator/health/readiness" and targets["Matcher"] == {"HttpCode": "200"}
    for _, identity, rule in resources(templates, "AWS::ElasticLoadBalancingV2::ListenerRule"):
        stage = "/live" if "Transforms" in rule else ""
        patterns = [pattern["Fn::Sub"] for pattern in rule["Conditions"][0]["PathPatternConfig"]["Values"]]
        assert patterns == [stage + "${ImagePath}/*", stage + "${ImagePath}-session"], f"{identity}: not images and sessions"
    listener = only(templates, "AWS::ElasticLoadBalancingV2::Listener")
    assert listener["DefaultActions"][0]["FixedResponseConfig"]["StatusCode"] == "404"


def check_instances(templates):
    data = only(templates, "AWS::EC2::LaunchTemplate")["LaunchTemplateData"]
    assert data["MetadataOptions"]["HttpTokens"] == "required" and data["MetadataOptions"]["HttpPutResponseHopLimit"] == 1
    assert "KeyName" not in data and data["SecurityGroupIds"] == [{"Ref": "ServiceSecurityGroupId"}]
    group = only(templates, "AWS::AutoScaling::AutoScalingGroup")
    launch = group["MixedInstancesPolicy"]["LaunchTemplate"]
    assert launch["LaunchTemplateSpecification"]["Version"] == {"Ref": "LaunchTemplateVersion"}, "refreshes could not roll back"
    assert "UpdatePolicy" not in templates["service"]["Resources"]["Group"], "CloudFormation and the refresh would both roll"
    small, usual = ({override["InstanceType"]["Fn::Sub"] for override in overrides}
                    for overrides in launch["Overrides"]["Fn::If"][1:])
    assert launch["Overrides"]["Fn::If"][0] == "IsBurstable" and small == {"t4g.${InstanceSize}"}
    assert usual == {"c8g.${InstanceSize}", "c7g.${InstanceSize}", "m8g.${InstanceSize}", "m7g.${InstanceSize}"}
    assert templates["service"]["Parameters"]["InstanceFamilies"]["Default"] == "Graviton"
    assert group["HealthCheckType"] == "ELB"
    assert templates["service"]["Parameters"]["ImageId"]["Type"] == "AWS::EC2::Image::Id"
    assert len(list(resources(templates, "AWS::AutoScaling::ScalingPolicy"))) == 2


def check_capacity(templates):
    """As many as must be there are on demand, two by default, and none goes before its successor is healthy."""
    group, parameters = only(templates, "AWS::AutoScaling::AutoScalingGroup"), templates["service"]["Parameters"]
    assert group["MinSize"] == {"Ref": "MinSize"} and parameters["MinSize"]["Default"] >= 2
    spread = group["MixedInstancesPolicy"]["InstancesDistribution"]
    assert spread["OnDemandBaseCapacity"] == {"Ref": "MinSize"}, "all of them could be taken away within two minutes"
    assert spread["OnDemandPercentageAboveBaseCapacity"] == {"Ref": "OnDemandPercentage"}
    assert parameters["OnDemandPercentage"]["Default"] == 100
    assert group["InstanceMaintenancePolicy"]["MinHealthyPercentage"] == 100
