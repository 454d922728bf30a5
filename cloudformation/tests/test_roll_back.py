"""./deploy roll-back over two regions, killed after each change and repeated: the functions of rollout.sh, with an AWS CLI that keeps
groups, refreshes and parameters in a file, and moves a refresh on whenever somebody looks at it."""

import json
import shutil
import signal
import subprocess

import pytest
from conftest import HOME, SECOND
from templates import FOLDER

RECORD = "/image-origin/deployments/prod/rollouts"
# A refresh ends on the third look. "kill" counts changes down; at 0 the caller's process group is killed.
AWS = """#!/usr/bin/env -S python3 -S -E
import json, os, signal, sys
file = os.path.join(os.path.dirname(sys.argv[0]), "state")
state = json.load(open(file))

def write():
    with open(file, "w") as out:
        json.dump(state, out)

words = sys.argv[1:]
region, service, operation = words[1], words[4], words[5]
options = dict(zip(words[6::2], words[7::2]))
group = state["groups"].get(region)

def end(says=None, changes=False):
    state["calls"] += [[region, operation, options]] if changes else []
    state["kill"] -= changes
    write()
    if changes and state["kill"] == 0:
        os.killpg(0, signal.SIGKILL)
    print("" if says is None else json.dumps(says))
    sys.exit()

def refuse(why):
    write()
    sys.exit("An error occurred (" + why + ")")

def move_on(refresh):
    refresh["looks"] += 1
    if refresh["looks"] < 3:
        refresh["Status"] = "InProgress" if refresh["Status"] == "Pending" else refresh["Status"]
    elif refresh["Status"] == "InProgress" and refresh.get("fails"):
        refresh["Status"] = "Failed"
        group["instances"] = [group["version"], refresh["to"]]
    elif refresh["Status"] == "InProgress":
        refresh["Status"] = "Successful"
        group["version"], group["instances"] = refresh["to"], [refresh["to"]] * 2
    elif refresh["Status"] in ("RollbackInProgress", "Cancelling"):
        refresh["Status"] = "RollbackSuccessful" if refresh["Status"] == "RollbackInProgress" else "Cancelled"

def shown(version):
    return {"LaunchTemplate": {"LaunchTemplateSpecification": {"LaunchTemplateId": "lt-1", "Version": str(version)}}}

if operation == "get-parameter":
    if options["--name"] not in state["parameters"]:
        refuse("ParameterNotFound")
    end({"Parameter": {"Value": state["parameters"][options["--name"]]}})
elif operation == "put-parameter":
    state["parameters"][words[words.index("--name") + 1]] = words[words.index("--value") + 1]
    end({}, True)
elif operation == "list-stacks":
    end({"StackSummaries": [{"StackName": "image-origin-prod-" + name} for name in ("service", "balancer")]})
elif operation == "describe-stacks":
    outputs = {"GroupName": "group", "TargetGroupArn": "arn", "LatestLaunchTemplateVersion": str(state["latest"])}
    end({"Stacks": [{"StackStatus": "UPDATE_COMPLETE", "Parameters": [{"ParameterKey": "Environment", "ParameterValue": "prod"}],
                     "Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]}]})
elif operation == "describe-auto-scaling-groups":
    end({"AutoScalingGroups": [{"AutoScalingGroupName": "group", "MixedInstancesPolicy": shown(group["version"]), "Instances": [
        {"LifecycleState": "InService", "LaunchTemplate": {"Version": str(version)}} for version in group["instances"]]}]})
elif operation == "describe-instance-refreshes":
    for refresh in group["refreshes"][:1]:
        move_on(refresh)
    end({"InstanceRefreshes": [{"InstanceRefreshId": str(len(group["refreshes"])), "Status": refresh["Status"],
                                "DesiredConfiguration": {"MixedInstancesPolicy": shown(refresh["to"])}} for refresh in group["refreshes"][:1]]})
elif operation == "start-instance-refresh":
    wanted = json.loads(options["--desired-configuration"])["MixedInstancesPolicy"]
    group["refreshes"].insert(0, {"to": int(wanted["LaunchTemplate"]["LaunchTemplateSpecification"]["Version"]), "Status": "Pending", "looks": 0})
    end({"InstanceRefreshId": str(len(group["refreshes"]))}, True)
elif operation == "rollback-instance-refresh":
    if group["refreshes"][0]["Status"] not in ("Pending", "InProgress", "Baking"):
        refuse("ActiveInstanceRefreshNotFound")
    group["refreshes"][0].update(Status="RollbackInProgress", looks=0)
    end({}, True)
elif operation == "describe-target-health":
    end({"TargetHealthDescriptions": [{"TargetHealth": {"State": "healthy"}}]})
else:
    refuse("unknown: " + operation)
"""


def serving(version, refreshes=(), instances=None):
    return {"version": version, "instances": instances or [version] * 2, "refreshes": list(refreshes)}


def refresh_to(version, status="InProgress", looks=-9, **more):
    """One that is long under way yet, and does not end while somebody looks."""
    return {"to": version, "Status": status, "looks": looks, **more}


class Fleet:
    """Home and the second region; what is recorded of them."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "aws").write_text(AWS)
        (folder / "aws").chmod(0o755)

    def set(self, home, second, good=(), back=None):
        record = json.dumps({"good": [{HOME: one, SECOND: other} for one, other in good], "back": back or {}})
        self.write({"groups": {HOME: home, SECOND: second}, "parameters": {RECORD: record} if good or back else {}, "calls": [], "kill": 0,
                    "latest": 9})

    def write(self, state):
        (self.folder / "state").write_text(json.dumps(state))

    def state(self):
        return json.loads((self.folder / "state").read_text())

    def run(self, command="roll_back_everywhere", kill_after=0, to="", only="", refused=""):
        """(exit code, what was said)"""
        self.write({**self.state(), "kill": kill_after})
        script = f"""set -euo pipefail
            TEMPLATES={FOLDER} ENVIRONMENT=prod EDGE_REGION=us-east-1 POLL_SECONDS=0 DRY_RUN=no REGIONS=({HOME} {SECOND}) ONLY_REGION={only}
            TO_VERSION={to} VIEWER_ACCESS=Open FRONT_DOOR=ApiGateway
            for part in aws stacks choices service rollout rotations; do source {FOLDER}/deploy/$part.sh; done
            check_way_back() {{ [[ "$1 $2" != "{refused}" ]] || die "version $2 in $1 is no good"; }}
            {command}"""
        done = subprocess.run(["bash", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=60,
                              env={"PATH": f"{self.folder}:/usr/local/bin:/usr/bin:/bin"}, start_new_session=True)
        return done.returncode, done.stdout

    def must(self, **how):
        status, said = self.run(**how)
        assert status == 0, said
        return said

    def run_in_pieces(self, **how):
        """Killed after its first change, repeated, killed again; to the end. How often."""
        for kills in range(12):
            status, said = self.run(kill_after=1, **how)
            if status == 0:
                return kills
            assert status == -signal.SIGKILL, said
            if not json.loads(self.state()["parameters"][RECORD])["back"]:
                return kills + 1
        raise AssertionError("no end")

    def versions(self):
        groups = self.state()["groups"]
        assert all(set(group["instances"]) == {group["version"]} for group in groups.values()), groups
        return tuple(groups[region]["version"] for region in (HOME, SECOND))

    def changes(self):
        return [operation for _, operation, _ in self.state()["calls"]]

    def record(self):
        return json.loads(self.state()["parameters"][RECORD])


@pytest.fixture
def fleet(tmp_path):
    return Fleet(tmp_path)


def test_both_regions_go_to_what_served_before(fleet):
    fleet.set(serving(4), serving(5), good=[(1, 1), (3, 4), (4, 5)])
    fleet.must()
    assert fleet.versions() == (3, 4) and fleet.record() == {"good": [{HOME: 1, SECOND: 1}, {HOME: 3, SECOND: 4}], "back": {}}
    fleet.must()
    assert fleet.versions() == (1, 1)
    status, said = fleet.run()
    assert status == 1 and "none is recorded that served before it" in said and fleet.versions() == (1, 1)


def test_killed_after_each_change_it_goes_back_one_step(fleet):
    fleet.set(serving(3), serving(3), good=[(1, 1), (2, 2), (3, 3)])
    assert fleet.run_in_pieces() >= 4
    assert fleet.versions() == (2, 2) and fleet.record()["good"][-1] == {HOME: 2, SECOND: 2}
    assert fleet.changes().count("start-instance-refresh") == 2 and "rollback-instance-refresh" not in fleet.changes()


def test_its_own_refresh_is_no_rollout_to_be_called_off(fleet):
    """Killed while its instances are replaced: the way back of that is the way forward."""
    fleet.set(serving(3), serving(3), good=[(2, 2), (3, 3)])
    status, _ = fleet.run(kill_after=2)
    assert status == -signal.SIGKILL and fleet.changes() == ["put-parameter", "start-instance-refresh"]
    said = fleet.must()
    assert "A roll-back was interrupted" in said and "on the way to version 2 already" in said
    assert fleet.versions() == (2, 2)


def test_it_may_have_ended_by_itself_in_between(fleet):
    """Killed while the last region waits, and repeated an hour later."""
    fleet.set(serving(2), serving(2), good=[(1, 1), (2, 2)], back={HOME: 2, SECOND: 2})
    fleet.must()
    assert fleet.versions() == (2, 2) and fleet.record()["back"] == {}


def test_a_region_that_the_bad_version_has_not_reached_stays(fleet):
    fleet.set(serving(4), serving(4, [refresh_to(5)]), good=[(3, 3), (4, 4)])
    fleet.must()
    assert fleet.versions() == (4, 4)
    assert [operation for operation in fleet.changes() if operation != "put-parameter"] == ["rollback-instance-refresh"]


def test_a_deployment_that_was_killed_between_its_regions(fleet):
    fleet.set(serving(4), serving(5), good=[(3, 3), (4, 4)])
    fleet.must()
    assert fleet.versions() == (4, 4)


@pytest.mark.parametrize("status", ["Cancelling", "RollbackInProgress"])
def test_what_is_being_called_off_is_waited_for(fleet, status):
    fleet.set(serving(4), serving(4, [refresh_to(5, status, 0)], [4, 5] if status == "Cancelling" else None), good=[(4, 4)], back={HOME: 4, SECOND: 4})
    said = fleet.must()
    assert "is being called off; waiting for it" in said and "rollback-instance-refresh" not in fleet.changes()
    # Who cancels a refresh leaves its new instances where they are.
    assert fleet.versions() == (4, 4) and ("start-instance-refresh" in fleet.changes()) == (status == "Cancelling")


def test_nothing_is_changed_unless_all_regions_can_go_back(fleet):
    fleet.set(serving(3), serving(3), good=[(2, 2), (3, 3)])
    status, said = fleet.run(refused=f"{HOME} 2")
    assert status == 1 and f"version 2 in {HOME} is no good" in said
    assert not fleet.changes() and fleet.versions() == (3, 3)


def test_a_version_by_number_and_one_region(fleet):
    fleet.set(serving(4), serving(4), good=[(1, 1), (2, 2), (4, 4)])
    fleet.must(only=HOME, to="2")
    assert fleet.versions() == (2, 4)
    fleet.must()
    assert fleet.versions() == (2, 2)


def test_without_a_record_nothing_is_guessed(fleet):
    fleet.set(serving(4), serving(4))
    status, said = fleet.run()
    assert status == 1 and "is not recorded" in said and not fleet.changes()


def test_what_serves_is_recorded_once(fleet):
    fleet.set(serving(4), serving(5), good=[(n, n) for n in range(1, 11)], back={HOME: 1})
    fleet.must(command="remember_good")
    assert fleet.record() == {"good": [*({HOME: n, SECOND: n} for n in range(2, 11)), {HOME: 4, SECOND: 5}][-10:], "back": {}}
    calls = len(fleet.changes())
    fleet.must(command="remember_good")
    assert len(fleet.changes()) == calls


KNOWS = """
    known_by_instances() { [[ $(running_version "$1") == 2 ]] || echo 'the next value'; echo 'the first value'; }
    known_by_api() { echo 'the next value'; echo 'the first value'; }
    every_region_knows 'the next value'"""


def test_what_instances_know_counts_once_a_rollout_is_over(fleet):
    """A group is on its version before for as long as a refresh leads to another one."""
    fleet.set(serving(3), serving(3, [refresh_to(2, looks=0)]))
    status, said = fleet.run(command=KNOWS)
    assert status == 1 and f"the instances in {SECOND} do not know the next value" in said
    fleet.set(serving(2), serving(2, [refresh_to(3, looks=0)]))
    status, said = fleet.run(command=KNOWS)
    assert status == 1 and f"the instances in {HOME} do not know the next value" in said


def test_secrets_are_no_arguments(fleet):
    """Whoever may list processes would read them."""
    for tool in ("grep", "jq", "sed"):
        found = shutil.which(tool)
        (fleet.folder / tool).write_text(f'#!/bin/bash\nprintf "%s\\n" "$*" >> {fleet.folder}/arguments\nexec {found} "$@"\n')
        (fleet.folder / tool).chmod(0o755)
    fleet.set(serving(3), serving(3))
    fleet.must(command=KNOWS)
    arguments = (fleet.folder / "arguments").read_text()
    assert ".Parameters" in arguments and "the next value" not in arguments
