"""What ./deploy smoke does with AWS credentials: its functions, with an AWS CLI that has two regions, a bucket whose uploads they hear
of, and management ports behind Session Manager. `faults` names what is wrong there."""

import base64
import gzip
import json
import re
import subprocess

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from templates import FOLDER

# Uploads are heard of in the regions' folders; a forwarded port is a server that knows its region's.
AWS = r"""#!/usr/bin/env python3
import http.server, json, pathlib, sys, urllib.parse
here = pathlib.Path(sys.argv[0]).parent
faults = (here / "faults").read_text().split(",")
words = dict(zip(sys.argv, sys.argv[1:]))
region = words["--region"]
def held(region, key): return here / region / urllib.parse.quote(key, safe="")
if "put-object" in sys.argv:
    for each in ("home", "second"):
        if not (each == "second" and "not heard" in faults):
            held(each, words["--key"]).touch()
elif "list-objects-v2" in sys.argv:
    print(json.dumps({} if "no log" in faults else {"Contents": [{"Key": "old", "LastModified": "1"}, {"Key": "new", "LastModified": "2"}]}))
elif "get-object" in sys.argv:
    assert words["--key"] == "new"
    pathlib.Path(sys.argv[-1]).write_bytes((here / "log.gz").read_bytes())
elif "start-session" in sys.argv:
    class Port(http.server.BaseHTTPRequestHandler):
        def log_message(self, *arguments): pass
        def answer(self, status, **body):
            body = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        def key(self): return urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)["key"][0]
        def do_GET(self):
            if "health" in self.path: return self.answer(200)
            if self.headers["Authorization"] != "Bearer admin": return self.answer(401)
            self.answer(200, memory=None, redis={} if held(region, self.key()).exists() else None)
        def do_DELETE(self):
            if self.headers["Authorization"] != "Bearer admin": return self.answer(401)
            held(region, self.key()).unlink(missing_ok=True)
            told = "not told" not in faults
            if told and "not gone" not in faults: held("second", self.key()).unlink(missing_ok=True)
            self.answer(200 if told else 502, regions={"second": "told" if told else "failed"})
    port = int(words["--parameters"].rsplit("=", 1)[1])
    http.server.HTTPServer(("127.0.0.1", port), Port).serve_forever()
"""
LOG = [{"x-edge-detailed-result-type": kind, "cs-uri-stem": "/proxy-image/a"} for kind in ("Hit", "OriginShieldHit", "Hit")]


@pytest.fixture
def inside(tmp_path):
    (tmp_path / "aws").write_text(AWS)
    (tmp_path / "session-manager-plugin").write_text("")
    for name in ("aws", "session-manager-plugin"):
        (tmp_path / name).chmod(0o755)
    for region in ("home", "second"):
        (tmp_path / region).mkdir()
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
    (tmp_path / "secret.json").write_text(json.dumps({"key_id": "K1", "private_key": pem}))

    def run(script, *faults, lines=LOG):
        (tmp_path / "faults").write_text(",".join(faults))
        (tmp_path / "log.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))
        script = f"""set -euo pipefail
            TEMPLATES={FOLDER} ENVIRONMENT=prod EDGE_REGION=home ACCOUNT=123456789012 POLL_SECONDS=0 DRY_RUN=no REGIONS=(home second)
            IMAGE_ORIGIN_ADMIN_TOKEN=admin IMAGE_ORIGIN_SMOKE_PATIENCE=0 IMAGE_ORIGIN_TOKEN= DISTRIBUTION=
            for part in aws secrets rotations destroy existing smoke smoke-session smoke-inside; do source {FOLDER}/deploy/$part.sh; done
            group() {{ printf '{{"Instances": [{{"InstanceId": "i-1"}}]}}'; }}
            secret() {{ cat {tmp_path}/secret.json; }}
            SMOKE_BUCKET=bucket SMOKE_PREFIX=projects/1/smoke SMOKE_URL=https://images.example.com/proxy-image SMOKE_COOKIES=x=y SMOKE_KEY=a
            printf 'Authorization: Bearer %s\\n' admin > "$WORK/admin"
            {script}"""
        done = subprocess.run(["bash", "-c", script], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=120,
                              env={"PATH": f"{tmp_path}:/usr/local/bin:/usr/bin:/bin"})
        assert done.returncode == 0, done.stdout
        return done.stdout
    run.key = key.public_key()
    return run


def test_an_upload_gets_warm_everywhere_and_goes_everywhere(inside):
    said = inside("check_events")
    assert "failed" not in said and said.count("ok  ") == 6, said
    for line in ("nobody has asked for it, and it is warm in second", "purged at home, it is gone in second", "purge was told to second"):
        assert line in said


@pytest.mark.parametrize(("fault", "complaint"), [
    ("not heard", "it is warm in second: gone instead of warm"),
    ("not told", "the purge was told to second: failed instead of told"),
    ("not told", "purge: 502 instead of 200"),
    ("not gone", "it is gone in second: warm instead of gone"),
])
def test_sees_what_does_not_arrive(inside, fault, complaint):
    assert re.search(f"^failed   events: .*{complaint}", inside("check_events", fault), re.MULTILINE)


def test_access_log(inside):
    assert "ok       access log: lines say what the edge did [16]; OriginShieldHit among them means that the shield works [5]: " \
        "2 Hit, 1 OriginShieldHit" in inside("check_access_log")
    assert "failed   access log: nothing is in the bucket image-origin-prod-logs-123456789012" in inside("check_access_log", "no log")
    said = inside("check_access_log", lines=[{"x-edge-detailed-result-type": "Hit", "cookie": "CloudFront-Signature=s"}])
    assert "failed   access log: no cookies and no tokens: 1 instead of 0" in said


def test_cookies_signed_here_are_the_service_s(inside):
    """Of the secret's key, ECDSA and SHA-256, and with the fourth cookie that says so."""
    said = inside('sign_cookies "https://images.example.com/*" -60')
    cookies = dict(each.split("=", 1) for each in said.strip().split("; "))
    assert cookies["CloudFront-Hash-Algorithm"] == "SHA256" and cookies["CloudFront-Key-Pair-Id"] == "K1"

    def decoded(name):
        return base64.b64decode(cookies[name].translate(str.maketrans("-_~", "+=/")))
    policy = decoded("CloudFront-Policy")
    inside.key.verify(decoded("CloudFront-Signature"), policy, ec.ECDSA(hashes.SHA256()))
    (statement,) = json.loads(policy)["Statement"]
    assert statement["Resource"] == "https://images.example.com/*" and list(statement["Condition"]) == ["DateLessThan"]


@pytest.mark.parametrize(("expired", "said"), [("403", "ok       with expired cookies: 403"), ("200", "failed   with expired cookies: 200 instead of 403")])
def test_expired_cookies(inside, expired, said):
    assert said in inside(f'send() {{ case $1 in expired) printf {expired} ;; *) printf 200 ;; esac; }}\ncheck_expired\ncheck_other_cookies')


CORS = """send() {{ printf 'access-control-allow-origin: {origin}\\r\\naccess-control-allow-credentials: {credentials}\\r\\n' > "$WORK/$1.head"; printf 200; }}
    ALLOWED_ORIGINS=https://a.example,https://b.example
    check_cors"""


def test_cors(inside):
    said = inside(CORS.format(origin="https://a.example", credentials="true"))
    assert "failed" not in said and "[13]: https://a.example" in said
    said = inside(CORS.format(origin="*", credentials="false"))
    assert "failed   CORS: the page is named: * instead of https://a.example" in said and "failed   CORS: with cookies: false" in said
    assert "failed   CORS: another page is not: *" in said


# A regional API: 403 without the edge secret, and else ranges and 304 of the same bytes.
API = """FRONT_DOOR=ApiGateway IMAGE_PATH=/proxy-image IMAGE_ORIGIN_TOKEN=a-token
    printf 'Authorization: Bearer a-token\\n' > "$WORK/token"
    printf bytes > "$WORK/range.body"
    output() {{ printf '%s.example' "$1"; }}
    edge_secret() {{ printf '{{"current": "edge", "next": "other"}}'; }}
    send() {{
      local told= each
      [[ $2 == https://home.example/live/proxy-image/a || $2 == https://second.example/live/proxy-image/a ]] || {{ printf 404 && return; }}
      for each in "${{@:3}}"; do
        if [[ $each == @* ]]; then told+=$(< "${{each#@}}"); else told+=$each; fi
      done
      {fault}
      [[ $told == *'X-Origin-Verify: edge'* ]] || {{ printf 403 && return; }}
      [[ $told == *'Bearer a-token'* ]] || {{ printf 401 && return; }}
      if [[ $told == *If-None-Match:* ]]; then
        printf '{type}' > "$WORK/$1.head"
        printf 304
      else
        printf 'content-length: 100\\r\\netag: e\\r\\n' > "$WORK/$1.head"
        printf '{body}' > "$WORK/$1.body"
        printf '{range}'
      fi
    }}
    check_api_from_outside"""
RIGHT = {"fault": "", "type": "", "body": "bytes", "range": "206"}


def test_the_api_from_outside(inside):
    said = inside(API.format(**RIGHT))
    assert "failed" not in said and said.count("ok  ") == 14, said
    assert "edge secret" in said and "a-token" not in said


@pytest.mark.parametrize(("wrong", "complaint"), [
    ({"fault": "[[ -n $told ]] || { printf 401 && return; }"}, "API of second without the edge secret: 401 instead of 403"),
    ({"fault": "[[ $told != *X-Viewer-Access* ]] || { printf 200 && return; }"}, "API of home for who says himself that cookies were checked: 200 instead of 403"),
    ({"range": "200"}, r"API of home: range \[1\]: 200 instead of 206"),
    ({"body": "other"}, "API of second: other bytes than the edge"),
    ({"type": "content-type: application/json"}, r"API of home: 304 has no type of API Gateway, whose own is JSON \[7\]: application/json"),
])
def test_sees_an_api_that_is_open_or_frames_otherwise(inside, wrong, complaint):
    assert re.search(f"^failed   {complaint}", inside(API.format(**{**RIGHT, **wrong})), re.MULTILINE)


def test_cookies_are_no_arguments(inside):
    """Whoever may list processes would read them."""
    said = inside("""VIEWER_ACCESS=SignedCookies SMOKE_PROJECT= SMOKE_COOKIES='CloudFront-Policy=p; CloudFront-Signature=s'
        send() { printf '%s\\n' "$*" >> "$WORK/arguments"; printf 403; }
        check_refusals; cat "$WORK/arguments" """)
    assert "with one cookie of the set: 403" in said and "CloudFront-Policy" not in said
