SITENAME = "P"
SITEURL = "https://p.example.org"
PATH = "content"
TIMEZONE = "UTC"
