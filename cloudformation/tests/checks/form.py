"""How a template is written."""

import re

from templates import text, walk

# What these parameters have to be is known only when the deployment is there; ./deploy passes them on.
WITHOUT_DEFAULT = {
    "ImageId", "Settings", "ApiDomainName", "BalancerArn", "BalancerFullName", "BalancerSecurityGroupId", "BucketName", "CachePolicyId",
    "CacheSecurityGroupId", "CertificateArn", "DeadLettersName", "DistributionId", "EdgeSecretVersion", "GroupName", "HomeBalancerArn",
    "HomeBalancerFullName", "HomeGroupName", "HomeOriginDomainName", "HomeTargetGroupFullName", "ImageId", "LinkSecurityGroupId",
    "OriginRequestPolicyId", "ProfileArn", "QueueName", "ResponseHeadersPolicyId", "SecretVersion", "ServiceSecurityGroupId", "Settings", "SubnetIds", "TargetGroupArn",
    "TargetGroupFullName", "TopicArn", "VpcId",
}


def check_parameters(templates):
    for name, template in templates.items():
        grouped = [parameter for group in template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
                   for parameter in group["Parameters"]]
        assert sorted(grouped) == sorted(template["Parameters"]), f"{name}: parameters and their groups differ"
        for parameter, slot in template["Parameters"].items():
            where = f"{name}: {parameter}"
            assert len(slot["Description"]) > 15, f"{where} is not described"
            assert "Default" in slot or parameter in WITHOUT_DEFAULT, f"{where} has no default"
            assert "NoEcho" not in slot, f"{where}: secrets come from Secrets Manager"
            if slot["Type"] == "Number":
                assert "MinValue" in slot or "AllowedValues" in slot, f"{where} has no bounds"
            if "AllowedPattern" in slot:
                assert "ConstraintDescription" in slot, f"{where} does not say what is allowed"
                if "Default" in slot:
                    assert re.fullmatch(slot["AllowedPattern"], str(slot["Default"])), f"{where}: its default is refused"


def check_no_exports(templates):
    for name, template in templates.items():
        for path, _ in walk(template):
            assert not path or path[-1] not in ("Export", "Fn::ImportValue"), f"{name}: {path}"
        for output, slot in template["Outputs"].items():
            assert slot["Description"], f"{name}: {output} is not described"


def check_sizes(templates):
    for name in templates:
        # A distribution is one resource, and cannot be cut.
        assert len(text(name).splitlines()) <= (360 if name == "edge" else 300), f"{name}.yaml is too long to be read"
        assert len(text(name).encode()) <= 51200, f"{name}.yaml is too large for CloudFormation"
