"""docs/from-nothing.md: its commands are run where a stand-in for AWS can, and otherwise are at least commands that exist."""

import base64
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import boto3
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from templates import FOLDER, NAMES, everything

PAGE = (FOLDER.parent / "docs/from-nothing.md").read_text()
REGIONS = ("ap-southeast-2", "eu-west-2")


def section(title):
    """What is below a heading, up to the next of its level or above."""
    level = title.split()[0]
    rest = PAGE.split(f"\n{title}\n")[1]
    return re.split(rf"\n#{{1,{len(level)}}} ", rest)[0]


def blocks(text):
    """Code blocks, also those of list items."""
    found, lines = [], []
    for line in [*text.splitlines(), "."]:
        if line.startswith("    "):
            lines.append(line)
        elif line.strip() or not lines:
            if lines:
                found.append("\n".join(dedent(lines)).strip("\n"))
            lines = []
        elif lines:
            lines.append("")
    return found


def dedent(lines):
    margin = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    return [line[margin:] for line in lines]


def commands(program):
    """Every command line of a program on the page, continued lines joined."""
    text = "\n".join(blocks(PAGE)).replace("\\\n", " ") + "\n" + "\n".join(re.findall(r"`([^`\n]+)`", PAGE))
    return [line.strip() for line in text.splitlines() if line.strip().startswith(program)]


def run(script, directory, *, path=None, **environment):
    return subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=directory, text=True, capture_output=True, check=False,
                          env={**os.environ, "PATH": path or os.environ["PATH"], **environment})


def test_options_of_deploy_exist():
    usage = subprocess.run([FOLDER.parent / "deploy", "--help"], capture_output=True, text=True, check=True).stdout
    usage += subprocess.run([FOLDER.parent / "deploy", "smoke", "--help"], capture_output=True, text=True, check=True).stdout
    known = set(re.findall(r"--[a-z][a-z-]+", usage))
    said = commands("./deploy")
    assert len(said) >= 10
    for line in said:
        assert set(re.findall(r"--[a-z][a-z-]+", line)) <= known, line
        verb = line.split()[1] if len(line.split()) > 1 else ""
        assert verb.startswith(("-", "…")) or f"./deploy {verb}" in usage or line == "./deploy", line


def test_parameters_of_templates_exist():
    templates = everything()
    said = re.findall(rf"\b({'|'.join(NAMES)}):([A-Z][A-Za-z]+)", PAGE)
    assert len(said) >= 6
    for name, parameter in said:
        assert parameter in templates[name]["Parameters"], f"{name}:{parameter}"


def test_outputs_of_stacks_exist():
    templates = everything()
    for line in commands("aws cloudformation describe-stacks"):
        name = re.search(r"--stack-name image-origin-prod-([a-z-]+)", line)[1]
        for output in re.findall(r"OutputKey=='(\w+)'", line):
            assert output in templates[name]["Outputs"], line


def test_variables_of_packer_exist():
    known = re.findall(r'^variable "(\w+)"', (FOLDER.parent / "packer/variables.pkr.hcl").read_text(), re.MULTILINE)
    said = re.findall(r"-var '?(\w+)=", PAGE)
    assert len(said) >= 3 and set(said) <= set(known)


def test_headings_that_are_linked_exist():
    anchors = {re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^#+ (.*)$", PAGE, re.MULTILINE)}
    assert set(re.findall(r"\]\(#([a-z0-9-]+)\)", PAGE)) <= anchors


@pytest.fixture(scope="module")
def aws(cloud):
    return {**cloud.environment, "AWS_DEFAULT_REGION": REGIONS[0]}


# The CLI itself, which compares commands with what AWS says of its API without asking anybody.
REAL = f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"


def client(aws, service, region):
    return boto3.client(service, region_name=region, endpoint_url=aws["AWS_ENDPOINT_URL"], aws_access_key_id="test",
                        aws_secret_access_key="test")


def replica_commands():
    return blocks(section("### With a replica in London").split("\n#### ")[0])


def test_the_recipe_for_a_replica_makes_one(aws, tmp_path):
    source = client(aws, "s3", REGIONS[0])
    source.create_bucket(Bucket="doxle-annotations", CreateBucketConfiguration={"LocationConstraint": REGIONS[0]})
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    done = run("\n".join(replica_commands()), tmp_path, path=aws["PATH"], **{k: v for k, v in aws.items() if k != "PATH"})
    assert done.returncode == 0, done.stderr
    replica = client(aws, "s3", REGIONS[1])
    assert source.get_bucket_versioning(Bucket="doxle-annotations")["Status"] == "Enabled"
    assert replica.get_bucket_versioning(Bucket="doxle-annotations-london")["Status"] == "Enabled"
    assert all(replica.get_public_access_block(Bucket="doxle-annotations-london")["PublicAccessBlockConfiguration"].values())
    replication = source.get_bucket_replication(Bucket="doxle-annotations")["ReplicationConfiguration"]
    (rule,) = replication["Rules"]
    assert rule["Status"] == "Enabled" and rule["ID"] == "everything"
    assert rule["Destination"]["Bucket"] == "arn:aws:s3:::doxle-annotations-london"
    iam = client(aws, "iam", REGIONS[0])
    assert iam.get_role(RoleName=replication["Role"].split("/")[-1])["Role"]["Arn"] == replication["Role"]
    document = iam.get_role_policy(RoleName="doxle-annotations-replication", PolicyName="replicate")["PolicyDocument"]
    assert {action for statement in document["Statement"] for action in statement["Action"]} >= {
        "s3:GetObjectVersionForReplication", "s3:ReplicateObject", "s3:ReplicateDelete", "s3:InitiateReplication"}


def test_the_rule_is_that_of_the_template():
    """So that the alarms, which ask for the rule by name, see both."""
    (written,) = [block for block in replica_commands() if "rule.json" in block]
    rule = json.loads(written.split("<< EOF\n")[1].split("\nEOF")[0])["Rules"][0]
    ((_, replication, _),) = [everything()["bucket"]["Resources"]["Bucket"]["Properties"]["ReplicationConfiguration"]["Fn::If"]]
    (ours,) = replication["Rules"]
    assert {**rule, "Destination": {**rule["Destination"], "Bucket": 0}, "ID": 0} == {
        **{key: value for key, value in ours.items() if key != "Id"}, "Destination": {**ours["Destination"], "Bucket": 0}, "ID": 0}
    assert rule["ID"] == ours["Id"]


def test_the_job_for_old_images_is_one_that_aws_takes(tmp_path):
    """moto knows no jobs; the CLI itself compares the command with what AWS says of its API."""
    create, _ = blocks(section("#### The old images"))
    script = "SOURCE_REGION=ap-southeast-2 ACCOUNT=123456789012 SOURCE=doxle-annotations\n" + create
    done = run(script + " --generate-cli-skeleton output", tmp_path, path=REAL, AWS_CONFIG_FILE="/dev/null", AWS_PAGER="")
    assert done.returncode == 0 and "JobId" in done.stdout, done.stderr
    done = run(script.replace("EligibleForReplication", "Eligible") + " --generate-cli-skeleton output", tmp_path, path=REAL,
               AWS_CONFIG_FILE="/dev/null", AWS_PAGER="")
    assert done.returncode != 0, "the CLI does not look at the command"


def test_the_token_is_signed_by_the_key(tmp_path):
    make, sign = blocks(section("### A token"))
    done = run(f"{make}\n{sign}\nprintf %s \"$IMAGE_ORIGIN_TOKEN\"", tmp_path)
    assert done.returncode == 0, done.stderr
    head, body, signature = done.stdout.split(".")

    def decoded(part):
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))

    assert json.loads(decoded(head)) == {"alg": "RS256", "typ": "JWT"} and json.loads(decoded(body))["exp"] > 0
    public = serialization.load_pem_public_key((tmp_path / "issuer.pub").read_bytes())
    public.verify(decoded(signature), f"{head}.{body}".encode(), padding.PKCS1v15(), hashes.SHA256())


def test_a_token_becomes_cookies_and_those_a_picture(tmp_path):
    (tmp_path / "picture.png").write_bytes(b"picture")
    (tmp_path / "curl").write_text('#!/bin/sh\nprintf "%s\\n" "$@" >> asked\ncp picture.png picture-of-the-cdn.png\n')
    (tmp_path / "curl").chmod(0o755)
    done = run(blocks(section("### 6. The picture: seconds"))[1], tmp_path, path=f"{tmp_path}:{os.environ['PATH']}", IMAGE_ORIGIN_TOKEN="a.b.c")
    assert done.returncode == 0, done.stderr
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked.count("Authorization: Bearer a.b.c") == 1, "a picture needs cookies only"
    assert asked[asked.index("--cookie-jar") + 1] == asked[asked.index("--cookie") + 1] == "cookies"
    path = everything()["balancer"]["Parameters"]["ImagePath"]["Default"]
    addresses = [line.removeprefix("https://images.example.com") for line in asked if line.startswith("https://")]
    assert addresses == [f"{path}-session?project=1", f"{path}/projects/1/picture.png"]


def test_policies_on_the_page_are_json():
    (policy,) = [block for block in blocks(section("#### A bucket of another account")) if block.startswith("{")]
    actions = {statement["Action"] for statement in json.loads(policy)["Statement"]}
    assert actions == {"s3:GetObject", "s3:ListBucket"}
    for line in blocks(section("#### Buckets with KMS keys"))[0].splitlines():
        json.loads("{" + line + "}")


def test_recipes_for_machine_images_are_what_aws_takes(tmp_path):
    page = (FOLDER.parent / "docs/operations.md").read_text().split("## Machine images")[1].split("\n## ")[0]
    found = blocks(page)
    (policy,) = [block for block in found if block.startswith("{")]
    for statement in json.loads(f"[{policy}]"):
        assert statement["Principal"]["AWS"].endswith("AWSServiceRoleForAutoScaling")
    said = [block for block in found if block.startswith("aws ")]
    assert len(said) == 2
    for command in said:
        done = run(command.replace("…", "0123456789abcdef0") + " --generate-cli-skeleton output", tmp_path, path=REAL,
                   AWS_CONFIG_FILE="/dev/null", AWS_PAGER="")
        assert done.returncode == 0, done.stderr
    options = [option for block in found if block.startswith("packer/build") for option in re.findall(r"-var '?(\w+)=", block)]
    known = re.findall(r'^variable "(\w+)"', (FOLDER.parent / "packer/variables.pkr.hcl").read_text(), re.MULTILINE)
    assert len(options) >= 3 and set(options) <= set(known)


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="shellcheck is not here")
def test_commands_are_clean_shell(tmp_path):
    (tmp_path / "page.sh").write_text("#!/usr/bin/env bash\n" + "\n".join(replica_commands()) + "\n")
    # Names of buckets and regions have no blanks.
    done = subprocess.run(["shellcheck", "--exclude", "SC2086", tmp_path / "page.sh"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
