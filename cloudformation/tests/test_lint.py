"""cfn-lint for every region that templates are deployed in; and what it has to refuse, so that it is known to look."""

import json
import pathlib
import subprocess
import sys

import pytest
from templates import FOLDER, NAMES, text

REGIONS = ["ap-southeast-2", "eu-west-2", "us-east-1"]
# A change to a template, and the rule that must see it.
REFUSED = {
    "a mode of transfer that is not there": ("api", "ResponseTransferMode: STREAM", "ResponseTransferMode: STREAMED", "E3030"),
    "Valkey without TLS": ("cache", "      TransitEncryptionEnabled: true\n", "", "E3704"),
    "a property that is not there": ("edge", "CacheTagConfig: {HeaderName: cache-tag}", "CacheTagConfig: {Name: cache-tag}", "E3002"),
    "a region without a shield": ("edge", "OriginShieldRegion: !Ref HomeRegion", "OriginShieldRegion: [mars]", "E3012"),
    "a reference to nothing": ("service", "!Ref ProfileArn", "!Ref Profile", "E1020"),
    "a parameter of no use": ("waf", "Limit: !Ref RequestsPerFiveMinutes", "Limit: 1000", "W2001"),
    "two resources that need each other": (
        "security-groups", "GroupDescription: image-origin, instances", "GroupDescription: !Ref ServiceFromBalancer", "E3004"),
    "a way out that is not there": ("network", "VpcEndpointType: Gateway", "VpcEndpointType: Door", "E3030"),
    "a broken policy": ("role", "Effect: Allow\n                Action: s3:GetObject", "Effect: Permit\n                Action: s3:GetObject", "E3510"),
}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What cfn-lint says of each file, those that are spoiled included. Once, because most of its time is its start."""
    folder = tmp_path_factory.mktemp("spoiled")
    for what, (name, old, new, _) in REFUSED.items():
        assert old in text(name), f"{what}: there is nothing to spoil any more"
        (folder / f"{what}.yaml").write_text(text(name).replace(old, new))
    paths = [*(FOLDER / f"{name}.yaml" for name in NAMES), *sorted(folder.iterdir())]
    command = [pathlib.Path(sys.executable).with_name("cfn-lint"), "--format", "json", "--regions", *REGIONS, "--template", *paths]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    return json.loads(done.stdout or "[]")


def test_templates_are_fine_in_every_region(found):
    ours = [each for each in found if pathlib.Path(each["Filename"]).parent == FOLDER]
    assert [f"{each['Filename']}:{each['Location']['Start']['LineNumber']} {each['Message']}" for each in ours] == []


@pytest.mark.parametrize("what", REFUSED)
def test_refuses(found, what):
    assert REFUSED[what][3] in {each["Rule"]["Id"] for each in found if pathlib.Path(each["Filename"]).stem == what}
