"""Finds one file on a Python package index (the "simple" API, as JSON or HTML) or among find-links."""

import html.parser
import json
import os
import urllib.error
import urllib.parse

from web import UNREACHABLE, describe, shown

ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"


class Search:
    """What a search found: `place` is a URL or a path, or None; `reasons` say why not, index by index."""

    def __init__(self):
        self.place, self.reasons, self.unreachable, self.unreadable = None, [], False, False


def find(release, settings, web):
    search = Search()
    for link in settings.find_links:
        path = local_path(link)
        if path is None:
            look_at(link, release, web, search)
        elif os.path.isfile(os.path.join(path, release["filename"])):
            search.place = os.path.join(path, release["filename"])
        if search.place:
            return search
    for index in settings.index_urls:
        look_at("%s/%s/" % (index.rstrip("/"), release["project"]), release, web, search)
        if search.place:
            return search
    if settings.no_index:
        search.reasons.append("pip is configured with no-index and find-links does not hold it")
    return search


def local_path(link):
    parts = urllib.parse.urlsplit(link)
    if parts.scheme == "file":
        return urllib.parse.unquote(parts.path)
    return None if parts.scheme in ("http", "https") else link


def look_at(url, release, web, search):
    try:
        with web.open(url, {"Accept": ACCEPT}) as answer:
            links = read_page(answer.read(), answer.headers.get("Content-Type", ""), answer.geturl())
    except urllib.error.HTTPError as error:
        search.unreadable = search.unreadable or error.code not in (404, 410)
        search.reasons.append("%s answers %s" % (shown(url), describe(error)))
        return
    except UNREACHABLE as error:
        search.unreachable = True
        search.reasons.append("%s cannot be reached: %s" % (shown(url), describe(error)))
        return
    except ValueError as error:
        search.unreadable = True
        search.reasons.append("%s cannot be understood: %s" % (shown(url), error))
        return
    matching = [(link, digest) for link, digest in links if file_name(link) == release["filename"]]
    for link, digest in matching:
        if digest in (None, release["sha256"]):
            search.place = link
            return
    lacks = "has %s with another SHA-256" if matching else "has no %s"
    search.reasons.append("%s %s" % (shown(url), lacks % release["filename"]))


def file_name(link):
    return urllib.parse.unquote(urllib.parse.urlsplit(link).path).rpartition("/")[2]


def read_page(body, content_type, base):
    """The page's files as (URL, SHA-256 or None). Raises ValueError for what is neither JSON nor HTML."""
    text = body.decode("utf-8")
    if "json" in content_type:
        files = json.loads(text)["files"]
        return [(urllib.parse.urljoin(base, f["url"]), f.get("hashes", {}).get("sha256")) for f in files]
    parser = Links(base)
    parser.feed(text)
    return parser.links


class Links(html.parser.HTMLParser):
    def __init__(self, base):
        super().__init__()
        self.base, self.links = base, []

    def handle_starttag(self, tag, attrs):
        href = dict(attrs).get("href")
        if href and tag == "base":
            self.base = urllib.parse.urljoin(self.base, href)
        elif href and tag == "a":
            url, _, fragment = urllib.parse.urljoin(self.base, href).partition("#")
            digest = urllib.parse.parse_qs(fragment).get("sha256", [None])[0]
            self.links.append((url, digest))
