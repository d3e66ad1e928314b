"""What pip is configured to use: index, proxy, certificate. Asked from pip itself, so that every place pip reads its
configuration from (files, PIP_* variables, virtual environments) counts here, too."""

import ast
import os
import subprocess
import sys

from events import Failure

# pip's own precedence: [global], then the command's section, then the environment.
SECTIONS = ("global", "download", ":env:")
LISTS = ("extra-index-url", "find-links", "trusted-host")


class PipSettings:
    def __init__(self, values):
        self.no_index = str(values.get("no-index", "")).lower() in ("1", "true", "yes", "on")
        self.index_urls = [] if self.no_index else [values.get("index-url") or default_index()]
        if not self.no_index:
            self.index_urls += values.get("extra-index-url", [])
        self.find_links = values.get("find-links", [])
        self.trusted_hosts = set(values.get("trusted-host", []))
        self.proxy = values.get("proxy")
        self.cert = values.get("cert") or os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
        self.client_cert = values.get("client-cert")
        self.timeout = float(values.get("timeout") or values.get("default-timeout") or 60)


def read_settings():
    """pip's settings. Raises Failure NO_PIP where this Python has no pip."""
    answer = run_pip("config", "list")
    if answer.returncode != 0:
        raise Failure("NO_PIP", "%s has no pip: %s" % (sys.executable, last_line(answer.stderr)))
    return PipSettings(parse(answer.stdout))


def parse(listing):
    found = {section: {} for section in SECTIONS}
    for line in listing.splitlines():
        name, equals, literal = line.partition("=")
        section, _, key = name.rpartition(".")
        if equals and section in found:
            found[section][key] = ast.literal_eval(literal)
    values = {}
    for section in SECTIONS:
        values.update(found[section])
    # An empty value switches a setting off in pip.
    return {key: (value.split() if key in LISTS else value) for key, value in values.items() if value}


def default_index():
    """The index pip uses when none is configured; only pip itself says which that is."""
    code = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"
    answer = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    url = answer.stdout.strip()
    if answer.returncode != 0 or not url:
        raise Failure(
            "NO_PIP", "pip of %s does not say what its index is: %s" % (sys.executable, last_line(answer.stderr))
        )
    return url


def run_pip(*arguments):
    command = [sys.executable, "-m", "pip", *arguments]
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def last_line(text):
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no message"
