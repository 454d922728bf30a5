"""The templates as parsed, long forms of all functions."""

import pathlib

from cfnlint.decode import decode_str

FOLDER = pathlib.Path(__file__).parent.parent
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))


def text(name):
    return (FOLDER / f"{name}.yaml").read_text()


def parse(source):
    template, problems = decode_str(source)
    assert not problems, problems
    return template


def everything(change=lambda name, source: source):
    return {name: parse(change(name, text(name))) for name in NAMES}


def resources(templates, kind):
    """(template, logical id, properties) of every resource of a type."""
    for name, template in templates.items():
        for identity, resource in template.get("Resources", {}).items():
            if resource["Type"] == kind:
                yield name, identity, resource.get("Properties", {})


def walk(node, path=()):
    """Every (path, value) below a node."""
    yield path, node
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in children:
        yield from walk(value, (*path, key))


def branches(node):
    """What an Fn::If may become, without nothing."""
    if isinstance(node, dict) and "Fn::If" in node:
        return [found for branch in node["Fn::If"][1:] for found in branches(branch)]
    return [] if node == {"Ref": "AWS::NoValue"} else [node]


def statements(templates):
    """(template, statement) of every policy document."""
    for name, template in templates.items():
        for path, value in walk(template):
            if path and path[-1] == "Statement" and isinstance(value, list):
                for statement in value:
                    yield name, path, statement
