import os
import sys

import pytest

from jeton import BINARY
from network import enter_own_network
from reports import pytest_runtest_makereport  # noqa: F401


def pytest_configure():
    if not BINARY.exists():
        pytest.exit(f"{BINARY} is not built: run `make check-nodes`", returncode=2)
    if os.geteuid() != 0:
        pytest.exit("only root can make networks: run it as root, or in a container of its own", returncode=2)
    enter_own_network()
    # Many threads take turns, and none should wait long.
    sys.setswitchinterval(0.0005)
