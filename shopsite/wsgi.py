"""WSGI entry; the server in front of it is a decision of docs/adr."""

import os

from django.core.wsgi import get_wsgi_application

from shopsite.entry import find_servers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopsite.settings")
find_servers()
application = get_wsgi_application()
