"""What IAM and other policies allow. statements.json lists every statement; whoever changes one has to change it there, too:

    python cloudformation/tests/test_structure.py --write-statements
"""

import json
import pathlib
import re

from templates import listed, resources, statements

LIST = pathlib.Path(__file__).parents[1] / "statements.json"
# No resource can be named for these.
WITHOUT_RESOURCES = {
    "ssm:UpdateInstanceInformation", "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
}
THIS_ACCOUNT = {"Ref": "AWS::AccountId"}
# Services that are let in without a word about the account: AWS sends none, or only the account's own resources can call.
TRUSTED = {"ec2.amazonaws.com", "events.amazonaws.com", "apigateway.amazonaws.com", "s3.amazonaws.com",
           "lambda.amazonaws.com"}


def listing(templates):
    found = {}
    for name, path, statement in statements(templates):
        found.setdefault(name, []).append({"of": path[0], **statement})
    for name, identity, role in resources(templates, "AWS::IAM::Role"):
        for key in ("ManagedPolicyArns", "PermissionsBoundary"):
            if key in role:
                found.setdefault(name, []).append({"of": identity, key: role[key]})
    return found


def write():
    from templates import everything
    LIST.write_text(json.dumps(listing(everything()), indent=1, sort_keys=True) + "\n")


def check_statements(templates):
    wanted, found = json.loads(LIST.read_text()), listing(templates)
    for name in sorted(set(wanted) | set(found)):
        assert found.get(name) == wanted.get(name), f"{name}: not the statements of {LIST.name}"


def is_of_aws(statement):
    """Reads of what AWS itself has put there for everybody."""
    buckets = "(al2023-repos|amazon-ssm|amazon-ssm-packages|aws-ssm|patch-baseline-snapshot)-[$][{]AWS::Region[}](-de612dc2)?/[*]"
    return statement["Action"] == "s3:GetObject" and all(
        re.fullmatch(r"arn:[$][{]AWS::Partition[}]:s3:::" + buckets, arn) for arn in texts(statement["Resource"]))


def check_principals(templates):
    for name, path, statement in statements(templates):
        where = f"{name}: {path[0]}"
        assert "NotPrincipal" not in statement, where
        if statement["Effect"] == "Deny" or "Principal" not in statement:
            continue
        principal, condition = statement["Principal"], statement.get("Condition", {})
        if name == "events" and principal == {"Service": "s3.amazonaws.com"}:
            assert condition["ArnEquals"] == {"aws:SourceArn": {"Fn::Sub": "arn:${AWS::Partition}:s3:::${BucketName}"}}, where
            account = {"Fn::If": ["HasBucketAccount", {"Ref": "BucketAccount"}, THIS_ACCOUNT]}
            assert condition["StringEquals"] == {"aws:SourceAccount": account}, where
            continue
        accounts = [values.get("aws:SourceAccount", values.get("aws:PrincipalAccount"))
                    for test, values in condition.items() if test == "StringEquals"]
        if principal == "*":
            assert path[0] == "S3Endpoint" and (accounts == [THIS_ACCOUNT] or is_of_aws(statement)), f"{where} lets everybody in"
        else:
            assert list(principal) == ["Service"] and isinstance(principal["Service"], str), f"{where} lets {principal} in"
            assert accounts == [THIS_ACCOUNT] or principal["Service"] in TRUSTED, f"{where}: {principal} of any account"


def check_bucket_policies(templates):
    """A bucket's policy refuses; only the log's lets AWS's delivery write."""
    for name, _, policy in resources(templates, "AWS::S3::BucketPolicy"):
        for statement in policy["PolicyDocument"]["Statement"]:
            delivery = {"Service": "delivery.logs.amazonaws.com"}
            assert statement["Effect"] == "Deny" or (name == "logs" and statement["Principal"] == delivery), name


def check_rights(templates):
    for name, _, statement in statements(templates):
        if statement["Effect"] == "Deny":
            continue
        actions = listed(statement["Action"]) if "Action" in statement else []
        assert actions and not [action for action in actions if "*" in action], f"{name}: {actions}"
        assert "NotAction" not in statement and "NotResource" not in statement, name
        if statement.get("Resource") == "*":
            assert "Condition" in statement or set(actions) <= WITHOUT_RESOURCES, f"{name}: {actions} on everything"
    managed = [arn for _, _, role in resources(templates, "AWS::IAM::Role") for arn in role.get("ManagedPolicyArns", [])]
    assert [arn["Fn::Sub"].split("/")[-1] for arn in managed] == ["AmazonAPIGatewayPushToCloudWatchLogs"]


def texts(resource):
    """What is written of resources, whatever functions put it together."""
    found = []
    for each in listed(resource):
        if isinstance(each, str):
            found.append(each)
        elif "Fn::If" in each:
            found += texts([branch for branch in each["Fn::If"][1:] if branch != {"Ref": "AWS::NoValue"}])
        elif "Fn::Split" in each:
            found += texts(each["Fn::Split"][1])
        else:
            ((_, written),) = each.items()
            found.append(written if isinstance(written, str) else json.dumps(written))
    return found


def check_role(templates):
    """The instances: nothing of another environment, no other secret than their own, and no writing but of logs, metrics and
    purges for the other region."""
    for _, _, statement in statements({"role": templates["role"]}):
        for action in listed(statement["Action"]):
            named = texts(statement.get("Resource", []))
            if action.startswith("secretsmanager:"):
                assert action == "secretsmanager:GetSecretValue"
                assert all(arn.endswith(":secret:image-origin/${Environment}-??????") for arn in named), named
            if action.startswith("ssm:") and action not in WITHOUT_RESOURCES:
                raise AssertionError(f"{action}: settings come with the launch template")
            if action.startswith("sqs:"):
                assert all(arn.endswith(":image-origin-${Environment}-events") for arn in named), named
                region = "${PeerRegion}" if action == "sqs:SendMessage" else "${AWS::Region}"
                assert all(f":sqs:{region}:" in arn for arn in named), (action, named)
            if action.startswith("s3:"):
                assert action in ("s3:GetObject", "s3:ListBucket"), action
                assert all("BucketName" in arn for arn in named), named


def check_permissions(templates):
    """Who may call a function: one rule of ours, not all rules of all accounts."""
    for name, identity, permission in resources(templates, "AWS::Lambda::Permission"):
        assert permission["Action"] == "lambda:InvokeFunction" and permission["Principal"] == "events.amazonaws.com", identity
        (rule, attribute) = permission["SourceArn"]["Fn::GetAtt"]
        assert attribute == "Arn" and templates[name]["Resources"][rule]["Type"] == "AWS::Events::Rule", identity
    assert not list(resources(templates, "AWS::Lambda::Url"))
