"""Stacks as an earlier ./deploy or a failure may have left them, which moto never does: the functions of stacks.sh, with an AWS CLI
that answers by a script."""

import json
import re
import subprocess

import pytest
from templates import FOLDER

# The next status of the list each time somebody looks at the stack; everything else is written down.
AWS = """#!/usr/bin/env python3
import json, pathlib, sys
here = pathlib.Path(sys.argv[0]).parent
words = " ".join(sys.argv[1:])
with (here / "calls").open("a") as calls:
    calls.write(words + "\\n")
if "describe-stacks" in words:
    left = json.loads((here / "statuses").read_text())
    if not left or not left[0]:
        (here / "statuses").write_text(json.dumps(left[1:]))
        sys.exit("An error occurred (ValidationError): Stack with id x does not exist")
    (here / "statuses").write_text(json.dumps(left[1:] or left))
    print(json.dumps({"Stacks": [{"StackStatus": left[0], "Parameters": [{"ParameterKey": "Environment", "ParameterValue": "prod"}]}]}))
elif "list-stacks" in words:
    left = json.loads((here / "statuses").read_text())
    print(json.dumps({"StackSummaries": [{"StackName": f"image-origin-prod-{name}"} for name in ("network", "certificate") if left[0]]}))
    (here / "statuses").write_text(json.dumps(left if left[0] else left[1:]))
elif "create-change-set" in words:
    print("{}")
elif "describe-change-set" in words:
    print(json.dumps({"Status": "CREATE_COMPLETE", "Changes": []}))
elif "describe-stack-resources" in words:
    print(json.dumps({"StackResources": [{"LogicalResourceId": "Certificate", "PhysicalResourceId": "arn:aws:acm:x"}]}))
elif "describe-certificate" in words:
    print(json.dumps({"Certificate": {"DomainValidationOptions": [{"ResourceRecord": {"Name": "_1.a.example.", "Value": "_2.acm."}}]}}))
elif "describe-stack-events" in words:
    print(json.dumps({"StackEvents": [{"ResourceStatus": "CREATE_FAILED", "LogicalResourceId": "Thing", "ResourceStatusReason": "no room"}]}))
"""


@pytest.fixture
def apply(tmp_path):
    (tmp_path / "aws").write_text(AWS)
    (tmp_path / "aws").chmod(0o755)

    def run(statuses, template="network", zone=""):
        (tmp_path / "statuses").write_text(json.dumps(statuses))
        script = f"""set -euo pipefail
            TEMPLATES={FOLDER} ENVIRONMENT=prod EDGE_REGION=us-east-1 POLL_SECONDS=0 DRY_RUN=no REGIONS=(eu-west-2) SIZE= SIZE_IS_TYPED=no
            IMAGE_PATH=/proxy-image ALLOWED_ORIGINS='*' PARAMETERS=() DISTRIBUTION= HOSTED_ZONE={zone} DOMAIN=a.example
            for part in aws choices stacks steps existing; do source {FOLDER}/deploy/$part.sh; done
            apply eu-west-2 {template}"""
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False, timeout=60,
                              env={"PATH": f"{tmp_path}:/usr/local/bin:/usr/bin:/bin"})
        calls = [line.split("cloudformation ")[1].split()[0] for line in (tmp_path / "calls").read_text().splitlines() if "cloudformation" in line]
        return done.returncode, done.stderr, [call for call in calls if not call.startswith(("describe", "list"))], (tmp_path / "calls").read_text()
    return run


def test_what_could_not_be_made_is_cleared_away_and_made(apply):
    status, said, calls, words = apply(["ROLLBACK_COMPLETE", "DELETE_IN_PROGRESS", "", "", "CREATE_COMPLETE"])
    assert status == 0 and "is cleared away" in said, said
    assert calls == ["delete-stack", "create-change-set", "execute-change-set"] and "--change-set-type CREATE" in words


def test_what_is_under_way_is_waited_for(apply):
    status, said, calls, words = apply(["UPDATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"])
    assert status == 0 and "from before; waiting for it" in said, said
    assert calls == ["create-change-set", "execute-change-set"] and "--change-set-type UPDATE" in words


def test_a_change_set_that_was_never_executed_is_no_stack(apply):
    status, said, calls, words = apply(["REVIEW_IN_PROGRESS", "CREATE_COMPLETE"])
    assert status == 0 and calls == ["create-change-set", "execute-change-set"] and "--change-set-type CREATE" in words, said


def test_what_only_a_person_can_mend_is_said(apply):
    status, said, calls, _ = apply(["UPDATE_ROLLBACK_FAILED"])
    assert status == 1 and "continue-update-rollback --stack-name image-origin-prod-network" in said and not calls


def test_a_failure_is_explained(apply):
    status, said, _, _ = apply(["UPDATE_COMPLETE", "UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"])
    assert status == 1 and "Thing: no room" in said and "is UPDATE_ROLLBACK_COMPLETE" in said


def test_the_cname_of_a_certificate_is_printed_while_it_waits(apply):
    new = ["", "CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS", "CREATE_COMPLETE"]
    status, said, _, _ = apply(new, "certificate")
    assert status == 0 and "to be set: _1.a.example.  CNAME  _2.acm." in said, said
    assert "to be set" not in apply(new, "certificate", zone="Z1")[1]


@pytest.mark.parametrize(("typed", "deployed", "wanted"), [
    ("", "https://a.example", {}),
    ("ISSUER=https://a.example", "", {"IssuerUri": "https://a.example", "PublicKey": "", "JwkSetUri": ""}),
    ("ISSUER=https://a.example", "https://b.example", {"IssuerUri": "https://a.example", "PublicKey": "", "JwkSetUri": ""}),
    # The set that was named beside this issuer stays.
    ("ISSUER=https://a.example", "https://a.example", {"IssuerUri": "https://a.example", "PublicKey": ""}),
    ("PUBLIC_KEY=KEY", "https://a.example", {"IssuerUri": "", "PublicKey": "base64:a2V5Cg==", "JwkSetUri": ""}),
    ("PUBLIC_KEY=KEY ISSUER=https://a.example", "", {"IssuerUri": "https://a.example", "PublicKey": "base64:a2V5Cg==", "JwkSetUri": ""}),
])
def test_what_tokens_are_verified_with_replaces_what_was_before(tmp_path, typed, deployed, wanted):
    (tmp_path / "key").write_text("key\n")
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", f"source {FOLDER}/deploy/service.sh; ISSUER= PUBLIC_KEY=; "
                           f"previous() {{ echo {deployed}; }}\n{typed.replace('KEY=KEY', f'KEY={tmp_path}/key')}\ntoken_keys eu-west-2"],
                          capture_output=True, text=True, check=True)
    assert dict(line.split("=", 1) for line in done.stdout.splitlines()) == wanted


CHOICE = """source {folder}/deploy/choices.sh
    EDGE_REGION=us-east-1 ENVIRONMENT=prod COMMAND={command} FRONT_DOOR= VIEWER_ACCESS= IMAGE_PATH= ALLOWED_ORIGINS= WITH_WAF=
    die() {{ echo "$1"; exit 1; }}
    previous() {{ printf '%s' "${{stacks[$2:$3]:-}}"; }}
    deployed() {{ previous home "$@"; }}
    status() {{ previous "$1" "$2" Environment; }}
    intention() {{ [[ $1 != access ]] || echo SignedCookies; }}
    declare -A stacks=({stacks})
    settle_access
    echo "$VIEWER_ACCESS $WITH_WAF" """


def choose(stacks, command="deploy"):
    known = " ".join(f"['{name}']='{value}'" for name, value in stacks.items())
    return subprocess.run(["bash", "-euo", "pipefail", "-c", CHOICE.format(folder=FOLDER, stacks=known, command=command)],
                          capture_output=True, text=True, check=False).stdout.strip()


def test_who_may_see_images_is_as_it_is_deployed():
    """With a distribution of others there is no stack of the edge that says it, and the first deployment meant something else."""
    assert choose({}) == "SignedCookies"
    assert choose({"settings:ViewerAccess": "Open"}) == "Open"
    assert choose({"edge:ViewerAccess": "SignedCookies", "settings:ViewerAccess": "Open"}) == "SignedCookies"


def test_a_web_acl_that_is_not_in_use_was_interrupted():
    acl = {"waf:Environment": "prod"}
    assert choose(acl) == "SignedCookies yes", "a first deployment has not come to the edge yet"
    assert choose({**acl, "edge:Environment": "prod", "edge:WebAclArn": "arn:x"}) == "SignedCookies yes"
    assert "Say which of them you mean" in choose({**acl, "edge:Environment": "prod"})
    assert choose({**acl, "edge:Environment": "prod"}, "roll-back") == "SignedCookies"


@pytest.mark.parametrize(("second", "there", "kept"), [
    ("", "", "new"), ("eu-west-2", "", "new"), ("eu-west-2", "eu-west-2", "of eu-west-2"), ("eu-west-2", "ap-southeast-2 eu-west-2", "")])
def test_a_home_that_is_new_signs_with_the_key_that_is_published(second, there, kept):
    script = f"""source {FOLDER}/deploy/rotations.sh
        ENVIRONMENT=prod
        home() {{ echo ap-southeast-2; }}; second() {{ echo {second}; }}; alive() {{ :; }}; say() {{ :; }}; new_viewer_key() {{ echo new; }}
        secret() {{ [[ ' {there} ' != *" $1 "* ]] || echo "of $1"; }}
        keep() {{ [[ $1 == ap-southeast-2 ]] && cat; }}
        make_viewer_key"""
    assert subprocess.run(["bash", "-euo", "pipefail", "-c", script], capture_output=True, text=True, check=True).stdout.strip() == kept


def test_no_function_is_defined_twice():
    """All parts share one shell, and the last definition would win."""
    names = [name for path in [FOLDER.parent / "deploy", *(FOLDER / "deploy").glob("*.sh")]
             for name in re.findall(r"^(\w+)\(\)", path.read_text(), re.MULTILINE)]
    assert sorted(names) == sorted(set(names))
