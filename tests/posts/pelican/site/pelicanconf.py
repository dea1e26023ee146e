#!/usr/bin/env python
import os

AUTHOR = "Flo"
SITENAME = "Reed & Rush"
SITEURL = ("https://"
           "reed.example.org/b")  # no slash
PATH = "content"
TIMEZONE = "Asia/Tokyo"
DEFAULT_LANG = "en"
ARTICLE_URL = "{category}/{date:%Y}/{slug}.html"
THEME = os.path.join("a", "b")
EXTRA_PATH_METADATA = {
    "extra": {"slug": "from-path"},
}
FEED_MAX_ITEMS = 10


def build():
    SITEURL = "https://not.example.org"
