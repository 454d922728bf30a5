"""./deploy may be killed at any time and is then repeated. Here it is killed after every single call that changes something.

A call that only looks leaves nothing behind, so being killed after it is being killed after the change before it.
"""

import base64
import json

import pytest
from conftest import EDGE, HOME, SECOND
from cryptography.hazmat.primitives import serialization as form
from templates import FOLDER

NAME = "killed"
ENVIRONMENT = ["--environment", NAME]
STEPS = "secrets certificate bucket events network cache balancer api edge service alarms".split()


def repeat_until_done(cloud, *arguments, between=lambda: None, ended=lambda: False, limit=80):
    """How often it was killed after its first change until nothing was left to do. At first just before it, which is with a change
    set that is made and not executed."""
    cloud.deploy_until_killed(*arguments, *ENVIRONMENT, after=-1)
    between()
    for kills in range(limit):
        status, said = cloud.deploy_until_killed(*arguments, *ENVIRONMENT)
        if status is not None:
            assert status == 0, said
            return kills
        between()
        # Killed after the very last change: a further command would begin something new.
        if ended():
            return kills + 1
    raise AssertionError(f"still changing something after {limit} runs")


@pytest.fixture(scope="module")
def built(cloud, image):
    """A first deployment, every step of it killed after every change; then once more, which has nothing left to do."""
    typed = ["--region", HOME, "--domain", "killed.example.com", "--issuer", cloud.issuer]
    kills = {}
    # The size is said once, in the run that was killed first.
    status, _ = cloud.deploy_until_killed(*typed, "--size", "small", *ENVIRONMENT)
    assert status is None
    for step in STEPS:
        kills[step] = repeat_until_done(cloud, *typed, "--only", step)
    calls = len(cloud.calls())
    cloud.must(*ENVIRONMENT)
    changed = [call for call in cloud.calls()[calls:] if call["operation"].startswith(("execute", "put", "start", "create-dep"))]
    assert not changed, changed
    return cloud, kills


def test_every_step_of_a_first_deployment(built):
    cloud, kills = built
    print(kills)
    # One change for each of the stacks at least, and each one was the last of a run.
    assert sum(kills.values()) >= len(cloud.stacks(HOME, NAME)) + len(cloud.stacks(EDGE, NAME))
    assert cloud.outputs("edge", EDGE, NAME) and cloud.running_version(HOME, NAME) == 1
    found = cloud.client("ssm", EDGE).get_parameter(Name=f"/image-origin/deployments/{NAME}/rollouts")["Parameter"]["Value"]
    assert json.loads(found) == {"good": [{HOME: 1}], "back": {}}


def test_the_size_is_that_of_the_first_run(built):
    cloud, _ = built
    for name, value in json.loads((FOLDER / "sizes.json").read_text())["small"]["parameters"].items():
        template, parameter = name.split(":")
        assert cloud.parameters(template, HOME, NAME)[parameter] == value, name
    assert not [each for each in cloud.client("ec2").describe_nat_gateways()["NatGateways"]
                if each["VpcId"] == cloud.outputs("network", HOME, NAME)["VpcId"]]


def unfinished(cloud, name, region):
    stages = cloud.client("secretsmanager", region).describe_secret(SecretId=name)["VersionIdsToStages"]
    return [version for version, labels in stages.items() if "unfinished" in labels]


def known_version(cloud):
    """Of the secret, that instances take."""
    ec2, version = cloud.client("ec2"), cloud.running_version(HOME, NAME)
    data = ec2.describe_launch_template_versions(LaunchTemplateId=cloud.outputs("service", HOME, NAME)["LaunchTemplateId"],
                                                 Versions=[str(version)])["LaunchTemplateVersions"][0]["LaunchTemplateData"]
    lines = base64.b64decode(data["UserData"]).decode().splitlines()
    return next(lines[i + 2].split()[1] for i in range(len(lines)) if lines[i].endswith("/secret-version"))


def known(cloud):
    """(what CloudFront says, what the API lets through, what instances take)"""
    said = cloud.secret(f"image-origin/{NAME}/edge", EDGE, VersionId=cloud.parameters("edge", EDGE, NAME)["EdgeSecretVersion"])
    let_through = cloud.secret(f"image-origin/{NAME}/edge", VersionId=cloud.parameters("api", HOME, NAME)["EdgeSecretVersion"])
    taken = cloud.secret(f"image-origin/{NAME}", VersionId=known_version(cloud))["IMAGE_ORIGIN_ACCESS_EDGE_SECRETS"].split(",")
    return said["current"], (let_through["current"], let_through["next"]), taken


def test_rotation_of_the_edge_secret_never_cuts_a_miss(built):
    cloud, _ = built
    before = cloud.secret(f"image-origin/{NAME}/edge", EDGE)

    def nobody_is_refused():
        said, let_through, taken = known(cloud)
        assert said in let_through and said in taken
    nobody_is_refused()
    kills = repeat_until_done(cloud, "rotate-edge-secret", between=nobody_is_refused,
                              ended=lambda: not unfinished(cloud, f"image-origin/{NAME}/edge", EDGE))
    nobody_is_refused()
    after = cloud.secret(f"image-origin/{NAME}/edge", EDGE)
    assert kills >= 8 and after["current"] == before["next"], "the repeated command has begun another rotation"
    assert "a rollout is under way; waiting for it" in (cloud.folder / "transcript").read_text()
    assert known(cloud)[0] == after["current"] and set(known(cloud)[2]) == {after["current"], after["next"]}


def test_a_deployment_finishes_an_interrupted_rotation_first(built):
    cloud, _ = built
    before = cloud.secret(f"image-origin/{NAME}/edge", EDGE)
    status, _ = cloud.deploy_until_killed("rotate-edge-secret", *ENVIRONMENT)
    assert status is None and known(cloud)[0] == before["current"]
    status, said = cloud.deploy(*ENVIRONMENT, "--only", "secrets")
    assert status == 1 and "first: ./deploy rotate-edge-secret" in said
    said = cloud.must(*ENVIRONMENT)
    assert "it is finished first" in said and said.index(f"{EDGE}  edge: other values only") < said.index(f"{HOME}  api:")
    assert known(cloud)[0] == before["next"]


def test_rotation_of_the_viewers_key_never_names_a_key_that_cloudfront_lacks(built):
    cloud, _ = built
    name = f"image-origin/{NAME}/viewer-key"
    before = cloud.secret(name)
    seen = []

    def both_or_neither():
        value = cloud.secret(name)
        seen.append(value == before)
        published = {cloud.parameters("edge-policies", EDGE, NAME)[f"ViewerKey{place}"].strip() for place in "AB"}
        assert public(value["private_key"]) in published and value["key_id"]
        signing = cloud.secret(f"image-origin/{NAME}", VersionId=known_version(cloud))["IMAGE_ORIGIN_SESSION_KEYS_0_PRIVATE_KEY_LOCATION"]
        assert public(base64.b64decode(signing.removeprefix("base64:")).decode()) in published
    kills = repeat_until_done(cloud, "rotate-viewer-key", between=both_or_neither,
                              ended=lambda: not unfinished(cloud, name, HOME))
    both_or_neither()
    # The old one served until the new one was whole, and the repeated command has made no third one.
    assert kills >= 4 and seen[0] and not seen[-1] and seen == sorted(seen, reverse=True)
    assert len({cloud.parameters("edge-policies", EDGE, NAME)[f"ViewerKey{place}"] for place in "AB"} - {""}) == 2
    signs = {public(value["private_key"]) for value in (before, cloud.secret(name))}
    assert len(signs) == 2
    # And retired: what instances sign with is there whenever it is killed.
    assert repeat_until_done(cloud, "retire-viewer-key", between=both_or_neither) >= 3
    assert {cloud.parameters("edge-policies", EDGE, NAME)[f"ViewerKey{place}"] for place in "AB"} > {""}


def public(private_key):
    key = form.load_pem_private_key(private_key.encode(), None).public_key()
    return key.public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo).decode().strip()


def test_taking_down_is_repeated_as_well(built):
    cloud, _ = built
    status, said = cloud.deploy("destroy", *ENVIRONMENT, "--yes", "prod")
    assert status == 1 and "nothing was changed" in said and cloud.stacks(HOME, NAME)
    bucket = f"image-origin-{NAME}-123456789012-{HOME}"
    assert cloud.client("s3").get_bucket_notification_configuration(Bucket=bucket)["QueueConfigurations"]
    cloud.client("s3").put_object(Bucket=bucket, Key="projects/1/a.png", Body=b"bytes")
    # A rotation that nobody finishes any more
    assert cloud.deploy_until_killed("rotate-edge-secret", *ENVIRONMENT)[0] is None
    assert unfinished(cloud, f"image-origin/{NAME}/edge", EDGE)
    assert repeat_until_done(cloud, "destroy", "--yes", NAME) >= len(cloud.stacks(HOME, NAME))
    assert not cloud.stacks(HOME, NAME) and not cloud.stacks(EDGE, NAME)
    assert "QueueConfigurations" not in cloud.client("s3").get_bucket_notification_configuration(Bucket=bucket)
    assert cloud.client("s3").get_object(Bucket=bucket, Key="projects/1/a.png")["Body"].read() == b"bytes"
    for region in (HOME, EDGE):
        names = cloud.client("secretsmanager", region).list_secrets()["SecretList"]
        assert not [each["Name"] for each in names if f"image-origin/{NAME}" in each["Name"]]
    # And the names of its secrets can be taken again. The bucket with its images comes into a stack, with a new role if it replicates.
    again = ["--region", HOME, "--region", SECOND, "--domain", "killed.example.com"]
    cloud.must(*ENVIRONMENT, *again, "--only", "secrets")
    assert set(cloud.secret(f"image-origin/{NAME}/edge", EDGE)) == {"current", "next"}
    assert repeat_until_done(cloud, *again, "--only", "bucket") >= 3
    assert cloud.parameters("bucket", HOME, NAME)["ReplicaBucketName"] == bucket.replace(HOME, SECOND)
    assert set(cloud.resources("bucket", HOME, NAME)) >= {"Bucket", "ReplicationRole"}
    assert cloud.client("s3").get_object(Bucket=bucket, Key="projects/1/a.png")["Body"].read() == b"bytes"
    cloud.must("destroy", *ENVIRONMENT, *again, "--yes", NAME, "--with-images", "--with-logs")
    assert not [each for each in cloud.client("s3").list_buckets()["Buckets"] if f"-{NAME}-" in each["Name"]]
    assert "There is no environment killed" in cloud.must("destroy", *ENVIRONMENT)
