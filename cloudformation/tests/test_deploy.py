"""./deploy, really run against moto: a new deployment, and what it has made.

What moto cannot make is named in STAND_INS; everything else really exists there afterwards and is used.
"""

import ast
import subprocess

import pytest
from conftest import EDGE, HOME, SECOND
from moto.cloudformation.parsing import get_model_map
from templates import everything

STAND_INS = {
    "AWS::ApiGateway::Account", "AWS::ApiGateway::GatewayResponse", "AWS::ApiGateway::Stage", "AWS::ApiGatewayV2::VpcLink",
    "AWS::AutoScaling::ScalingPolicy", "AWS::CertificateManager::Certificate", "AWS::CloudFront::CachePolicy",
    "AWS::CloudFront::Distribution", "AWS::CloudFront::Function", "AWS::CloudFront::KeyGroup",
    "AWS::CloudFront::MonitoringSubscription", "AWS::CloudFront::OriginRequestPolicy", "AWS::CloudFront::PublicKey",
    "AWS::CloudFront::ResponseHeadersPolicy", "AWS::CloudFront::VpcOrigin", "AWS::CloudWatch::Alarm", "AWS::EC2::SecurityGroupEgress",
    "AWS::ElastiCache::ParameterGroup", "AWS::ElastiCache::ReplicationGroup", "AWS::ElastiCache::SubnetGroup",
    "AWS::ElastiCache::User", "AWS::ElastiCache::UserGroup", "AWS::Events::ApiDestination", "AWS::Events::Connection",
    "AWS::Logs::Delivery", "AWS::Logs::DeliveryDestination", "AWS::Logs::DeliverySource",
    "AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy", "AWS::WAFv2::WebACL", "AWS::WAFv2::WebACLAssociation",
}


def kinds():
    """(types that moto makes, types that it leaves out), of all templates."""
    used = {resource["Type"] for template in everything().values() for resource in template["Resources"].values()}
    known = {kind for kind in used if kind in get_model_map()}
    return known, used - known


def test_stand_ins_are_what_moto_does_not_know():
    assert kinds()[1] == STAND_INS


@pytest.mark.parametrize(("arguments", "complaint"), [
    ([], "a --region is missing"),
    (["--region", HOME], "the --domain is missing"),
    (["--region", HOME, "--region", HOME, "--domain", "a.example"], "the second --region is the first"),
    (["--region", "a", "--region", "b", "--region", "c", "--domain", "a.example"], "more than two regions"),
    (["--region"], "--region needs a value"),
    (["--region", HOME, "--domain", "a.example", "--only", "everything"], "no such step"),
    (["--region", HOME, "--domain", "a.example", "--parameter", "nothing:A=b"], "not of the form template:Name=Value"),
    (["--parameter", "settings:ImagePath=/a"], "this one is for --image-path"),
    (["--parameter", "service:ImageId=ami-1"], "this one is for promote"),
    (["--region", HOME, "--domain", "a.example", "--front-door", "Window"], "ApiGateway or VpcOrigin"),
    (["--region", HOME, "--domain", "a.example", "--bucket", "a", "--region", SECOND], "a --bucket is needed for each"),
    (["--size", "huge"], "small, standard or large"),
    (["--size", "small", "--region", HOME, "--region", SECOND], "--size small has one region"),
    (["roll-back", "--to", "latest"], "a version of the launch template is a number"),
    (["--public-key", "/nowhere.pem"], "no such file"),
])
def test_wrong_options_are_named(cloud, arguments, complaint):
    command = arguments[:1] if arguments[:1] == ["roll-back"] else []
    status, said = cloud.deploy(*command, "--environment", "new", *arguments[len(command):])
    assert status == 1 and complaint in said.splitlines()[-1], said


def test_missing_tools_and_credentials_are_named(cloud, tmp_path):
    for tool in ("bash", "env", "dirname", "mktemp", "rm", "aws", "openssl", "curl", "sed", "cat", "python3"):
        found = subprocess.run(["which", tool], capture_output=True, text=True, check=False, env=cloud.environment).stdout.strip()
        if found:
            (tmp_path / tool).symlink_to(found)
    status, said = cloud.deploy("--region", HOME, "--domain", "a.example", PATH=str(tmp_path))
    assert status == 1 and "jq is missing" in said
    status, said = cloud.deploy("--region", HOME, "--domain", "a.example", AWS_ENDPOINT_URL="http://127.0.0.1:9")
    assert status == 1 and "AWS cannot be reached" in said


def test_deploys_everything(cloud, deployed):
    # Without a hosted zone an address is not yet what the last line may promise.
    assert "a CNAME from images.example.com to d111111abcdef8.cloudfront.net" in deployed.splitlines()[-2]
    assert "With it, images are at https://images.example.com/proxy-image" in deployed.splitlines()[-1]
    assert cloud.stacks(HOME) == {"certificate", "bucket", "network", "security-groups", "cache", "balancer", "api", "canary",
                                  "events", "settings", "role", "service", "alarms", "service-alarms", "region-alarms"}
    assert cloud.stacks(EDGE) == {"certificate", "edge-policies", "edge", "logs", "edge-alarms", "dashboard"}


def test_bucket_keeps_images(cloud, deployed):
    """moto makes the bucket and its encryption; versions and the block of public access are asserted on the template."""
    s3, name = cloud.client("s3"), "image-origin-prod-123456789012-eu-west-2"
    s3.put_object(Bucket=name, Key="projects/1/a.png", Body=b"bytes", ContentType="image/png")
    found = s3.get_object(Bucket=name, Key="projects/1/a.png")
    assert (found["Body"].read(), found["ContentType"]) == (b"bytes", "image/png")
    assert s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]


def test_settings_are_what_the_service_reads(cloud, deployed):
    pages = cloud.client("ssm").get_paginator("get_parameters_by_path").paginate(Path="/image-origin/prod")
    found = {each["Name"].rsplit("/", 1)[1]: each["Value"] for page in pages for each in page["Parameters"]}
    assert found["IMAGE_ORIGIN_STORE_BUCKETS_0_NAME"] == "image-origin-prod-123456789012-eu-west-2"
    assert found["SPRING_SECURITY_OAUTH2_RESOURCESERVER_JWT_ISSUER_URI"] == cloud.issuer
    assert found["SPRING_DATA_REDIS_CLUSTER_NODES"] == "cache.eu-west-2.example:6379"
    assert found["SPRING_DATA_REDIS_SSL_ENABLED"] == "true" and found["IMAGE_ORIGIN_ACCESS_MODE"] == "required"
    assert "IMAGE_ORIGIN_STORE_BUCKETS_1_NAME" not in found
    assert not [name for name in found if "PASSWORD" in name or "SECRET" in name]


def test_secrets_agree(cloud, deployed):
    edge, service = cloud.secret("image-origin/prod/edge", EDGE), cloud.secret("image-origin/prod")
    assert edge == cloud.secret("image-origin/prod/edge")
    assert service["IMAGE_ORIGIN_ACCESS_EDGE_SECRETS"] == f"{edge['current']},{edge['next']}"
    assert len(service["SPRING_DATA_REDIS_PASSWORD"]) == 48 and edge["current"] != edge["next"]
    assert not [value for value in (*edge.values(), *service.values()) if value in deployed], "a secret was said aloud"


def test_role_may_do_what_it_must_and_no_more(cloud, deployed):
    iam, role = cloud.client("iam"), cloud.resources("role")["Role"]
    assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
    allowed = set()
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        # moto gives a policy that CloudFormation made as Python's text of it.
        for statement in ast.literal_eval(document)["Statement"]:
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            resources = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
            # And keeps an AWS::NoValue in a list as None.
            allowed |= {(action, resource) for action in actions for resource in resources if resource}
    bucket = "arn:aws:s3:::image-origin-prod-123456789012-eu-west-2"
    assert {pair for pair in allowed if pair[0].startswith("s3:")} == {("s3:GetObject", f"{bucket}/*"), ("s3:ListBucket", bucket)}
    assert ("cloudfront:CreateInvalidation", "arn:aws:cloudfront::123456789012:distribution/E123EXAMPLE") in allowed
    assert {action for action, resource in allowed if resource == "*"} == {
        "cloudwatch:PutMetricData", "ssm:UpdateInstanceInformation", "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel"}


def test_instances_are_of_the_image_and_behind_the_balancer(cloud, deployed, image):
    ec2, made = cloud.client("ec2"), cloud.resources("service")
    data = ec2.describe_launch_template_versions(LaunchTemplateId=made["LaunchTemplate"])["LaunchTemplateVersions"][0]
    assert data["LaunchTemplateData"]["ImageId"] == image
    assert data["LaunchTemplateData"]["MetadataOptions"]["HttpTokens"] == "required"
    (group,) = cloud.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[made["Group"]])["AutoScalingGroups"]
    assert len(group["Instances"]) == 2 and group["TargetGroupARNs"] == [cloud.resources("balancer")["Targets"]]
    (balancer,) = cloud.client("elbv2").describe_load_balancers()["LoadBalancers"]
    assert balancer["Scheme"] == "internal" and len(balancer["AvailabilityZones"]) == 3
    groups = ec2.describe_security_groups()["SecurityGroups"]
    ours = [g for g in groups if g["Description"].startswith("image-origin")]
    assert len(ours) == 4
    for rule in (rule for g in ours for rule in g["IpPermissions"]):
        assert not rule["IpRanges"] and not rule["Ipv6Ranges"] and rule["UserIdGroupPairs"]


def test_dry_run_shows_the_second_region_and_changes_nothing(cloud, deployed, options):
    before = cloud.stacks(SECOND), cloud.stacks(HOME), cloud.stacks(EDGE)
    status, said = cloud.deploy("--dry-run", "--region", HOME, "--region", SECOND, "--change-regions", *options, "--only", "network", "--only", "cache",
                                "--only", "edge")
    assert status == 0, said
    assert f"{HOME}  network: as it is" in said and f"{HOME}  cache: as it is" in said
    assert f"{SECOND}  network: 37 Add" in said and f"{SECOND}  cache: would be made; its change set needs PrivateSubnetIds" in said
    assert "edge-function: 1 Add" in said and "us-east-1  edge: would be changed; its change set needs DomainName of api" in said
    assert (cloud.stacks(SECOND), cloud.stacks(HOME), cloud.stacks(EDGE)) == before


if __name__ == "__main__":
    made, left_out = (", ".join(sorted(kind.removeprefix("AWS::") for kind in each)) for each in kinds())
    print(f"made in moto: {made}\nnot made in moto: {left_out}")
