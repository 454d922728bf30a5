"""The function of canary.yaml, as it is in the template, against an API and a bucket of this process."""

import http.server
import io
import json
import sys
import threading
import types

import pytest
from templates import everything, only

IMAGE = b"\x89PNG\r\n\x1a\n and so on"
SECRETS = {"image-origin/prod/edge": json.dumps({"current": "the-edge", "next": "other"}), "image-origin/prod/canary-token": "token\n"}


class Api(http.server.BaseHTTPRequestHandler):
    answers = {}
    asked = []

    def do_GET(self):
        self.asked.append((self.path, self.headers["X-Origin-Verify"], self.headers["Authorization"]))
        status, body = self.answers["now"]
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Aws:
    def get_secret_value(self, SecretId):
        return {"SecretString": SECRETS[SecretId]}

    def get_object(self, Bucket, Key):
        assert (Bucket, Key) == ("images", "canary/a.png")
        return {"Body": io.BytesIO(IMAGE)}


@pytest.fixture
def address():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/live/proxy-image/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def run(address, monkeypatch, capsys):
    code = only({"canary": everything()["canary"]}, "AWS::Lambda::Function")["Code"]["ZipFile"]
    assert len(code.encode()) <= 4096, "CloudFormation takes no longer text"
    monkeypatch.setitem(sys.modules, "boto3", types.SimpleNamespace(client=lambda service: Aws()))

    def ask(status, body, token=""):
        Api.answers["now"] = status, body
        for name, value in (("ADDRESS", address), ("BUCKET", "images"), ("KEY", "canary/a.png"), ("NAME", "prod"), ("TOKEN_FROM", token)):
            monkeypatch.setenv(name, value)
        names = {}
        exec(code, names)
        result = names["handler"]({}, None)
        said = json.loads(capsys.readouterr().out)
        assert said["CanaryGood"] == result
        return said
    return ask


def test_the_image_as_it_is_in_the_bucket_is_good(run):
    said = run(200, IMAGE)
    (metric,) = said["_aws"]["CloudWatchMetrics"]
    assert metric == {"Namespace": "image-origin", "Dimensions": [["Environment"]], "Metrics": [{"Name": "CanaryGood"}]}
    assert said["CanaryGood"] == 1 and said["Environment"] == "prod"
    assert Api.asked[-1] == ("/live/proxy-image/canary/a.png", "the-edge", None)


def test_a_token_is_sent_along(run):
    run(200, IMAGE, "image-origin/prod/canary-token")
    assert Api.asked[-1][2] == "Bearer token"


@pytest.mark.parametrize(("status", "body"), [(200, IMAGE[:-1]), (200, b"x" * len(IMAGE)), (404, IMAGE), (403, b""), (503, b"")])
def test_anything_else_is_not(run, status, body):
    said = run(status, body)
    assert said["CanaryGood"] == 0 and said["status"] == status


def test_neither_is_an_api_that_cannot_be_reached(run, address, monkeypatch):
    monkeypatch.setattr("urllib.request.urlopen", lambda *_, **__: (_ for _ in ()).throw(ConnectionRefusedError("refused")))
    assert run(200, IMAGE)["CanaryGood"] == 0
