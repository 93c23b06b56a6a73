import shutil
import tempfile
from pathlib import Path

import pytest

from .builders import no_process_is_left


@pytest.fixture
def folder():
    """A folder that every account may enter, as /srv or /opt would be; pytest's own are private."""
    path = Path(tempfile.mkdtemp(prefix="shopsite-test-"))
    path.chmod(0o755)
    yield path
    no_process_is_left(path)
    for link in path.glob("**/servers*"):
        if link.is_symlink():
            shutil.rmtree(link.resolve(), ignore_errors=True)
    shutil.rmtree(path)
