import os
import sys
sys.path.append(os.curdir)
from pelicanconf import *

SITEURL = 'https://notes.example.org'
FEED_ALL_ATOM = 'feeds/all.atom.xml'
CATEGORY_FEED_ATOM = 'feeds/{slug}.atom.xml'
TAG_FEED_ATOM = 'feeds/tag/{slug}.atom.xml'
AUTHOR_FEED_ATOM = 'feeds/author/{slug}.atom.xml'
FEED_MAX_ITEMS = 2
