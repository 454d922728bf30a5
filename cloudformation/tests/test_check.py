"""./deploy check: what it finds before anything costs money, and that a deployment heeds it."""

import json
import re
import subprocess

import pytest
from conftest import HOME, SECOND

NEW = ["--environment", "unmade", "--region", HOME, "--domain", "images.example.com"]


@pytest.fixture(scope="module")
def zones(cloud):
    """Hosted zones of the domain and of another one."""
    route53 = cloud.client("route53")
    made = [route53.create_hosted_zone(Name=name, CallerReference=name)["HostedZone"]["Id"].rsplit("/", 1)[1]
            for name in ("example.com", "example.org", "taken.example.com")]
    route53.change_resource_record_sets(HostedZoneId=made[2], ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": {
        "Name": "images.taken.example.com", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}}]})
    return made


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    folder = tmp_path_factory.mktemp("key")
    subprocess.run(["openssl", "genrsa", "-out", folder / "private.pem", "2048"], check=True, capture_output=True)
    subprocess.run(["openssl", "rsa", "-in", folder / "private.pem", "-pubout", "-out", folder / "public.pem"], check=True, capture_output=True)
    return folder


@pytest.fixture
def answering(cloud, tmp_path):
    """A PATH on which the AWS CLI answers some operations as it is told, and all others as moto does."""
    def path(**answers):
        cases = "".join(f"*' {operation.replace('_', '-')} '*) printf '%s' '{json.dumps(answer)}'; exit 0 ;;\n" for operation, answer in answers.items())
        stub = tmp_path / "aws"
        stub.write_text(f'#!/bin/bash\ncase " $* " in\n{cases}esac\nexec {cloud.folder}/bin/aws "$@"\n')
        stub.chmod(0o755)
        return f"{tmp_path}:{cloud.environment['PATH']}"
    return path


def failures(said):
    return {line.split()[1].rstrip(":"): line for line in said.splitlines() if line.startswith("failed ")}


def test_a_new_environment_with_all_it_needs(cloud, image, zones):
    calls = len(cloud.calls())
    status, said = cloud.deploy("check", *NEW, "--hosted-zone", zones[0], "--issuer", cloud.issuer)
    assert status == 0 and not failures(said), said
    assert f"keys: 1 at {cloud.issuer}/keys" in said and f"image: {image} in {HOME}" in said
    assert f"zone: {zones[0]} is the zone of example.com" in said and "bucket: image-origin-unmade" in said
    assert re.search(rf"{HOME}: .*network.*service", said) and "time:       30 to 55 minutes" in said
    changes = [call for call in cloud.calls()[calls:] if re.match("create|put|execute|delete|update|start", call["operation"])]
    assert not changes, changes


@pytest.mark.parametrize(("arguments", "dollars"), [
    ([], 952), (["--size", "small"], 94), (["--size", "large"], 2464), (["--parameter", "cache:NodeType=cache.t4g.small"], 436)])
def test_the_price_is_that_of_the_model(cloud, image, arguments, dollars):
    said = cloud.deploy("check", *NEW, "--issuer", cloud.issuer, *arguments)[1]
    assert f"about ${dollars} a month" in said, said


def test_what_is_missing_is_said_before_it_costs(cloud, image, zones):
    """No image and no issuer in a third region, and the wrong zone: in one run, and a deployment makes nothing."""
    new = ["--environment", "unmade", "--region", "eu-west-1", "--domain", "images.example.com", "--hosted-zone", zones[1]]
    status, said = cloud.deploy("check", *new)
    assert status == 1 and set(failures(said)) == {"zone", "keys", "image"} and said.splitlines()[-1] == "3 failed", said
    assert "Run packer build first" in failures(said)["image"] and "give --issuer or --public-key" in failures(said)["keys"]
    assert "is the zone of example.org, and images.example.com is not below that" in failures(said)["zone"]
    status, said = cloud.deploy(*new)
    assert status == 1 and "nothing was changed" in said.splitlines()[-1] and set(failures(said)) == {"zone", "keys", "image"}
    assert cloud.stacks("eu-west-1", "unmade") == set() and cloud.stacks("us-east-1", "unmade") == set()
    assert not [each for each in cloud.client("secretsmanager", "us-east-1").list_secrets()["SecretList"] if "unmade" in each["Name"]]


@pytest.mark.parametrize(("arguments", "check", "complaint"), [
    (["--issuer", "https://localhost:9"], "keys", "does not say where its keys are"),
    (["--issuer", "ISSUER/"], "keys", "calls itself https://localhost"),
    (["--parameter", "settings:JwkSetUri=ISSUER/none"], "keys", "there are none at"),
    (["--public-key", "private.pem"], "keys", "is no public RSA key"),
    (["--bucket", "nobodys"], "bucket", "nobodys in eu-west-2 is not there, or not ours"),
    (["--hosted-zone", "TAKEN", "--domain", "images.taken.example.com"], "zone", "has an address in"),
])
def test_other_mistakes(cloud, image, zones, key, arguments, check, complaint):
    given = [each.replace("ISSUER", cloud.issuer).replace("TAKEN", zones[2]).replace("private.pem", str(key / "private.pem")) for each in arguments]
    if check != "keys":
        given += ["--issuer", cloud.issuer]
    status, said = cloud.deploy("check", *NEW, *given)
    assert status == 1 and complaint in failures(said).get(check, ""), said


def test_a_key_of_our_own(cloud, image, key):
    assert "is an RSA key of 2048 bits" in cloud.must("check", *NEW, "--public-key", str(key / "public.pem"))


def test_a_check_can_be_left_out(cloud, image):
    said = cloud.must("check", *NEW, "--without-check", "keys")
    assert "skipped  keys: by --without-check" in said


def test_rights_and_quotas(cloud, image, answering):
    path = answering(simulate_principal_policy={"EvaluationResults": [
        {"EvalActionName": "elasticache:CreateUser", "EvalDecision": "implicitDeny"}, {"EvalActionName": "a:b", "EvalDecision": "allowed"}]},
        get_service_quota={"Quota": {"Value": 2.0}}, describe_availability_zones={"AvailabilityZones": [1, 2]})
    status, said = cloud.deploy("check", *NEW, "--issuer", cloud.issuer, PATH=path)
    assert status == 1 and set(failures(said)) == {"rights", "zones", "quotas"}, said
    assert "lacks elasticache:CreateUser;" in failures(said)["rights"] and "network:ZoneCount=2" in failures(said)["zones"]
    assert re.search("failed   quotas: Elastic IP addresses in eu-west-2: [0-9]+ used, 3 wanted, 2 allowed", said), said
    assert re.search("failed   quotas: vCPUs in eu-west-2: [0-9]+ used, 6 wanted, 2 allowed", said), said


def test_what_an_earlier_environment_left(cloud, image):
    cloud.client("s3", "us-east-1").create_bucket(Bucket="image-origin-unmade-logs-123456789012")
    status, said = cloud.deploy("check", *NEW, "--issuer", cloud.issuer)
    assert status == 1 and "--with-logs deletes it" in failures(said)["leftovers"]
    cloud.client("s3", "us-east-1").delete_bucket(Bucket="image-origin-unmade-logs-123456789012")


@pytest.mark.parametrize("may_list", [False, True])
def test_a_bucket_of_another_account_is_let_be(cloud, image, tmp_path, may_list):
    """Its owner lets the instances read it, and the deployer list it at the most."""
    refusals = {"head-bucket": "403) when calling the HeadBucket operation: Forbidden", "get-bucket-location": "AccessDenied",
                "get-bucket-notification-configuration": "AccessDenied", "put-bucket-notification-configuration": "AccessDenied"}
    cases = "".join(f"*' {operation} --bucket theirs'*) echo 'An error occurred ({why})' >&2; exit 254 ;;\n"
                    for operation, why in refusals.items() if not may_list or operation != "head-bucket")
    (tmp_path / "aws").write_text(f'#!/bin/bash\ncase " $* " in\n{cases}*" head-bucket --bucket theirs"*) echo {{}} ;;\n*) exec {cloud.folder}/bin/aws "$@" ;;\nesac\n')
    (tmp_path / "aws").chmod(0o755)
    path = f"{tmp_path}:{cloud.environment['PATH']}"
    new = ["--environment", "theirs", "--region", HOME, "--domain", "images.example.com", "--bucket", "theirs", "--issuer", cloud.issuer]
    if not may_list:
        assert "theirs in eu-west-2 is not there, or not ours" in cloud.deploy("check", *new, PATH=path)[1]
    new += ["--parameter", "events:BucketAccount=444455556666"]
    status, said = cloud.deploy("check", *new, PATH=path)
    assert status == 0 and "skipped  bucket: theirs is of account 444455556666" in said, said
    cloud.must(*new, "--only", "bucket", PATH=path)
    if not may_list:
        return
    cloud.must(*new, "--only", "events", PATH=path)
    assert cloud.parameters("events", HOME, "theirs")["Source"] == "Owner"
    cloud.must("destroy", "--environment", "theirs", "--region", HOME, "--domain", "images.example.com", "--yes", "theirs", PATH=path)
    assert not cloud.stacks(HOME, "theirs")


def test_a_single_step_needs_no_image(cloud):
    """Packer may need the network before there is an image."""
    cloud.must("--environment", "single", "--region", SECOND, "--domain", "images.example.com", "--only", "network")
    assert cloud.stacks(SECOND, "single") == {"network", "security-groups"}
