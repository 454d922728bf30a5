"""The CloudWatch agent's configuration, as the role renders it and configure-agent finishes it."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import yaml

ROLE = pathlib.Path(__file__).parents[1] / "roles/image_origin"
ANSIBLE = pathlib.Path(sys.executable).with_name("ansible")

# Some lines of what the service tells, with the labels that it gives them.
TOLD = {
    "image_origin_requests_total": {"tier": "memory", "result": "found"},
    "image_origin_memory_used_bytes": {"use": "loading"},
    "image_origin_memory_limit_bytes": {"use": "loading"},
    "image_origin_memory_reclaimed_total": {},
    "image_origin_purge_receiving": {},
    "image_origin_s3_reads_waiting": {"bucket": "images-1", "kind": "load"},
    "resilience4j_circuitbreaker_state": {"name": "s3-images-1", "state": "open"},
    "resilience4j_circuitbreaker_not_permitted_calls_total": {"name": "redis", "kind": "not_permitted"},
    "resilience4j_circuitbreaker_calls_seconds_count": {"name": "s3-images-1", "kind": "failed"},
    "resilience4j_circuitbreaker_calls_seconds_sum": {"name": "redis", "kind": "successful"},
}
# And of what is none of the ten.
NOT_SENT = ("jvm_memory_used_bytes", "image_origin_store_answers_seconds_bucket", "resilience4j_circuitbreaker_slow_calls")


class AgentTests(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.directory = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.agent = json.loads(cls.render("amazon-cloudwatch-agent.json"))
        cls.scraped = yaml.safe_load(cls.render("prometheus.yaml"))

    @classmethod
    def render(cls, name, **variables):
        settings = {"image_origin_family": {"cloudwatch": True, "environment_source": "aws", "java_packages": [], "java_home": ""},
                    **variables}
        subprocess.run(
            [ANSIBLE, "localhost", "--connection", "local", "--module-name", "ansible.builtin.template",
             "--args", f"src={ROLE}/templates/{name}.j2 dest={cls.directory}/{name}", "--extra-vars", f"@{ROLE}/defaults/main.yml",
             "--extra-vars", f"@{ROLE}/vars/main.yml", "--extra-vars", json.dumps(settings)],
            check=True, capture_output=True, text=True, env={**os.environ, "ANSIBLE_LOCALHOST_WARNING": "False"})
        return (cls.directory / name).read_text()

    def declarations(self):
        return self.agent["logs"]["metrics_collected"]["prometheus"]["emf_processor"]["metric_declaration"]

    def labels_of(self, metric):
        """What the agent knows of a line: its own labels, those of the target, and those that relabelling adds."""
        (scrape,) = self.scraped["scrape_configs"]
        labels = {**TOLD[metric], "__name__": metric, "job": scrape["job_name"], **scrape["static_configs"][0]["labels"]}
        for rule in scrape["metric_relabel_configs"]:
            found = re.fullmatch(rule["regex"], ";".join(labels.get(each, "") for each in rule["source_labels"]))
            if rule.get("action") == "keep":
                self.assertTrue(found, metric)
            elif found:
                labels[rule["target_label"]] = rule["replacement"]
        return labels

    def test_each_metric_is_declared_once_with_labels_that_it_has(self):
        for metric in TOLD:
            labels = self.labels_of(metric)
            chosen = [each for each in self.declarations()
                      if re.search(each["label_matcher"], ";".join(labels.get(name, "") for name in each["source_labels"]))
                      and any(re.search(selector, metric) for selector in each["metric_selectors"])]
            self.assertEqual(len(chosen), 1, metric)
            for dimensions in chosen[0]["dimensions"]:
                self.assertEqual(set(dimensions) - set(labels), set(), metric)
                self.assertEqual(dimensions[0], "Environment")

    def test_nothing_is_declared_that_is_not_tested_here(self):
        declared = {name for each in self.declarations() for selector in each["metric_selectors"]
                    for name in re.sub(r"[\^()$]", "", selector).split("|")}
        self.assertEqual(declared, set(TOLD))

    def test_closed_breakers_are_not_sent(self):
        (declaration,) = [each for each in self.declarations() if "state" in each["source_labels"]]
        self.assertRegex("open;s3", declaration["label_matcher"])
        self.assertNotRegex("closed;s3", declaration["label_matcher"])
        self.assertNotRegex("half_open;s3", declaration["label_matcher"])

    def test_the_rest_is_dropped_at_once(self):
        keep = self.scraped["scrape_configs"][0]["metric_relabel_configs"][0]
        self.assertEqual((keep["action"], keep["source_labels"]), ("keep", ["__name__"]))
        for name in NOT_SENT:
            self.assertIsNone(re.fullmatch(keep["regex"], name), name)

    def test_namespace_and_log_group_are_those_that_the_role_of_the_instances_may_write(self):
        role = (ROLE.parents[2] / "cloudformation/role.yaml").read_text()
        prometheus = self.agent["logs"]["metrics_collected"]["prometheus"]
        self.assertIn(f"cloudwatch:namespace: {prometheus['emf_processor']['metric_namespace']}}}", role)
        self.assertIn(":log-group:" + prometheus["log_group_name"].replace("{environment}", "${Environment}") + ":*", role)

    def test_the_journal_and_the_machine_are_still_there(self):
        self.assertEqual(self.agent["logs"]["logs_collected"]["journald"]["collect_list"][0]["log_group_name"],
                         "/image-origin/{environment}")
        self.assertEqual(self.agent["metrics"]["namespace"], "image-origin")

    def test_both_can_be_left_out(self):
        agent = json.loads(self.render("amazon-cloudwatch-agent.json", image_origin_cloudwatch_log_group="",
                                       image_origin_cloudwatch_metrics_log_group=""))
        self.assertNotIn("logs", agent)

    def test_configure_agent_puts_the_environment_in(self):
        self.render("amazon-cloudwatch-agent.json")
        self.render("prometheus.yaml")
        target = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        prepare = target / "prepare"
        prepare.write_text('#!/bin/sh\n[ "$1" = --name ] && echo staging\n')
        prepare.chmod(0o755)
        subprocess.run([ROLE / "files/configure-agent"], check=True, env={
            **os.environ, "IMAGE_ORIGIN_CONFIGURATION": str(self.directory), "IMAGE_ORIGIN_AGENT_CONFIGURATION": str(target),
            "IMAGE_ORIGIN_PREPARE": str(prepare)})
        scraped = yaml.safe_load((target / "prometheus.yaml").read_text())
        self.assertEqual(scraped["scrape_configs"][0]["static_configs"][0]["labels"], {"Environment": "staging"})
        agent = json.loads((target / "amazon-cloudwatch-agent.json").read_text())
        self.assertEqual(agent["logs"]["metrics_collected"]["prometheus"]["log_group_name"], "/image-origin/staging/metrics")
        self.assertNotIn("{environment}", (target / "amazon-cloudwatch-agent.json").read_text())


if __name__ == "__main__":
    unittest.main()
