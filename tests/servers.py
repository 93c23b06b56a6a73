"""The servers that tests run on, found before pytest-django reads the settings: a plugin, as any conftest
comes too late. Each test process holds them; whoever comes first starts them."""

from shopsite.entry import find_servers

find_servers(profile="testing")
