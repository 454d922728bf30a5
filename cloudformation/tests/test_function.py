"""The CloudFront function: the same in file and template, small enough, and right in a JavaScript engine."""

import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest
from templates import FOLDER, everything, resources

# Which origin is asked first through each regional edge cache, with Sydney at home and London second.
NEARER = {
    "ap-northeast-1": "home", "ap-northeast-2": "home", "ap-southeast-1": "home", "ap-southeast-2": "home",
    "ap-south-1": "second", "eu-central-1": "second", "eu-west-1": "second", "eu-west-2": "second", "me-central-1": "second",
    "sa-east-1": "second", "us-east-1": "second", "us-east-2": "second", "us-west-1": "second", "us-west-2": "second",
}


@pytest.fixture(scope="module")
def function():
    ((_, _, properties),) = resources(everything(), "AWS::CloudFront::Function")
    return properties


def test_is_the_same_in_file_and_template(function):
    assert function["FunctionCode"]["Fn::Sub"] == (FOLDER / "edge-function.js").read_text()


def test_only_regions_and_path_are_put_in(function):
    assert set(re.findall(r"\$\{(.*?)\}", function["FunctionCode"]["Fn::Sub"])) == {"HomeRegion", "SecondRegion", "ImagePath"}


def test_is_under_its_limit_and_of_the_right_runtime(function):
    assert len(function["FunctionCode"]["Fn::Sub"].encode()) < 10 * 1024
    assert function["FunctionConfig"]["Runtime"] == "cloudfront-js-2.0" and function["AutoPublish"] is True


def test_knows_every_regional_edge_cache():
    known = re.findall(r"^  '([a-z0-9-]+)': \[", (FOLDER / "edge-function.js").read_text(), re.MULTILINE)
    assert sorted(known) == sorted(NEARER)


@pytest.mark.skipif(not shutil.which("node"), reason="node is not here and cannot be installed")
def test_chooses_in_a_javascript_engine(tmp_path, function):
    (tmp_path / "function.js").write_text(function["FunctionCode"]["Fn::Sub"])
    tests = pathlib.Path(__file__).with_name("function.test.mjs")
    done = subprocess.run(["node", "--test", "--test-reporter=spec", tests], capture_output=True, text=True, check=False,
                          env={**os.environ, "FUNCTION": str(tmp_path / "function.js"), "NEARER": json.dumps(NEARER)})
    assert done.returncode == 0, done.stdout[-4000:]
    assert re.search(r"pass 41\b", done.stdout), done.stdout[-1000:]
