"""cloudformation/deployer-policy.json allows what the scripts call, and what CloudFormation needs for the templates."""

import fnmatch
import json
import re
import subprocess

import pytest
from templates import FOLDER, everything

POLICY = json.loads((FOLDER / "deployer-policy.json").read_text())["Statement"]
# Names of the command line that IAM spells otherwise.
SERVICES = {"elbv2": "elasticloadbalancing", "s3api": "s3", "service-quotas": "servicequotas"}
ACTIONS = {
    "s3api head-bucket": ["s3:ListBucket"], "s3api list-object-versions": ["s3:ListBucketVersions"],
    "s3api delete-objects": ["s3:DeleteObject", "s3:DeleteObjectVersion"],
    "s3api list-objects-v2": ["s3:ListBucket"],
    "s3api get-bucket-notification-configuration": ["s3:GetBucketNotification"],
    "s3api put-bucket-notification-configuration": ["s3:PutBucketNotification"],
    "apigateway get-stage": ["apigateway:GET"], "apigateway get-deployment": ["apigateway:GET"],
    "apigateway create-deployment": ["apigateway:POST"],
}
CALL = re.compile(r"\b(acm|apigateway|autoscaling|cloudformation|cloudfront|cloudwatch|ec2|elbv2|iam|route53|s3api|secretsmanager|service-quotas"
                  r"|ssm|sts) ((?:get|describe|create|delete|update|put|start|rollback|list|head|validate|execute|restore|simulate)-[a-z0-9-]+)")
# Prefixes of IAM that differ from the middle of a type's name.
PREFIXES = {"CertificateManager": "acm", "ApiGatewayV2": "apigateway", "ElasticLoadBalancingV2": "elasticloadbalancing", "WAFv2": "wafv2"}


def calls():
    texts = [path.read_text() for path in [FOLDER.parent / "deploy", *sorted((FOLDER / "deploy").glob("*.sh"))]]
    return sorted({match.groups() for text in texts for match in CALL.finditer(text)})


def actions(service, operation):
    spelled = "".join(part.capitalize() for part in operation.split("-"))
    return ACTIONS.get(f"{service} {operation}", [f"{SERVICES.get(service, service)}:{spelled}"])


def allowed(action, conditional=False, policy=POLICY):
    return [each for each in policy if (conditional or "Condition" not in each)
            and any(fnmatch.fnmatchcase(action, pattern) for pattern in each["Action"])]


def test_calls_are_found():
    found = calls()
    assert len(found) > 40 and ("apigateway", "create-deployment") in found and ("s3api", "delete-objects") in found


@pytest.mark.parametrize("call", calls(), ids=" ".join)
def test_what_the_scripts_call_is_allowed(call):
    for action in actions(*call):
        assert allowed(action), f"{action} is missing in deployer-policy.json"


def test_a_missing_right_is_noticed():
    less = [{**each, "Action": [action for action in each["Action"] if action != "apigateway:POST"]} for each in POLICY]
    assert not allowed("apigateway:POST", policy=less)


def test_nothing_is_allowed_that_nobody_calls():
    called = {action for call in calls() for action in actions(*call)}
    # What AWS asks for beside the call that is made, and what CloudFormation does in the deployer's name.
    beside = {"cloudformation:TagResource", "ec2:CreateTags", "ec2:RunInstances", "ssm:GetParameters", "ssm:AddTagsToResource",
              "ssm:RemoveTagsFromResource", "ssm:StartSession", "secretsmanager:UpdateSecret"}
    stated = {action for each in POLICY if "Condition" not in each for action in each["Action"]}
    assert stated - called - beside == set()


def test_every_service_of_the_templates_is_allowed_to_cloudformation():
    for template in everything().values():
        for resource in template["Resources"].values():
            if resource["Type"].startswith("AWS::IAM::"):
                continue
            middle = resource["Type"].split("::")[1]
            assert allowed(f"{PREFIXES.get(middle, middle.lower())}:CreateThing", conditional=True) or middle == "SSM", resource["Type"]


# EventBridge keeps what a connection sends in a secret of its own, in the deployer's name.
CONNECTION = [f"secretsmanager:{action}" for action in ("CreateSecret", "DeleteSecret", "GetSecretValue", "PutSecretValue", "UpdateSecret")]
CLOUDFORMATION = {"aws:CalledVia": ["cloudformation.amazonaws.com"]}


def check_connections(policy):
    assert any(resource["Type"] == "AWS::Events::Connection" for template in everything().values() for resource in template["Resources"].values())
    secret = "arn:aws:secretsmanager:eu-west-2:ACCOUNT:secret:events!connection/x/1"
    for action in CONNECTION:
        assert any(fnmatch.fnmatchcase(secret, arn) for each in allowed(action, policy=policy) for arn in each["Resource"]), action
    (linked,) = [each for each in policy if "iam:CreateServiceLinkedRole" in each["Action"]]
    assert "apidestinations.events.amazonaws.com" in linked["Condition"]["StringEquals"]["iam:AWSServiceName"]


def check_roles(policy):
    """The deployer itself makes no role and changes none; those of the templates go to their services only."""
    principals, managed = set(), set()
    for template in everything().values():
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::IAM::Role":
                principals |= {each["Principal"]["Service"] for each in resource["Properties"]["AssumeRolePolicyDocument"]["Statement"]}
                managed |= {arn["Fn::Sub"].replace("${AWS::Partition}", "aws") for arn in resource["Properties"].get("ManagedPolicyArns", [])}
    for each in policy:
        condition = each.get("Condition", {})
        for action in each["Action"]:
            if action == "iam:PassRole":
                assert condition == {"StringEquals": {"iam:PassedToService": sorted(principals)}}
            elif action in ("iam:AttachRolePolicy", "iam:DetachRolePolicy"):
                assert condition == {"ArnEquals": {"iam:PolicyARN": sorted(managed)}, "ForAnyValue:StringEquals": CLOUDFORMATION}
            elif action.startswith("iam:") and not re.match("iam:(Get|List|Simulate|CreateServiceLinkedRole)", action):
                assert condition == {"ForAnyValue:StringEquals": CLOUDFORMATION}, action


def test_connections_and_roles():
    check_connections(POLICY)
    check_roles(POLICY)


@pytest.mark.parametrize(("check", "sid", "change"), [
    (check_connections, "SecretsOfConnections", {"Action": []}),
    (check_connections, "SecretsOfConnections", {"Resource": ["arn:aws:secretsmanager:*:ACCOUNT:secret:image-origin/*"]}),
    (check_connections, "ServiceLinkedRoles", {"Condition": {"StringEquals": {"iam:AWSServiceName": ["autoscaling.amazonaws.com"]}}}),
    (check_roles, "Roles", {"Condition": {}}),
    (check_roles, "RolesOfServices", {"Condition": {}}),
    (check_roles, "RolesOfServices", {"Condition": {"StringEquals": {"iam:PassedToService": ["codebuild.amazonaws.com"]}}}),
    (check_roles, "PolicyOfApiGateway", {"Condition": {"ForAnyValue:StringEquals": CLOUDFORMATION}}),
    (check_roles, "Looks", {"Action": ["iam:CreateRole"]}),
])
def test_a_wider_or_narrower_policy_is_noticed(check, sid, change):
    spoilt = [{**each, **(change if each["Sid"] == sid else {})} for each in POLICY]
    assert spoilt != POLICY
    with pytest.raises(AssertionError):
        check(spoilt)


def test_rights_are_asked_for_under_their_conditions():
    """./deploy check has IAM simulate every statement, as CloudFormation or as who is passed a role."""
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", f"TEMPLATES={FOLDER} ACCOUNT=111122223333; source {FOLDER}/deploy/checks.sh; "
                           "deployer_statements"], capture_output=True, text=True, check=True)
    asked = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(asked) == len(POLICY) and not [each for each in asked if any("*" in action for action in each["Action"])]
    assert "ACCOUNT" not in done.stdout
    (made,) = [each for each in asked if "iam:CreateRole" in each["Action"]]
    assert made["context"] == ["ContextKeyName=aws:CalledVia,ContextKeyValues=cloudformation.amazonaws.com,ContextKeyType=stringList"]
    (passed,) = [each for each in asked if each["Action"] == ["iam:PassRole"]]
    assert passed["context"] == ["ContextKeyName=iam:PassedToService,ContextKeyValues=apigateway.amazonaws.com,ContextKeyType=string"]
    assert [each["context"] for each in asked if "sts:GetCallerIdentity" in each["Action"]] == [[]]


def test_rights_that_check_asks_for_are_those_of_the_policy():
    text = (FOLDER / "deploy/checks.sh").read_text()
    asked = re.search(r"MADE_BY_CLOUDFORMATION='([^']*)'", text)[1].split()
    services = {action.split(":")[0] for each in POLICY if each["Sid"] == "WhatCloudFormationMakes" for action in each["Action"]}
    assert {action.split(":")[0] for action in asked} == services and all(allowed(action, conditional=True) for action in asked)


def test_whatever_may_touch_all_resources_only_looks_or_is_cloudformation():
    for each in POLICY:
        if each["Resource"] == ["*"]:
            looks = all(re.match(r"[a-z0-9]+:(Describe|Get|List|Validate)", action) for action in each["Action"])
            assert looks or each["Condition"]["ForAnyValue:StringEquals"] == {"aws:CalledVia": ["cloudformation.amazonaws.com"]}, each["Sid"]


def test_it_fits_into_a_managed_policy():
    assert len(re.sub(r"\s", "", (FOLDER / "deployer-policy.json").read_text())) < 6144
