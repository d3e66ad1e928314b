"""HTTP as pip would speak it: its proxy, its certificates, credentials in URLs and in .netrc."""

import base64
import netrc
import os
import ssl
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

# Everything that a broken or blocked connection raises; HTTPError, where the server did answer, is caught before it.
UNREACHABLE = (urllib.error.URLError, ConnectionError, TimeoutError, ssl.SSLError, OSError)


class Web:
    def __init__(self, settings):
        self.settings = settings
        self.credentials = {}
        self.openers = {}

    def open(self, url, headers=None):
        """Opens a URL. Raises HTTPError or one of UNREACHABLE."""
        parts = urllib.parse.urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        if parts.username:
            pair = "%s:%s" % (urllib.parse.unquote(parts.username), urllib.parse.unquote(parts.password or ""))
            self.credentials[host] = pair
            url = parts._replace(netloc=host).geturl()
        request = urllib.request.Request(url, headers={"User-Agent": "winnow-tensorflow", **(headers or {})})
        pair = self.credentials.get(host) or from_netrc(parts.hostname)
        if pair:
            # Not sent on to another host when the index redirects.
            token = base64.b64encode(pair.encode()).decode()
            request.add_unredirected_header("Authorization", "Basic " + token)
        trusted = bool({host, parts.hostname} & self.settings.trusted_hosts)
        return self.opener(trusted).open(request, timeout=self.settings.timeout)

    def opener(self, trusted):
        if trusted not in self.openers:
            handlers = [urllib.request.HTTPSHandler(context=self.tls(trusted))]
            if self.settings.proxy:
                handlers.append(urllib.request.ProxyHandler({s: self.settings.proxy for s in ("http", "https")}))
            self.openers[trusted] = urllib.request.build_opener(*handlers)
        return self.openers[trusted]

    def tls(self, trusted):
        cert = self.settings.cert
        if cert and os.path.isdir(cert):
            context = ssl.create_default_context(capath=cert)
        else:
            context = ssl.create_default_context(cafile=cert)
        if not cert and not context.get_ca_certs():
            # Some Pythons come without certificates; pip brings its own.
            context.load_verify_locations(cafile=pips_certificates())
        if self.settings.client_cert:
            context.load_cert_chain(self.settings.client_cert)
        if trusted:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


def from_netrc(host):
    try:
        entry = netrc.netrc().authenticators(host) if host else None
    except (OSError, netrc.NetrcParseError):
        return None
    return "%s:%s" % (entry[0], entry[2]) if entry else None


def pips_certificates():
    code = "from pip._vendor import certifi; print(certifi.where())"
    answer = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return answer.stdout.strip() or None


def describe(error):
    """One line about a failed request, without the credentials its URL may hold."""
    if isinstance(error, urllib.error.HTTPError):
        return "HTTP %d %s" % (error.code, error.reason)
    reason = getattr(error, "reason", None) or error
    return str(reason) or type(error).__name__


def shown(url):
    """A URL fit for a message: without user and password."""
    parts = urllib.parse.urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl() if parts.netloc else url
