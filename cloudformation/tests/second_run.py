"""Not one of the checks: what ./deploy says from the first run to the last, and which parameters of which stacks each command changes.

    cd cloudformation/tests && python -m pytest -q -p no:cacheprovider second_run.py && cat second-run.txt
"""

import os
import pathlib
import re

from conftest import EDGE, HOME, SECOND

PAGE = pathlib.Path(os.environ.get("SECOND_RUN", "second-run.txt"))
REGIONS = (SECOND, HOME)
TYPED = ["--region", SECOND, "--region", HOME, "--domain", "images.example.com"]


def shortened(value):
    """Keys and lists of settings by their ends."""
    value = re.sub(r"\s+", " ", value)
    return value if len(value) < 60 else f"{value[:24]}…{value[-24:]}"


class Page:
    def __init__(self, cloud):
        self.cloud = cloud
        PAGE.write_text("")

    def write(self, *lines):
        with PAGE.open("a") as page:
            page.write("\n".join(lines) + "\n")

    def run(self, title, *arguments, status=0, killed_after=None):
        before = self.cloud.everything(regions=(*REGIONS, EDGE))
        self.write("", f"== {title}", f"$ ./deploy {' '.join(arguments)}")
        if killed_after:
            found, said = self.cloud.deploy_until_killed(*arguments, after=killed_after)
            said += f"(killed after {killed_after} changes)"
        else:
            found, said = self.cloud.deploy(*arguments)
        assert found == (None if killed_after else status), said
        self.write(said.rstrip(), f"[exit code {found}]")
        self.compare(before)
        return said

    def compare(self, before):
        after = self.cloud.everything(regions=(*REGIONS, EDGE))
        changed = [f"   {region} {stack}: {name}: {shortened(values.get(name, 'absent'))} -> {shortened(after[region, stack].get(name, 'absent'))}"
                   for (region, stack), values in before.items() if (region, stack) in after
                   for name in sorted({*values, *after[region, stack]}) if values.get(name) != after[region, stack].get(name)]
        self.write(f"-- stacks before: {len(before)}, after: {len(after)}; made: {len(after.keys() - before.keys())}, "
                   f"deleted: {len(before.keys() - after.keys())}; parameters compared: {sum(map(len, before.values()))}, changed: {len(changed)}",
                   *changed)


def test_second_run(cloud, image):
    for region, bucket in zip(REGIONS, ("doxle-annotations", "doxle-annotations-london")):
        cloud.client("s3", region).create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})
    page = Page(cloud)
    page.run("the first deployment, with buckets that are there", *TYPED, "--bucket", "doxle-annotations", "--bucket", "doxle-annotations-london",
             "--issuer", cloud.issuer, "--parameter", "settings:ProjectClaim=projects")
    page.run("again, with nothing but --region and --domain", *TYPED)
    page.run("another bucket by mistake", *TYPED, "--bucket", "doxle-annotations", "--bucket", "doxle-anotations-london", status=1)
    page.run("rotation of the edge secret", "rotate-edge-secret")
    page.run("another one, killed", "rotate-edge-secret", killed_after=3)
    page.run("what is natural then: the same command", "rotate-edge-secret")
    page.run("rotation of the viewers' key, killed", "rotate-viewer-key", killed_after=4)
    page.run("the same command", "rotate-viewer-key")
    page.run("and later", "retire-viewer-key")
    page.run("a wrong setting", "--only", "service", "--parameter", "settings:ProjectClaim=project")
    page.run("roll back", "roll-back")
    page.run("the morning mends the setting", "--only", "service", "--parameter", "settings:ProjectClaim=projects")
    newer = cloud.client("ec2", HOME).describe_images()["Images"][5]["ImageId"]
    for region in REGIONS:
        cloud.client("ssm", region).put_parameter(Name="/image-origin/ami/arm64", Type="String", Value=newer, Overwrite=True)
    page.run("Packer has built an image; an ordinary run does not take it")
    page.run("promotion", "promote")
    page.run("and back", "roll-back")
    page.run("destroy, with the wrong name", "destroy", "--yes", "staging", status=1)
    page.run("destroy", "destroy", "--yes", "prod")
    assert not cloud.stacks(HOME) and not cloud.stacks(EDGE)
