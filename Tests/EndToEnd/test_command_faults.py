"""Faults of the operator's commands, in the words that were typed."""

import pytest

from jeton import PASSWORD


@pytest.mark.parametrize("arguments, said", [
    (["token", "create", "--user", "alice", "--name", "a", "--expires", "2001-01-01"],
     "--expires must be in the future"),
    (["token", "create", "--user", "alice", "--name", "", "--scope", "jetn:x", "--from", "here"],
     "--name must not be empty; unknown scope “jetn:x”: "),
    (["token", "create", "--user", "alice", "--name", "a", "--from", "here"], "“here” is not an IP address or range: "),
    (["user", "add", "al:ice"], "LOGIN must"),
    (["user", "add", "dora", "--email", "nowhere"], "--email must"),
    (["user", "add", "dora", "--name", "x" * 500], "--name must"),
    (["user", "add", "alice"], "LOGIN is already taken"),
])
def test_a_fault_names_the_option_or_quotes_its_value(jeton, arguments, said):
    result = jeton.run(*arguments, input=PASSWORD + "\n", check=False)
    assert (result.returncode, result.stderr.startswith(f"jeton: {said}")) == (1, True), result.stderr
