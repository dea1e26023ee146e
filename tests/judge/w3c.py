#!/usr/bin/env python3
"""Judges RSS, Atom and OPML by the W3C Feed Validator at level AA: w3c.py CHECKOUT FILE...

CHECKOUT is w3c/feedvalidator (it needs html5lib and rdflib). A document is judged as the one at its own
`self` link. Let through, each for a reason:
  DuplicateUpdated          two entries may well have changed in one second;
  NotSufficientlyUnique     an id is carried as its source wrote it, also where that is `7`;
  BadCharacters in an id    likewise where its source garbled it (`JosÃ©`): another id would be another entry;
  the category `Religion`   Apple lists it below `Religion & Spirituality`, the validator doesn't know it.
"""
import html
import re
import socket
import sys

checkout, *files = sys.argv[1:]
sys.path.insert(0, checkout + "/src")
socket.gethostbyname = lambda host: "127.0.0.1"  # nothing is looked up
import feedvalidator
from feedvalidator import compatibility, logging

ALLOWED = {"DuplicateUpdated", "NotSufficientlyUnique"}
SELF = re.compile(r'<(?:atom:)?link\b[^>]*\brel="self"[^>]*>')


def findings(path):
    raw = open(path, "rb").read()
    link = SELF.search(raw.decode("utf-8"))
    base = html.unescape(re.search(r'href="([^"]*)"', link.group(0)).group(1)) if link else "https://feeds.example.org/x"
    try:
        events = feedvalidator.validateString(raw, firstOccurrenceOnly=0, base=base)["loggedEvents"]
    except logging.ValidationFailure as failure:
        events = [failure.event]
    for event in compatibility.AA(events):
        name, said = type(event).__name__, event.params
        if name in ALLOWED or (name == "InvalidItunesCategory" and said.get("text") == "Religion"):
            continue
        if name == "BadCharacters" and said.get("element") in ("guid", "id"):
            continue
        kind = "error" if isinstance(event, logging.Error) else "warning"
        about = " ".join(f"{key}={value!r:.120}" for key, value in said.items()
                         if key in ("parent", "element", "value", "attr", "exception", "message", "text"))
        yield f"{path}:{said.get('line')}:{said.get('column')}: {kind}: {name} {about}"


found = 0
for path in files:
    for finding in findings(path):
        found += 1
        print(finding)
print(f"{len(files)} documents before the W3C validator, {found} findings")
sys.exit(1 if found else 0)
