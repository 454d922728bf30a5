"""One moto server for all tests of ./deploy, and how to run ./deploy against it."""

import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest
from templates import FOLDER

HOME = "eu-west-2"
SECOND = "ap-southeast-2"
EDGE = "us-east-1"
DEPLOY = FOLDER.parent / "deploy"
HERE = pathlib.Path(__file__).parent


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Cloud:
    """The server, and how to ask it."""

    def __init__(self, endpoint, folder, issuer):
        (folder / "bin").mkdir()
        aws = folder / "bin/aws"
        aws.write_text(f'#!/bin/sh\nexec {sys.executable} -S -E {HERE}/fast_aws_call.py {folder}/socket "$@"\n')
        aws.chmod(0o755)
        self.endpoint, self.folder, self.issuer, self.log = endpoint, folder, issuer, folder / "calls"
        self.environment = {**os.environ, "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "test", "AWS_PAGER": "",
                            "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": EDGE, "AWS_CONFIG_FILE": "/dev/null",
                            "PATH": f"{folder}/bin:{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}",
                            "IMAGE_ORIGIN_POLL_SECONDS": "0", "FAST_AWS_LOG": str(self.log),
                            "CURL_CA_BUNDLE": str(folder / "issuer.pem")}

    def client(self, service, region=HOME):
        return boto3.client(service, region_name=region, endpoint_url=self.endpoint, aws_access_key_id="test",
                            aws_secret_access_key="test")

    def deploy(self, *arguments, **environment):
        """(exit code, everything that was said)"""
        done = subprocess.run([str(DEPLOY), *arguments], env={**self.environment, **environment}, text=True, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=500)
        self.write_down(arguments, done.stdout, done.returncode)
        return done.returncode, done.stdout

    def write_down(self, arguments, said, status):
        with (self.folder / "transcript").open("a") as transcript:
            transcript.write(f"$ ./deploy {' '.join(arguments)}\n{said}[{status}]\n\n")

    def deploy_until_killed(self, *arguments, after=1):
        """The same; after so many calls that change something it is killed. None instead of its exit code then."""
        countdown = self.folder / "countdown"
        countdown.write_text(str(after))
        with tempfile.TemporaryFile("w+") as said:
            done = subprocess.run([str(DEPLOY), *arguments], env={**self.environment, "FAST_AWS_KILL": str(countdown)}, text=True,
                                  check=False, stdin=subprocess.DEVNULL, stdout=said, stderr=said, timeout=500, start_new_session=True)
            said.seek(0)
            said = said.read()
            self.write_down(arguments, said, done.returncode)
            return None if done.returncode == -signal.SIGKILL else done.returncode, said

    def must(self, *arguments, **environment):
        status, said = self.deploy(*arguments, **environment)
        assert status == 0, said
        return said

    def calls(self):
        return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []

    def stack(self, name, region=HOME, environment="prod"):
        return self.client("cloudformation", region).describe_stacks(StackName=f"image-origin-{environment}-{name}")["Stacks"][0]

    def parameters(self, name, region=HOME, environment="prod"):
        return {each["ParameterKey"]: each["ParameterValue"] for each in self.stack(name, region, environment)["Parameters"]}

    def set_parameter(self, name, region, environment, key, value):
        """Behind the back of ./deploy, whether the template takes it or not."""
        client, stack = self.client("cloudformation", region), f"image-origin-{environment}-{name}"
        client.create_change_set(StackName=stack, ChangeSetName="behind", ChangeSetType="UPDATE", TemplateBody=(FOLDER / f"{name}.yaml").read_text(),
                                 Parameters=[{"ParameterKey": each, "UsePreviousValue": True}
                                             for each in self.parameters(name, region, environment) if each != key]
                                 + [{"ParameterKey": key, "ParameterValue": value}], Capabilities=["CAPABILITY_IAM"])
        client.execute_change_set(StackName=stack, ChangeSetName="behind")

    def outputs(self, name, region=HOME, environment="prod"):
        return {each["OutputKey"]: each["OutputValue"] for each in self.stack(name, region, environment).get("Outputs", [])}

    def stacks(self, region, environment="prod"):
        found = self.client("cloudformation", region).get_paginator("describe_stacks").paginate().build_full_result()["Stacks"]
        prefix = f"image-origin-{environment}-"
        return {stack["StackName"].removeprefix(prefix) for stack in found if stack["StackName"].startswith(prefix)}

    def everything(self, environment="prod", regions=(HOME, SECOND, EDGE)):
        """All parameters of all stacks."""
        return {(region, name): self.parameters(name, region, environment)
                for region in regions for name in self.stacks(region, environment)}

    def resources(self, stack, region=HOME, environment="prod"):
        found = self.client("cloudformation", region).describe_stack_resources(StackName=f"image-origin-{environment}-{stack}")
        return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in found["StackResources"]
                if each.get("PhysicalResourceId")}

    def secret(self, name, region=HOME, **which):
        return json.loads(self.client("secretsmanager", region).get_secret_value(SecretId=name, **which)["SecretString"])

    def running_version(self, region=HOME, environment="prod"):
        (group,) = self.client("autoscaling", region).describe_auto_scaling_groups(
            AutoScalingGroupNames=[self.outputs("service", region, environment)["GroupName"]])["AutoScalingGroups"]
        return int(group["MixedInstancesPolicy"]["LaunchTemplate"]["LaunchTemplateSpecification"]["Version"])


class Issuer(BaseHTTPRequestHandler):
    """An issuer of tokens that can be asked for its keys."""

    def do_GET(self):
        issuer = f"https://localhost:{self.server.server_port}"
        known = {"/.well-known/openid-configuration": {"issuer": issuer, "jwks_uri": f"{issuer}/keys"}, "/keys": {"keys": [{"kty": "RSA"}]}}
        body = json.dumps(known.get(self.path, {})).encode()
        self.send_response(200 if self.path in known else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="session")
def issuer(tmp_path_factory):
    """(address, file with its certificate)"""
    folder = tmp_path_factory.mktemp("issuer")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", folder / "key.pem",
                    "-out", folder / "issuer.pem"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "issuer.pem", folder / "key.pem")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Issuer)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://localhost:{server.server_port}", folder / "issuer.pem"
    server.shutdown()


@pytest.fixture(scope="session")
def cloud(tmp_path_factory, issuer):
    folder = tmp_path_factory.mktemp("cloud")
    port = free_port()
    made = Cloud(f"http://127.0.0.1:{port}", folder, issuer[0])
    shutil.copy(issuer[1], folder / "issuer.pem")
    with (folder / "log").open("w") as log:
        servers = [subprocess.Popen([sys.executable, *command], stdout=log, stderr=subprocess.STDOUT)
                   for command in ([HERE / "moto_server.py", "-H", "127.0.0.1", "-p", str(port)], [HERE / "fast_aws.py", folder / "socket"])]
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0 and (folder / "socket").exists():
                    break
            time.sleep(0.2)
        yield made
    finally:
        for server in servers:
            server.terminate()
            server.wait()


@pytest.fixture(scope="session")
def image(cloud):
    """What Packer hands over."""
    for region in (HOME, SECOND):
        found = cloud.client("ec2", region).describe_images(Filters=[{"Name": "architecture", "Values": ["x86_64"]}])["Images"][0]
        cloud.client("ssm", region).put_parameter(Name="/image-origin/ami/arm64", Type="String", Value=found["ImageId"])
    return cloud.client("ssm").get_parameter(Name="/image-origin/ami/arm64")["Parameter"]["Value"]


@pytest.fixture(scope="session")
def options(cloud):
    return ["--domain", "images.example.com", "--issuer", cloud.issuer]


@pytest.fixture(scope="session")
def deployed(cloud, image, options):
    """The environment prod in one region; what ./deploy said."""
    return cloud.must("--region", HOME, *options, "--email", "ops@example.com", "--parameter", "settings:ProjectClaim=projects",
                      "--parameter", "settings:Audiences=images", "--parameter", "service:MaxSize=8", "--parameter", "cache:NodeType=cache.t4g.small",
                      "--parameter", "network:Zones=eu-west-2a,eu-west-2b,eu-west-2c")
