"""Runs prepare and register as they are, with the AWS CLI, against moto's Parameter Store and Secrets Manager; and what
looks for mistakes before the machine image is paid for.

Instance metadata (tag, region, the role's credentials) comes from a server in this process.
"""

import http.server
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

import boto3
import yaml
from moto.server import ThreadedMotoServer

ROOT = pathlib.Path(__file__).parents[2]
ROLE = ROOT / "ansible/roles/image_origin"
PREPARE = ROLE / "files/prepare"
REGISTER = ROOT / "packer/register"
REGION = "eu-west-2"
CREDENTIALS = {"Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": "role", "SecretAccessKey": "role", "Token": "role",
               "LastUpdated": "2026-11-24T00:00:00Z", "Expiration": "2099-01-01T00:00:00Z"}


class Metadata(http.server.BaseHTTPRequestHandler):
    """Instance metadata, version 2: nothing without a token."""

    contents = {}

    def do_PUT(self):
        self.reply(200, "token")

    def do_GET(self):
        if self.headers.get("X-aws-ec2-metadata-token") != "token":
            self.reply(401, "")
        elif self.path not in self.contents:
            self.reply(404, "")
        else:
            self.reply(200, self.contents[self.path])

    def reply(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-aws-ec2-metadata-token-ttl-seconds", "60")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Aws(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        cls.moto.start()
        host, port = cls.moto.get_host_and_port()
        cls.endpoint = f"http://{host}:{port}"
        cls.metadata = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Metadata)
        threading.Thread(target=cls.metadata.serve_forever, daemon=True).start()

    @classmethod
    def tearDownClass(cls):
        cls.metadata.shutdown()
        cls.metadata.server_close()
        cls.moto.stop()

    def setUp(self):
        for service in ("ssm", "secretsmanager"):
            setattr(self, service, self.client(service, REGION))
        subprocess.run(["curl", "-sS", "-o", os.devnull, "-X", "POST", self.endpoint + "/moto-api/reset"], check=True)
        Metadata.contents = {
            "/latest/meta-data/placement/region": REGION,
            "/latest/meta-data/placement/availability-zone": REGION + "a",
            "/latest/meta-data/tags/instance/image-origin:environment": "staging",
            "/latest/meta-data/iam/security-credentials/": "role",
            "/latest/meta-data/iam/security-credentials/role": json.dumps(CREDENTIALS),
        }
        self.directory = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def client(self, service, region):
        return boto3.client(service, region_name=region, endpoint_url=self.endpoint, aws_access_key_id="test",
                            aws_secret_access_key="test")

    def put(self, name, value):
        self.ssm.put_parameter(Name="/image-origin/staging/" + name, Value=value, Type="SecureString")


class PrepareTests(Aws):

    def prepare(self, endpoint=None, memory="1850", told=None):
        environment = {"PATH": os.environ["PATH"], "AWS_ENDPOINT_URL": endpoint or self.endpoint,
                       "AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://127.0.0.1:{self.metadata.server_port}"}
        # As it is, but with another directory instead of /etc/image-origin.
        program = [sys.executable, "-c", f"import pathlib, runpy, sys; main = runpy.run_path({str(PREPARE)!r})['main']; "
                   f"main.__globals__['CONFIGURATION'] = pathlib.Path({str(told)!r}); main()"] if told else [PREPARE]
        return subprocess.run([*program, "--environment", "aws", "--memory", memory, self.directory], env=environment,
                              capture_output=True, text=True, check=False)

    def environment(self):
        return (self.directory / "environment").read_text()

    def test_parameters_become_variables(self):
        # More than the ten that one answer of Parameter Store holds.
        for number in range(25):
            self.put(f"NUMBER_{number}", str(number))
        done = self.prepare()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(sorted(self.environment().splitlines()), sorted(f'NUMBER_{n}="{n}"' for n in range(25)))

    def test_what_the_machine_was_told_is_read_instead(self):
        """Settings and the version of the secret that its launch template names, whatever is there by now."""
        first = self.secretsmanager.create_secret(Name="image-origin/staging", SecretString='{"SECRET": "of then"}')["VersionId"]
        self.secretsmanager.put_secret_value(SecretId="image-origin/staging", SecretString='{"SECRET": "of now"}')
        self.put("NAME", "of now")
        told = self.directory / "told"
        told.mkdir()
        (told / "environment-name").write_text("staging\n")
        (told / "settings").write_text("NAME=of then\nURL=https://example.com/?a=b\n")
        (told / "secret-version").write_text(first + "\n")
        done = self.prepare(told=told)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.environment(), 'NAME="of then"\nSECRET="of then"\nURL="https://example.com/?a=b"\n')

    def test_a_version_of_the_secret_that_is_not_there_is_no_start(self):
        self.secretsmanager.create_secret(Name="image-origin/staging", SecretString='{"SECRET": "of now"}')
        told = self.directory / "told"
        told.mkdir()
        (told / "settings").write_text("NAME=value\n")
        (told / "secret-version").write_text("00000000-0000-4000-8000-000000000000\n")
        done = self.prepare(told=told)
        self.assertNotEqual(done.returncode, 0)
        self.assertFalse((self.directory / "environment").exists())

    def test_secret_wins_over_parameter(self):
        self.put("SPRING_DATA_REDIS_HOST", "redis.internal")
        self.put("SPRING_DATA_REDIS_PASSWORD", "parameter")
        self.secretsmanager.create_secret(Name="image-origin/staging",
                                          SecretString=json.dumps({"SPRING_DATA_REDIS_PASSWORD": "secret"}))
        done = self.prepare()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.environment(),
                         'SPRING_DATA_REDIS_HOST="redis.internal"\nSPRING_DATA_REDIS_PASSWORD="secret"\n')
        self.assertNotIn("secret\"", done.stdout + done.stderr)

    def test_values_are_quoted_for_systemd(self):
        self.put("KEY", 'line 1\nline 2 "a" $b `c` \\d # ü')
        self.prepare()
        self.assertEqual(self.environment(), 'KEY="line 1\nline 2 \\"a\\" \\$b \\`c\\` \\\\d # ü"\n')

    def test_files_are_readable_by_the_user_only(self):
        self.put("A", "b")
        self.prepare()
        for each in ("environment", "sizes", "jvm.options"):
            self.assertEqual((self.directory / each).stat().st_mode & 0o777, 0o600, each)

    def test_other_environments_are_left_alone(self):
        self.put("A", "staging")
        self.ssm.put_parameter(Name="/image-origin/production/A", Value="production", Type="String")
        self.prepare()
        self.assertEqual(self.environment(), 'A="staging"\n')

    def test_nothing_there_fails(self):
        done = self.prepare()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("nothing under /image-origin/staging", done.stderr)

    def test_no_tag_fails(self):
        del Metadata.contents["/latest/meta-data/tags/instance/image-origin:environment"]
        done = self.prepare()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("no environment is named", done.stderr)

    def test_name_that_is_no_variable_fails(self):
        self.put("not-a-variable", "x")
        done = self.prepare()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("'not-a-variable' cannot be the name", done.stderr)

    def test_secret_that_is_no_object_fails_without_telling_it(self):
        self.secretsmanager.create_secret(Name="image-origin/staging", SecretString='["hunter2"]')
        done = self.prepare()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("no JSON object", done.stderr)
        self.assertNotIn("hunter2", done.stdout + done.stderr)

    def test_first_start_without_aws_fails(self):
        done = self.prepare(endpoint="http://127.0.0.1:1")
        self.assertNotEqual(done.returncode, 0)
        self.assertFalse((self.directory / "environment").exists())

    def test_restart_without_aws_uses_the_last_environment(self):
        self.put("A", "b")
        self.prepare()
        done = self.prepare(endpoint="http://127.0.0.1:1")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("going on with the environment of the last start", done.stderr)
        self.assertEqual(self.environment(), 'A="b"\n')

    def test_memory_is_shared_out(self):
        self.put("A", "b")
        for memory, options, cache in (
                ("900", "-Xms225m -Xmx225m -XX:MaxDirectMemorySize=469762048\n", "64MB"),
                ("1850", "-Xms462m -Xmx462m -XX:MaxDirectMemorySize=678428672\n", "263MB"),
                ("15800", "-Xms2048m -Xmx2048m -XX:MaxDirectMemorySize=5798625280\n", "5146MB")):
            with self.subTest(memory=memory):
                self.prepare(memory=memory)
                self.assertEqual((self.directory / "jvm.options").read_text(), options)
                self.assertEqual((self.directory / "sizes").read_text(), f'IMAGE_ORIGIN_CACHE_MEMORY_MAX_SIZE="{cache}"\n')


class RegisterTests(Aws):

    def register(self, *builds):
        manifest = self.directory / "manifest.json"
        manifest.write_text(json.dumps({"builds": builds, "last_run_uuid": "last"}))
        environment = {"PATH": os.environ["PATH"], "AWS_ENDPOINT_URL": self.endpoint, "AWS_ACCESS_KEY_ID": "test",
                       "AWS_SECRET_ACCESS_KEY": "test", "REGISTER_WAIT_SECONDS": "2"}
        return subprocess.run([REGISTER, manifest, "/image-origin/ami"], env=environment, capture_output=True, text=True,
                              check=False)

    def image(self, region):
        return self.client("ssm", region).get_parameter(Name="/image-origin/ami/arm64")["Parameter"]

    def test_each_region_has_its_image(self):
        done = self.register({"packer_run_uuid": "old", "artifact_id": "ap-southeast-2:ami-0000000000000000a"},
                             {"packer_run_uuid": "last",
                              "artifact_id": "ap-southeast-2:ami-0000000000000000b,eu-west-2:ami-0000000000000000c"})
        self.assertEqual(done.returncode, 0, done.stderr)
        for region, image in (("ap-southeast-2", "ami-0000000000000000b"), ("eu-west-2", "ami-0000000000000000c")):
            self.assertEqual(self.image(region)["Value"], image)
            self.assertEqual(self.image(region)["DataType"], "aws:ec2:image")

    def test_a_later_image_replaces_an_earlier_one(self):
        for image in ("ami-0000000000000000a", "ami-0000000000000000b"):
            self.register({"packer_run_uuid": "last", "artifact_id": "eu-west-2:" + image})
        self.assertEqual(self.image("eu-west-2")["Value"], "ami-0000000000000000b")

    def test_manifest_without_images_fails(self):
        done = self.register({"packer_run_uuid": "old", "artifact_id": "eu-west-2:ami-0000000000000000a"})
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("no images of the last run", done.stderr)


def stubs(directory, **programs):
    """A directory for the PATH with programs of these texts, and the tools that every script needs."""
    for tool in ("bash", "env", "dirname", "head", "cat", "grep", "sh", "mktemp", "cp", "rm"):
        (directory / tool).symlink_to(shutil.which(tool))
    for name, text in programs.items():
        script = directory / name.replace("_", "-")
        script.write_text("#!/bin/sh\n" + text)
        script.chmod(0o755)
    return str(directory)


class BuildTests(unittest.TestCase):
    """packer/build says what is missing before Packer makes anything."""

    tools = {name: "" for name in ("ansible_playbook", "session_manager_plugin", "ssh", "jq", "aws")}

    def setUp(self):
        self.directory = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.log = self.directory / "packer.log"
        self.jar = self.directory / "image-origin.jar"
        self.jar.write_bytes(b"PK\x03\x04")

    def build(self, *arguments, **tools):
        programs = {**self.tools, "packer": f'echo "$@" >> {self.log}\n', **tools}
        (self.directory / "bin").mkdir()
        path = stubs(self.directory / "bin", **{name: text for name, text in programs.items() if text is not None})
        return subprocess.run([ROOT / "packer/build", *arguments], env={"PATH": path}, capture_output=True, text=True, check=False)

    def asked(self):
        return self.log.read_text().splitlines() if self.log.exists() else []

    def test_validates_and_then_builds(self):
        done = self.build("-var", f"jar={self.jar}", "-var", "region=eu-west-1")
        self.assertEqual(done.returncode, 0, done.stderr)
        options = f"-var jar={self.jar} -var region=eu-west-1"
        self.assertEqual(self.asked(), ["init packer", f"validate {options} packer", f"build {options} packer"])

    def test_names_every_tool_that_is_missing(self):
        done = self.build("-var", f"jar={self.jar}", ansible_playbook=None, session_manager_plugin=None, jq=None)
        self.assertNotEqual(done.returncode, 0)
        for named in ("ansible-playbook: Ansible: pip install", "session-manager-plugin: ", "jq: "):
            self.assertIn("missing: " + named, done.stderr)
        self.assertEqual(self.asked(), [])

    def test_names_a_jar_that_is_missing_or_none(self):
        for content, complaint in ((None, "is not there: build it with ./mvnw package"), (b"<html>", "is no jar")):
            with self.subTest(complaint=complaint):
                self.jar.unlink(missing_ok=True)
                if content:
                    self.jar.write_bytes(content)
                done = self.build("-var", f"jar={self.jar}")
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(complaint, done.stderr)
                self.assertEqual(self.asked(), [])
                shutil.rmtree(self.directory / "bin")

    def test_names_credentials_that_are_of_no_use(self):
        done = self.build("-var", f"jar={self.jar}", aws="exit 255\n")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("credentials", done.stderr)
        self.assertEqual(self.asked(), [])

    def test_does_not_build_what_packer_refuses(self):
        done = self.build("-var", f"jar={self.jar}", packer=f'echo "$@" >> {self.log}\n[ "$1" != validate ]\n')
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual([line.split()[0] for line in self.asked()], ["init", "validate"])


class UnitTests(unittest.TestCase):
    """Warnings of other units do not count, neither when the role writes the unit nor when the machine is checked."""

    vendor = 'echo "/usr/lib/systemd/system/vendor.service:7: Unknown key name in section Service, ignoring." >&2\n'
    ours = 'echo "$2:7: Unknown key name in section Service, ignoring." >&2\n'

    def validate(self, analyze):
        with tempfile.TemporaryDirectory() as directory:
            (task,) = [task for task in yaml.safe_load((ROLE / "tasks/service.yml").read_text()) if task["name"] == "Write the unit"]
            unit = pathlib.Path(directory) / "rendered"
            unit.write_text("[Service]\n")
            (pathlib.Path(directory) / "bin").mkdir()
            path = stubs(pathlib.Path(directory) / "bin", systemd_analyze=analyze)
            command = shlex.split(task["ansible.builtin.template"]["validate"].replace("%s", str(unit)))
            return subprocess.run(command, env={"PATH": path}, capture_output=True, text=True, check=False)

    def check(self, analyze):
        with tempfile.TemporaryDirectory() as directory:
            path = stubs(pathlib.Path(directory), systemd_analyze=analyze)
            text = (ROLE / "files/check").read_text()
            function = next(line for line in text.splitlines() if line.startswith("quietly_verified()"))
            script = f"set -euo pipefail\nUNIT=/etc/systemd/system/image-origin.service\nlacks() {{ [[ -z $1 ]]; }}\n{function}\nquietly_verified"
            return subprocess.run(["bash", "-c", script], env={"PATH": path}, capture_output=True, text=True, check=False)

    def test_quiet(self):
        self.assertEqual((self.validate("").returncode, self.check("").returncode), (0, 0))

    def test_others_warnings(self):
        for failing in ("", "exit 1\n"):
            self.assertEqual((self.validate(self.vendor + failing).returncode, self.check(self.vendor + failing).returncode), (0, 0))

    def test_our_warnings(self):
        for failing in ("", "exit 1\n"):
            done = self.validate(self.vendor + self.ours + failing)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("image-origin.service:7: Unknown key name", done.stderr)
            self.assertNotEqual(self.check(self.vendor + self.ours + failing).returncode, 0)


if __name__ == "__main__":
    unittest.main()
