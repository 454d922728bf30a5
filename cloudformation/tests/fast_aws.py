"""The AWS CLI, loaded once and forked for each call, because most of a call's second is the loading.

    fast_aws.py SOCKET        serves the calls of fast_aws_call.py, which tests put on the PATH as `aws`

What is called is the CLI of requirements.txt as it is. Besides, each call is written down, and a test may end ./deploy after one:

    FAST_AWS_LOG     file that gets a line of JSON for each call: region, service, operation, arguments
    FAST_AWS_KILL    file with a number: after that many calls that change something, the caller's process group is killed; with -1
                     just before the next one. Making or deleting a change set counts as looking: it changes nothing by itself.
"""

import gc
import json
import os
import re
import signal
import socket
import sys

LOOKS = re.compile(r"get|describe|list|head|validate|simulate|wait|(create|delete)-change-set")
WARM = ("sts", "cloudformation", "secretsmanager", "ssm", "ec2", "autoscaling", "elbv2", "cloudwatch", "route53", "cloudfront",
        "apigateway", "s3", "iam", "service-quotas", "acm", "elasticache")


def parts(arguments):
    """(region, service, operation, options) of a command line."""
    region, rest, words = None, [], iter(arguments)
    for word in words:
        if word == "--region":
            region = next(words)
        elif word in ("--output", "--query"):
            next(words)
        else:
            rest.append(word)
    return region, rest[0] if rest else "", rest[1] if len(rest) > 1 else "", rest[2:]


def write_down(arguments):
    region, service, operation, options = parts(arguments)
    if path := os.environ.get("FAST_AWS_LOG"):
        with open(path, "a") as log:
            log.write(json.dumps({"region": region, "service": service, "operation": operation, "options": options}) + "\n")
    return bool(operation) and not LOOKS.match(operation)


def countdown(changes):
    """(whether the caller is to be killed before this call, whether after it): counts down, if this call counts and somebody does."""
    path = os.environ.get("FAST_AWS_KILL")
    if not changes or not path or not os.path.exists(path):
        return False, False
    with open(path) as file:
        before = int(file.read())
    after = before + 1 if before < 0 else before - 1
    with open(path, "w") as file:
        file.write(str(after))
    return before == -1, before == 1


def work(driver, connection):
    """One call, in a process of its own."""
    size, files, _, _ = socket.recv_fds(connection, 4, 3)
    told = b""
    while len(told) < int.from_bytes(size, "big"):
        told += connection.recv(65536)
    group, directory, count, *told = told.decode("utf-8", "surrogateescape").split("\0")
    arguments, environment = told[:int(count)], dict(each.split("=", 1) for each in told[int(count):])
    for number, file in enumerate(files):
        os.dup2(file, number)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(directory)
    before, after = countdown(write_down(arguments))
    if before:
        os.killpg(int(group), signal.SIGKILL)
        return
    try:
        status = driver.main(arguments)
    except SystemExit as end:
        status = end.code or 0
    sys.stdout.flush()
    sys.stderr.flush()
    if status == 0 and after:
        os.killpg(int(group), signal.SIGKILL)
    connection.sendall(bytes([status & 255]))


def serve(path):
    from awscli.clidriver import create_clidriver
    driver = create_clidriver()
    for service in WARM:
        if service in driver.session.get_available_services():
            driver.session.create_client(service, region_name="us-east-1", aws_access_key_id="warm", aws_secret_access_key="warm")
            driver.session.get_service_data(service)
    # A call that fails has loaded all the rest.
    os.environ.update(AWS_ACCESS_KEY_ID="warm", AWS_SECRET_ACCESS_KEY="warm", AWS_MAX_ATTEMPTS="1")
    driver.main(["--region", "us-east-1", "--endpoint-url", "http://127.0.0.1:9", "cloudformation", "describe-stacks"])
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    while True:
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            try:
                work(driver, connection)
            finally:
                os._exit(0)
        connection.close()


if __name__ == "__main__":
    serve(sys.argv[1])
