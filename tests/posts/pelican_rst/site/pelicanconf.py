SITENAME = 'Rst'
SITEURL = 'https://rst.example.org'
PATH = 'content'
