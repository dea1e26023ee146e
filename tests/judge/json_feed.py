#!/usr/bin/env python3
"""Judges JSON Feed 1.1 documents by the text of the specification; a file names them, one a line."""
import json
import re
import sys

URL = re.compile(r"(https?|mailto|urn|tag|data|ftp|magnet|tel):\S+$", re.IGNORECASE)
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")
TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")
AUTHOR = {"name": "text", "url": "url", "avatar": "url"}
TOP = {"version": "text", "title": "text", "home_page_url": "url", "feed_url": "url", "description": "text",
       "user_comment": "text", "next_url": "url", "icon": "url", "favicon": "url", "authors": [AUTHOR],
       "language": "tag", "expired": "flag", "hubs": [{"type": "text", "url": "url"}], "items": None}
ITEM = {"id": "text", "url": "url", "external_url": "url", "title": "text", "content_html": "text",
        "content_text": "any", "summary": "text", "image": "url", "banner_image": "url", "date_published": "date",
        "date_modified": "date", "authors": [AUTHOR], "tags": ["text"], "language": "tag",
        "attachments": [{"url": "url", "mime_type": "text", "title": "text", "size_in_bytes": "number",
                         "duration_in_seconds": "number"}]}


def check(value, kind, at, found):
    if isinstance(kind, list):
        if not isinstance(value, list) or not value:
            found.append(f"{at}: not a list with something in it")
            return
        for place, one in enumerate(value):
            check(one, kind[0], f"{at}[{place}]", found)
    elif isinstance(kind, dict):
        for key, one in value.items():
            if key in kind:
                if kind[key]:
                    check(one, kind[key], f"{at}.{key}", found)
            elif not key.startswith("_"):
                found.append(f"{at}.{key}: not in the specification")
    else:
        fits = {"text": lambda v: isinstance(v, str) and v.strip(), "any": lambda v: isinstance(v, str),
                "url": lambda v: isinstance(v, str) and v.isascii() and URL.match(v),
                "date": lambda v: isinstance(v, str) and DATE.match(v), "tag": lambda v: isinstance(v, str) and TAG.match(v),
                "flag": lambda v: isinstance(v, bool),
                "number": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool) and v >= 0}
        if not fits[kind](value):
            found.append(f"{at}: {value!r:.80} is no {kind}")


def judge(path):
    found = []
    document = json.loads(open(path, encoding="utf-8").read(), parse_constant=lambda c: found.append(f"{c} is no JSON"))
    check(document, TOP, "feed", found)
    for key in ("version", "title", "items"):
        if key not in document:
            found.append(f"feed.{key} is missing")
    if document.get("version") != "https://jsonfeed.org/version/1.1":
        found.append("feed.version is another")
    ids = set()
    for place, item in enumerate(document.get("items", [])):
        at = f"items[{place}]"
        check(item, ITEM, at, found)
        if item.get("id") in ids:
            found.append(f"{at}.id is there twice")
        ids.add(item.get("id"))
        if "content_html" not in item and "content_text" not in item:
            found.append(f"{at} has no content")
        for one in item.get("authors", []):
            if not one:
                found.append(f"{at}.authors has an empty one")
        for one in item.get("attachments", []):
            if "url" not in one or "mime_type" not in one:
                found.append(f"{at}.attachments lacks url or mime_type")
    return found


def main():
    bad = 0
    for path in open(sys.argv[1], encoding="utf-8").read().splitlines():
        for finding in judge(path):
            bad += 1
            print(f"{path}: {finding}")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
