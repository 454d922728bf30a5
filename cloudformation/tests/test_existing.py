"""./deploy with a distribution that is somebody else's: nothing is made or changed at it, and what is printed is what edge.yaml has."""

import json
import re

import pytest
from conftest import EDGE, HOME, SECOND
from templates import everything

NAME = "existing"
ENVIRONMENT = ["--environment", NAME]
TYPED = ["--region", HOME, "--region", SECOND, "--domain", "app.example.com", "--distribution", "E9EXAMPLE"]


@pytest.fixture(scope="module")
def sent(cloud, tmp_path_factory):
    """A PATH with an AWS CLI that knows the distribution; sent(value) makes it send that."""
    folder = tmp_path_factory.mktemp("sent")
    config = folder / "config"

    def send(value):
        origins = [{"Id": "application"}, {"Id": "home", "CustomHeaders": {"Items": [{"HeaderName": "x-origin-verify", "HeaderValue": value}]}}]
        config.write_text(json.dumps({"DistributionConfig": {"Origins": {"Items": origins}}}))
        return {"PATH": f"{folder}:{cloud.environment['PATH']}"}
    found = json.dumps({"Distribution": {"Status": "Deployed", "DistributionConfig": {"Aliases": {"Items": ["app.example.com"]}}}})
    (folder / "aws").write_text(f"""#!/bin/bash
case " $* " in
*' get-distribution-config '*) cat {config} ;;
*' get-distribution '*) printf '%s' '{found}' ;;
*) exec {cloud.folder}/bin/aws "$@" ;;
esac
""")
    (folder / "aws").chmod(0o755)
    return send


@pytest.fixture(scope="module")
def existing(cloud, image, sent):
    return cloud.must(*ENVIRONMENT, *TYPED, "--issuer", cloud.issuer, **sent("anything"))


def test_everything_but_a_distribution_is_made(cloud, existing):
    assert cloud.stacks(EDGE, NAME) == {"edge-policies", "edge-function", "dashboard"}
    assert existing.splitlines()[-2] == "Nothing was changed in distribution E9EXAMPLE. What it has to get, if it has not: ./deploy behaviours"
    for region in (HOME, SECOND):
        assert cloud.parameters("settings", region, NAME)["DistributionId"] == cloud.parameters("role", region, NAME)["DistributionId"] == "E9EXAMPLE"
        assert cloud.parameters("settings", region, NAME)["DomainName"] == "app.example.com"
    assert cloud.secret(f"image-origin/{NAME}/viewer-key")["key_id"]


def rendered(node, values, conditions):
    """A part of a template as CloudFormation makes it."""
    if isinstance(node, list):
        return [made for each in node if (made := rendered(each, values, conditions)) is not None]
    if not isinstance(node, dict):
        return node
    if "Ref" in node:
        return values.get(node["Ref"]) if node["Ref"] != "AWS::NoValue" else None
    if "Fn::If" in node:
        condition, one, other = node["Fn::If"]
        return rendered(one if conditions[condition] else other, values, conditions)
    if "Fn::Sub" in node:
        return re.sub(r"\$\{(\w+)\}", lambda found: values[found[1]], node["Fn::Sub"])
    return {key: made for key, value in node.items() if (made := rendered(value, values, conditions)) is not None}


def test_what_is_printed_is_what_the_template_has(cloud, existing):
    said = json.loads("{" + cloud.must("behaviours", *ENVIRONMENT).split("{", 1)[1])
    policies = cloud.outputs("edge-policies", EDGE, NAME)
    values = {**policies, "ImagePath": "/proxy-image", "HomeRegion": HOME, "SecondRegion": SECOND, "Environment": NAME, "EdgeSecretVersion": "",
              "HomeOriginDomainName": cloud.outputs("api", HOME, NAME)["DomainName"],
              "SecondOriginDomainName": cloud.outputs("api", SECOND, NAME)["DomainName"],
              "FunctionArn": cloud.outputs("edge-function", EDGE, NAME)["FunctionArn"]}
    conditions = {**dict.fromkeys(("IsApiGateway", "IsSigned", "HasSecond", "HasSecondSession", "HasFunction"), True), "HasApplication": False}
    template = everything()["edge"]["Resources"]["Distribution"]["Properties"]["DistributionConfig"]
    for key in ("CacheTagConfig", "Origins", "OriginGroups", "CacheBehaviors", "CustomErrorResponses"):
        wanted = rendered(template[key], values, conditions)
        if key == "Origins":
            for origin in wanted:
                assert "resolve:secretsmanager" in origin["OriginCustomHeaders"][0]["HeaderValue"]
                origin["OriginCustomHeaders"][0]["HeaderValue"] = f"(current of the secret image-origin/{NAME}/edge in us-east-1)"
        assert said.pop(key) == wanted, key
    assert not said


def test_a_rotation_waits_for_the_owner(cloud, existing, sent):
    name = f"image-origin/{NAME}/edge"
    before = cloud.secret(name, EDGE)
    status, said = cloud.deploy("rotate-edge-secret", *ENVIRONMENT, **sent(before["current"]))
    assert status == 1 and "distribution E9EXAMPLE does not send the new value yet" in said, said
    after = cloud.secret(name, EDGE)
    assert after["current"] == before["next"] and cloud.secret(name) == before, "an origin has forgotten what the edge still says"
    status, said = cloud.deploy(*ENVIRONMENT, **sent(before["current"]))
    assert status == 1 and "does not send the new value yet" in said, said
    assert cloud.secret(name) == before
    said = cloud.must("rotate-edge-secret", *ENVIRONMENT, **sent(after["current"]))
    assert cloud.secret(name) == cloud.secret(name, EDGE) == after
    assert not [value for value in (*before.values(), *after.values()) if value in said], "a secret was said aloud"


def test_the_viewers_key_needs_nobody_else(cloud, existing, sent):
    before = cloud.secret(f"image-origin/{NAME}/viewer-key")
    cloud.must("rotate-viewer-key", *ENVIRONMENT, **sent("anything"))
    assert cloud.secret(f"image-origin/{NAME}/viewer-key") != before


@pytest.mark.parametrize(("arguments", "complaint"), [
    (["--distribution", "E8EXAMPLE"], "deployed with E9EXAMPLE, not with E8EXAMPLE"),
    (["--distribution", "images.example.com"], "the id of a CloudFront distribution, such as E123EXAMPLE"),
    (["--waf"], "the web ACL of E9EXAMPLE is its owner's"),
])
def test_another_one_is_refused(cloud, existing, arguments, complaint):
    status, said = cloud.deploy(*ENVIRONMENT, *arguments)
    assert status == 1 and complaint in said.splitlines()[-1], said


def test_check_looks_at_it(cloud, existing, sent):
    assert "ok       distribution: E9EXAMPLE serves app.example.com" in cloud.deploy("check", *ENVIRONMENT, **sent("x"))[1]
    status, said = cloud.deploy("check", "--environment", "unmade", "--region", HOME, "--domain", "b.example.com", "--distribution", "E9EXAMPLE",
                                "--issuer", cloud.issuer, **sent("x"))
    assert status == 1 and "failed   distribution: b.example.com is none of the aliases of E9EXAMPLE" in said
