"""Reports of failures without the secrets that a failing assertion shows, such as a command with its token."""

import re

import pytest

# Passwords and links for invitations are not: the former are in the tests, the latter work once.
SECRET = re.compile(r"([a-z]{2,10}_)[0-9A-Za-z]{38}\b")


def masked(value):
    """The value, with each token in it as `jtn_…`. Objects are changed in place."""
    if isinstance(value, str):
        return SECRET.sub(r"\1…", value)
    if isinstance(value, (list, tuple)):
        return type(value)(masked(each) for each in value)
    for name, each in vars(value).items() if hasattr(value, "__dict__") else ():
        setattr(value, name, masked(each))
    return value


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    report = yield
    report.longrepr = masked(report.longrepr)
    report.sections = masked(report.sections)
    return report
