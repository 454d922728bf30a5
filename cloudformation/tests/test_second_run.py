"""The way on: what later commands must keep, refuse and bring back. One environment, from its deployment to its end."""

import base64
import json
import subprocess

import pytest
from conftest import EDGE, HOME, SECOND

NAME = "second"
ENVIRONMENT = ["--environment", NAME]
BUCKETS = ["images-sydney", "images-london"]
REGIONS = [SECOND, HOME]
TYPED = ["--region", SECOND, "--region", HOME, "--domain", "two.example.com"]


# What others have had the buckets do: one of them something about uploads, and S3 tells nobody else of the same.
OTHERS = {
    SECOND: {"TopicConfigurations": [{"Id": "theirs", "TopicArn": f"arn:aws:sns:{SECOND}:123456789012:theirs",
                                      "Events": ["s3:ReducedRedundancyLostObject"]}]},
    HOME: {"LambdaFunctionConfigurations": [{"Id": "theirs", "LambdaFunctionArn": f"arn:aws:lambda:{HOME}:123456789012:function:theirs",
                                             "Events": ["s3:ObjectCreated:Put"]}]},
}


@pytest.fixture(scope="module")
def two(cloud, image):
    """Two regions, home is Sydney, with buckets from before and everything that can be forgotten."""
    for region, bucket in zip(REGIONS, BUCKETS):
        cloud.client("s3", region).create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})
        cloud.client("s3", region).put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=OTHERS[region])
    zone = cloud.client("route53").create_hosted_zone(Name="two.example.com", CallerReference=NAME)["HostedZone"]["Id"]
    said = cloud.must(*ENVIRONMENT, *TYPED, "--bucket", BUCKETS[0], "--bucket", BUCKETS[1], "--issuer", cloud.issuer, "--waf",
                      "--image-path", "/pictures", "--allowed-origins", "https://app.example.com", "--hosted-zone", zone)
    assert said.splitlines()[-1].startswith("Images are at https://two.example.com/pictures")
    return cloud


@pytest.fixture
def public_key(tmp_path):
    subprocess.run(["openssl", "genrsa", "-out", tmp_path / "private.pem", "2048"], check=True, capture_output=True)
    subprocess.run(["openssl", "rsa", "-in", tmp_path / "private.pem", "-pubout", "-out", tmp_path / "public.pem"], check=True, capture_output=True)
    return str(tmp_path / "public.pem")


def launch_data(cloud, region, version):
    data = cloud.client("ec2", region).describe_launch_template_versions(
        LaunchTemplateId=cloud.outputs("service", region, NAME)["LaunchTemplateId"], Versions=[str(version)])
    return data["LaunchTemplateVersions"][0]["LaunchTemplateData"]


def told(cloud, region, version=None):
    """(machine image, settings, version of the secret) that a launch template version makes instances of."""
    data = launch_data(cloud, region, version or cloud.running_version(region, NAME))
    lines = base64.b64decode(data["UserData"]).decode().splitlines()
    contents = {lines[i].rsplit("/", 1)[1]: next(line for line in lines[i:] if "content:" in line).split()[1]
                for i in range(len(lines)) if "path: " in lines[i]}
    settings = dict(line.split("=", 1) for line in base64.b64decode(contents["settings"]).decode().splitlines())
    return data["ImageId"], settings, contents["secret-version"]


def build(cloud):
    """Packer hands over another image."""
    newer = cloud.client("ec2", HOME).describe_images()["Images"][5]["ImageId"]
    for region in REGIONS:
        cloud.client("ssm", region).put_parameter(Name="/image-origin/ami/arm64", Type="String", Value=newer, Overwrite=True)
    return newer


def test_a_run_with_nothing_but_regions_and_domain_changes_nothing(two):
    before = two.everything(NAME)
    calls = len(two.calls())
    two.must(*ENVIRONMENT, *TYPED)
    assert two.everything(NAME) == before
    assert not [call for call in two.calls()[calls:] if call["operation"].startswith(("execute", "put", "start", "create-dep"))]
    for region, bucket in zip(REGIONS, BUCKETS):
        assert two.parameters("settings", region, NAME)["BucketName"] == bucket
    assert "WebAclArn" in two.parameters("edge", EDGE, NAME) and two.parameters("edge", EDGE, NAME)["WebAclArn"]


def test_templates_agree_on_what_they_share(two):
    for name, value in (("ImagePath", "/pictures"), ("AllowedOrigins", "https://app.example.com")):
        found = {stack: parameters[name] for stack, parameters in two.everything(NAME).items() if name in parameters}
        assert len(found) > 1 and set(found.values()) == {value}, found


@pytest.mark.parametrize(("arguments", "complaint"), [
    (["--domain", "tow.example.com"], "deployed with two.example.com, not with tow.example.com"),
    (["--region", HOME, "--region", SECOND], "deployed in ap-southeast-2 eu-west-2 (home first), not in eu-west-2 ap-southeast-2"),
    (["--region", SECOND], "one of them alone goes with --only"),
    (["--region", SECOND, "--region", "eu-west-1"], "deployed in ap-southeast-2 eu-west-2 (home first)"),
    (["--bucket", BUCKETS[0], "--bucket", "another"], "deployed with images-london, not with another"),
    (["--hosted-zone", "Z1"], ", not with Z1"),
    (["--image-path", "/images"], "deployed with /pictures, not with /images"),
    (["--allowed-origins", "*"], "deployed with https://app.example.com, not with *"),
    (["--front-door", "VpcOrigin"], "changing it in place would fail every miss"),
])
def test_another_value_is_refused(two, arguments, complaint):
    before = two.everything(NAME)
    status, said = two.deploy(*ENVIRONMENT, *arguments)
    assert status == 1 and complaint in said.splitlines()[-1], said
    assert two.everything(NAME) == before


def test_instances_are_told_their_settings_by_the_launch_template(two):
    for region, bucket in zip(REGIONS, BUCKETS):
        _, settings, version = told(two, region)
        assert settings["IMAGE_ORIGIN_STORE_BUCKETS_0_NAME"] == bucket and settings["IMAGE_ORIGIN_PATH"] == "/pictures"
        secret = two.secret(f"image-origin/{NAME}", region, VersionId=version)
        assert secret["IMAGE_ORIGIN_ACCESS_EDGE_SECRETS"]
        stages = two.client("secretsmanager", region).describe_secret(SecretId=f"image-origin/{NAME}")["VersionIdsToStages"]
        assert [label for label in stages[version] if label.startswith("pin-")], stages


def test_roll_back_brings_settings_and_image_back(two, public_key):
    before = {region: told(two, region) for region in REGIONS}
    # A setting that turns out wrong: a key instead of the issuer, which says no more then.
    two.must(*ENVIRONMENT, "--only", "service", "--public-key", public_key)
    assert {name: value[:7] for name, value in told(two, HOME)[1].items() if "_JWT_" in name} == {
        "SPRING_SECURITY_OAUTH2_RESOURCESERVER_JWT_PUBLIC_KEY_LOCATION": "base64:"}
    said = two.must("roll-back", *ENVIRONMENT)
    assert f"{HOME}  instances: back to version 1" in said
    assert {region: told(two, region) for region in REGIONS} == before
    status, said = two.deploy("roll-back", *ENVIRONMENT)
    assert status == 1 and "none is recorded that served before it" in said
    # The settings are still wrong, and the morning mends them. What is looked at first is what the service will use.
    status, said = two.deploy("check", *ENVIRONMENT, "--issuer", "https://localhost:9")
    assert status == 1 and "failed   keys: the issuer https://localhost:9" in said
    two.must(*ENVIRONMENT, "--only", "service", "--issuer", two.issuer)
    assert {region: told(two, region)[:2] for region in REGIONS} == {region: both[:2] for region, both in before.items()}


def test_roll_back_does_not_guess(two):
    ssm = two.client("ssm", EDGE)
    name = f"/image-origin/deployments/{NAME}/rollouts"
    recorded = ssm.get_parameter(Name=name)["Parameter"]["Value"]
    ssm.delete_parameter(Name=name)
    running = two.running_version(HOME, NAME)
    status, said = two.deploy("roll-back", *ENVIRONMENT, "--region", HOME, "--only", "service")
    assert status == 1 and "which version served before is not recorded" in said
    assert two.running_version(HOME, NAME) == running > 1
    ssm.put_parameter(Name=name, Type="String", Value=recorded)


def test_rotation_keeps_image_and_settings(two):
    """A newer image was built, and settings were rolled back: neither comes with a rotation."""
    build(two)
    two.must(*ENVIRONMENT, "--only", "service", "--parameter", "settings:ProjectClaim=wrong")
    two.must("roll-back", *ENVIRONMENT)
    before = {region: told(two, region) for region in REGIONS}
    edge = two.secret(f"image-origin/{NAME}/edge", EDGE)
    parameters = two.everything(NAME)
    said = two.must("rotate-edge-secret", *ENVIRONMENT)
    after = {region: told(two, region) for region in REGIONS}
    for region in REGIONS:
        assert after[region][:2] == before[region][:2] and after[region][2] != before[region][2]
        assert two.secret(f"image-origin/{NAME}/edge", region) == two.secret(f"image-origin/{NAME}/edge", EDGE)
    now = two.secret(f"image-origin/{NAME}/edge", EDGE)
    assert now["current"] == edge["next"] and now["next"] not in edge.values()
    # The edge first: it moves to what all origins know. They forget the old value after that.
    assert said.index(f"{EDGE}  edge:") < said.index(f"{HOME}  api:") < said.index(f"{HOME}  instances: from version")
    assert not [value for value in (*now.values(), *edge.values()) if value in said], "a secret was said aloud"
    # Nothing else is touched, the cache least of all: its password is the same.
    changed = {(stack, name) for stack, values in two.everything(NAME).items() for name, value in values.items()
               if parameters[stack].get(name) != value}
    assert {name for _, name in changed} <= {"EdgeSecretVersion", "SecretVersion", "Settings", "ImageId", "LaunchTemplateVersion"}
    assert not [stack for (region, stack), _ in changed if stack in ("cache", "settings", "role", "network")]
    two.must(*ENVIRONMENT, "--only", "service", "--parameter", "settings:ProjectClaim=")


def test_roll_back_refuses_what_the_edge_has_forgotten(two):
    """The first version knows two values, and CloudFront says a third by the second rotation."""
    for _ in range(2):
        two.must("rotate-edge-secret", *ENVIRONMENT)
    running = two.running_version(HOME, NAME)
    status, said = two.deploy("roll-back", *ENVIRONMENT, "--to", "1")
    assert status == 1 and "does not know what CloudFront says since the last rotations" in said
    assert two.running_version(HOME, NAME) == running


def test_rotation_refuses_while_origins_do_not_know_the_next_value(two):
    """Those that a roll-back left to itself is about to bring back, too."""
    before = two.secret(f"image-origin/{NAME}/edge", EDGE)
    assert two.deploy_until_killed("roll-back", *ENVIRONMENT, after=2)[0] is None
    status, said = two.deploy("rotate-edge-secret", *ENVIRONMENT)
    assert status == 1 and f"the instances in {HOME} do not know the next value of the edge secret" in said
    assert two.secret(f"image-origin/{NAME}/edge", EDGE) == before
    two.must(*ENVIRONMENT, "--only", "service")
    two.must("rotate-edge-secret", *ENVIRONMENT)


def test_promotion_and_images(two):
    newer = build(two)
    before = {region: told(two, region) for region in REGIONS}
    assert before[HOME][0] != newer, "a deployment has taken the newest image by itself"
    assert two.deploy_until_killed("promote", *ENVIRONMENT, after=2)[0] is None
    said = two.must("promote", *ENVIRONMENT)
    assert f"{HOME}  image: from {before[HOME][0]} to {newer}" in said
    assert [told(two, region)[0] for region in REGIONS] == [newer, newer]
    assert [told(two, region)[1:] for region in REGIONS] == [before[region][1:] for region in REGIONS]
    status, said = two.deploy("promote", *ENVIRONMENT, "--image", "ami-00000000", "--image", "ami-00000000")
    assert status == 1 and "image ami-00000000 is not there in eu-west-2" in said
    two.must("roll-back", *ENVIRONMENT)
    two.must(*ENVIRONMENT, "--only", "service")
    assert told(two, HOME) == before[HOME], "a roll-back has not taken the image back for good"


def test_promotion_from_another_environment(two, deployed):
    image = told(two, HOME)[0]
    before = two.parameters("service", HOME)
    newest = two.client("ssm", HOME).get_parameter(Name="/image-origin/ami/arm64")["Parameter"]["Value"]
    two.must("promote", "--image", newest)
    two.must("promote", "--from", NAME)
    after = two.parameters("service", HOME)
    assert after["ImageId"] == image != newest
    assert {name for name in after if after[name] != before.get(name)} <= {"ImageId", "LaunchTemplateVersion"}
    status, said = two.deploy("promote", *ENVIRONMENT, "--from", "prod")
    assert status == 1 and f"nothing serves in environment prod in {SECOND}" in said


def notifications(cloud, region, bucket):
    found = cloud.client("s3", region).get_bucket_notification_configuration(Bucket=bucket)
    return {key: value for key, value in found.items() if key != "ResponseMetadata"}


def test_buckets_tell_the_queues_and_whom_they_told_before(two):
    s3, sqs = two.client("s3", SECOND), two.client("sqs", SECOND)
    s3.put_object(Bucket=BUCKETS[0], Key="projects/1/a b.png", Body=b"bytes")
    got = []
    while messages := sqs.receive_message(QueueUrl=two.outputs("events", SECOND, NAME)["QueueUrl"], WaitTimeSeconds=0).get("Messages"):
        got += [record for message in messages for record in json.loads(message["Body"]).get("Records", [])]
    assert [(each["eventName"], each["s3"]["bucket"]["name"]) for each in got] == [("ObjectCreated:Put", BUCKETS[0])]
    found = notifications(two, SECOND, BUCKETS[0])
    (ours,) = found["QueueConfigurations"]
    assert ours["Id"] == f"image-origin-{NAME}" and ours["QueueArn"] == two.outputs("events", SECOND, NAME)["QueueArn"]
    assert ours["Events"] == ["s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:LifecycleExpiration:*"]
    assert found["TopicConfigurations"] == OTHERS[SECOND]["TopicConfigurations"]


def test_a_bucket_that_tells_somebody_else_of_uploads_tells_us_by_event_bridge(two):
    found = notifications(two, HOME, BUCKETS[1])
    assert found == {**OTHERS[HOME], "EventBridgeConfiguration": {}}
    assert two.parameters("events", HOME, NAME)["Source"] == "EventBridge" and "Rule" in two.resources("events", HOME, NAME)
    assert two.parameters("events", SECOND, NAME)["Source"] == "Notification" and "Rule" not in two.resources("events", SECOND, NAME)


def test_each_region_has_its_queue_and_tells_the_other_one(two):
    for region, other in ((HOME, SECOND), (SECOND, HOME)):
        _, settings, _ = told(two, region)
        assert settings["IMAGE_ORIGIN_EVENTS_QUEUE_URL"] == two.outputs("events", region, NAME)["QueueUrl"]
        assert settings["IMAGE_ORIGIN_EVENTS_PEERS_0_QUEUE_URL"] == two.outputs("events", other, NAME)["QueueUrl"]
        assert (settings["IMAGE_ORIGIN_EVENTS_REGION"], settings["IMAGE_ORIGIN_EVENTS_PEERS_0_REGION"]) == (region, other)
        assert two.parameters("role", region, NAME)["PeerRegion"] == other


def test_who_checks_viewers_is_the_edge(two):
    _, settings, version = told(two, HOME)
    assert settings["IMAGE_ORIGIN_ACCESS_MODE"] == "required" and settings["IMAGE_ORIGIN_ACCESS_EDGE_CHECKS_VIEWERS"] == "true"
    assert settings["IMAGE_ORIGIN_SESSION_PATH"] == "/pictures-session"
    assert settings["IMAGE_ORIGIN_SESSION_RESOURCE_BASE"] == "https://two.example.com"
    assert keys_of(two, HOME) == keys_of(two, SECOND) and set(keys_of(two, HOME)) == {"0_ID", "0_PRIVATE_KEY_LOCATION"}


def keys_of(cloud, region):
    """What instances of a region sign and verify with."""
    prefix = "IMAGE_ORIGIN_SESSION_KEYS_"
    secret = cloud.secret(f"image-origin/{NAME}", region, VersionId=told(cloud, region)[2])
    return {name.removeprefix(prefix): value for name, value in secret.items() if name.startswith(prefix)}


def pem(location):
    return base64.b64decode(location.removeprefix("base64:")).decode().strip()


def test_viewer_key_and_id_are_one_version_in_each_region(two):
    name = f"image-origin/{NAME}/viewer-key"
    before = two.secret(name, SECOND)
    assert before["key_id"] == two.outputs("edge-policies", EDGE, NAME)["KeyAId"] and before == two.secret(name, HOME)
    calls = len(two.calls())
    two.must("rotate-viewer-key", *ENVIRONMENT)
    after = two.secret(name, SECOND)
    assert after["private_key"] != before["private_key"] and after == two.secret(name, HOME) and after["key_id"]
    made = [f"{call['service']} {call['operation']}" for call in two.calls()[calls:]]
    current = [i for i, call in enumerate(two.calls()[calls:]) if call["operation"] == "put-secret-value"
               and "AWSCURRENT" in call["options"] and name in call["options"]]
    assert made.index("cloudformation execute-change-set") < made.index("cloudfront get-distribution") < current[0]
    assert current[-1] < made.index("autoscaling start-instance-refresh")
    # CloudFront takes both; instances sign with the new one and know the old one.
    for region in REGIONS:
        keys = keys_of(two, region)
        assert keys["0_ID"] == after["key_id"] and pem(keys["0_PRIVATE_KEY_LOCATION"]) == after["private_key"].strip()
        assert keys["1_ID"] == before["key_id"]
        assert pem(keys["1_PUBLIC_KEY_LOCATION"]) == two.parameters("edge-policies", EDGE, NAME)["ViewerKeyA"].strip()
    status, said = two.deploy("rotate-viewer-key", *ENVIRONMENT)
    assert status == 1 and "both places for keys are taken" in said
    two.must("retire-viewer-key", *ENVIRONMENT)
    assert two.parameters("edge-policies", EDGE, NAME)["ViewerKeyA"] == ""
    assert two.secret(name, HOME) == after
    assert [set(keys_of(two, region)) for region in REGIONS] == [{"0_ID", "0_PRIVATE_KEY_LOCATION"}] * 2
    # An instance of before would sign with what CloudFront has forgotten.
    running = two.running_version(HOME, NAME)
    status, said = two.deploy("roll-back", *ENVIRONMENT, "--region", HOME, "--only", "service", "--to", str(running - 2))
    assert status == 1 and "signs sessions with the key K123KeyA, which was retired" in said, said
    # One that went back by itself and signs with the old key keeps CloudFront from forgetting it.
    two.must("rotate-viewer-key", *ENVIRONMENT)
    assert two.deploy_until_killed("roll-back", *ENVIRONMENT, "--region", HOME, "--only", "service", after=2)[0] is None
    status, said = two.deploy("retire-viewer-key", *ENVIRONMENT)
    assert status == 1 and f"the instances in {HOME} do not sign with the key" in said, said
    two.must(*ENVIRONMENT, "--only", "service")
    two.must("retire-viewer-key", *ENVIRONMENT)


def test_who_was_let_past_the_edge_by_mode_optional_is_not_any_more(two):
    """Deployments of before were told to use it; the templates do not know it any more."""
    for region in REGIONS:
        two.set_parameter("settings", region, NAME, "AccessMode", "optional")
    said = two.must(*ENVIRONMENT, "--only", "service")
    assert "AccessMode was optional" in said and told(two, HOME)[1]["IMAGE_ORIGIN_ACCESS_MODE"] == "required"


def test_an_application_on_the_same_host(two):
    two.must(*ENVIRONMENT, "--only", "edge", "--application-origin", "app.internal.example.com")
    two.must(*ENVIRONMENT, "--only", "edge")
    assert two.parameters("edge", EDGE, NAME)["ApplicationOrigin"] == "app.internal.example.com"


def test_the_stage_follows_values(two):
    """API Gateway serves a snapshot; one of another domain has to be made."""
    gateway = two.client("apigateway", HOME)
    api = two.outputs("api", HOME, NAME)["ApiId"]

    def description():
        stage = gateway.get_stage(restApiId=api, stageName="live")
        return gateway.get_deployment(restApiId=api, deploymentId=stage["deploymentId"])["description"]
    before = description()
    two.must(*ENVIRONMENT, "--only", "api")
    assert description() == before
    two.must(*ENVIRONMENT, "--domain", "other.example.com", "--change-domain", "--only", "api", "--region", HOME)
    assert description() != before
    two.must(*ENVIRONMENT, "--only", "api")
    assert description() == before


def test_a_change_of_buckets_keeps_the_former_ones_readable(two):
    for region, bucket in ((HOME, "images-new"), (SECOND, "images-newer")):
        two.client("s3", region).create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})
    two.must(*ENVIRONMENT, "--bucket", "images-newer", "--bucket", "images-new", "--change-bucket", "--only", "service", "--only", "bucket",
             "--forget-former-buckets")
    # Instances that run until they are replaced, and a way back, need it all the same.
    for region in REGIONS:
        assert two.parameters("role", region, NAME)["FormerBucketNames"] == "images-london,images-sydney"
    assert told(two, HOME)[1]["IMAGE_ORIGIN_STORE_BUCKETS_0_NAME"] == "images-new"
    assert two.parameters("events", HOME, NAME)["BucketName"] == "images-london", "its step was not asked for"
    # Killed after each change: the former bucket is not left telling.
    assert [two.deploy_until_killed(*ENVIRONMENT, "--only", "events", "--region", SECOND)[0] for _ in range(2)] == [None, None]
    two.must(*ENVIRONMENT, "--only", "events")
    assert notifications(two, SECOND, BUCKETS[0]) == OTHERS[SECOND]
    assert set(notifications(two, SECOND, "images-newer")) == {"QueueConfigurations"}
    assert notifications(two, HOME, "images-london") == {**OTHERS[HOME], "EventBridgeConfiguration": {}}
    assert notifications(two, HOME, "images-new") == {"EventBridgeConfiguration": {}}
    # Not forgotten by what comes next, until that is said.
    two.must(*ENVIRONMENT, "--only", "service")
    assert two.parameters("role", HOME, NAME)["FormerBucketNames"] == "images-london,images-sydney"
    two.must(*ENVIRONMENT, "--only", "service", "--forget-former-buckets")
    assert two.parameters("role", HOME, NAME)["FormerBucketNames"] == ""


def test_web_acl_is_kept_and_taken_away(two):
    assert "waf" in two.stacks(EDGE, NAME)
    two.must(*ENVIRONMENT, "--only", "edge", "--no-waf")
    assert "waf" not in two.stacks(EDGE, NAME) and two.parameters("edge", EDGE, NAME)["WebAclArn"] == ""


def test_intention_of_a_first_deployment_is_known(two):
    found = json.loads(two.client("ssm", EDGE).get_parameter(
        Name=f"/image-origin/deployments/{NAME}/intention")["Parameter"]["Value"])
    assert found["regions"] == REGIONS and found["buckets"] == BUCKETS and found["domain"] == "two.example.com"


def test_a_new_region_is_as_the_other_one(two, deployed):
    """Above all, tokens are good for the same projects in it."""
    cloud = two
    # Killed on its way, too.
    assert cloud.deploy_until_killed("--region", HOME, "--region", SECOND, "--change-regions", after=12)[0] is None
    cloud.must("--region", HOME, "--region", SECOND, "--change-regions")
    assert cloud.stacks(SECOND) == cloud.stacks(HOME)
    differing = set()
    for name in cloud.stacks(SECOND):
        here, there = cloud.parameters(name, HOME), cloud.parameters(name, SECOND)
        differing |= {f"{name}:{key}" for key in there if there[key] != here[key]
                      and there[key].replace(SECOND, HOME) != here[key] and not key.endswith(("Id", "Ids", "Arn", "FullName", "Version", "Name"))}
    assert differing == {"network:Zones", "settings:ReplicaBucketRegion", "settings:PeerQueueUrl", "role:PeerRegion", "service:Settings"}
    settings = cloud.parameters("settings", SECOND)
    assert (settings["ProjectClaim"], settings["Audiences"], settings["IssuerUri"]) == ("projects", "images", cloud.issuer)
    assert cloud.parameters("alarms", SECOND)["Email"] == "ops@example.com"
