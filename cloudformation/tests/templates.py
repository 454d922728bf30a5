"""The templates as parsed, long forms of all functions."""

import pathlib

import yaml

FOLDER = pathlib.Path(__file__).parent.parent
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))


# Not cfn-lint's decoder, which takes half a second for a template: hundreds are parsed here. cfn-lint reads the real ones.
class Loader(yaml.CSafeLoader):
    pass


def construct_function(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


def construct_mapping(loader, node):
    loader.flatten_mapping(node)
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    twice = {key for key in keys if keys.count(key) > 1}
    assert not twice, f"line {node.start_mark.line + 1}: {twice} twice"
    return {key: loader.construct_object(value, deep=True) for key, (_, value) in zip(keys, node.value)}


Loader.add_multi_constructor("!", construct_function)
Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, construct_mapping)
Loader.construct_mapping = lambda loader, node, deep=False: construct_mapping(loader, node)


def text(name):
    return (FOLDER / f"{name}.yaml").read_text()


def parse(source):
    return yaml.load(source, Loader)


def everything(change=lambda name, source: source):
    return {name: parse(change(name, text(name))) for name in NAMES}


def resources(templates, kind):
    """(template, logical id, properties) of every resource of a type."""
    for name, template in templates.items():
        for identity, resource in template.get("Resources", {}).items():
            if resource["Type"] == kind:
                yield name, identity, resource.get("Properties", {})


def only(templates, kind):
    """The properties of the only resource of a type."""
    ((_, _, properties),) = resources(templates, kind)
    return properties


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
    """(template, path, statement) of every statement of a policy, wherever it is."""
    for name, template in templates.items():
        for path, value in walk(template.get("Resources", {})):
            if isinstance(value, dict) and "Effect" in value and {"Action", "NotAction"} & set(value):
                yield name, path, value


def listed(value):
    """A list, of what may stand alone."""
    return value if isinstance(value, list) else [value]
