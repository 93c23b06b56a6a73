"""A live server that a whole crowd may knock at in the same instant: Django's queue holds ten."""

from django.core.servers.basehttp import WSGIServer

WSGIServer.request_queue_size = 256
