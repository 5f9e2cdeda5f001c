"""The model checker that Tests/Faults uses finds the errors in histories that have some."""

import pytest

from history import Answer, Change, History, Token, Window, disagreements, faults

CALM, STALE = 0.2, 3.0


def history(*answers, changes=(), owner=(), windows=()):
    """A token made from 0 to 1, what else was changed, and what node b answered at (start, end)."""
    return History(
        answers=[Answer(start, end, "b", "t", answer) for start, end, answer in answers],
        tokens={"t": Token("alice", [Change(0, 1, "create"), *changes])}, owners={"alice": list(owner)},
        windows=list(windows))


REVOKED = Change(5, 6, "revoke")
UNKNOWN = Change(5, 6, "revoke", done=False)
TROUBLE = Window(4, 9, frozenset({"b"}))
ELSEWHERE = Window(4, 9, frozenset({"a"}))

RIGHT = {
    "granted once made": history((1.3, 1.4, "granted")),
    "granted while it is made": history((0.5, 0.6, "granted")),
    "unknown while it is made": history((0.5, 0.6, "unknown_token")),
    "unknown within the bound": history((1.1, 1.2, "unknown_token")),
    "granted within the bound of a revocation": history((6.1, 6.2, "granted"), changes=[REVOKED]),
    "granted before a revocation, answered after": history((5.9, 9, "granted"), changes=[REVOKED]),
    "refused while it is revoked": history((5.2, 5.3, "revoked"), changes=[REVOKED]),
    "granted within stale_for in trouble": history(
        (8.9, 9, "granted"), changes=[REVOKED], windows=[TROUBLE]),
    "either way after a revocation that nobody knows of": history(
        (60, 61, "granted"), (60, 61, "revoked"), changes=[UNKNOWN]),
    "503 in trouble": history((5, 6, "unavailable"), windows=[TROUBLE]),
    "nothing from a node that is down": history((5, 6, "nothing"), windows=[TROUBLE]),
    "refused while suspended": history((6, 7, "owner_suspended"), owner=[Change(4, 5, "suspend")]),
    "granted once resumed": history(
        (8, 9, "granted"), owner=[Change(4, 5, "suspend"), Change(6, 7, "resume")]),
    "either way after a suspension that nobody knows of": history(
        (8, 9, "granted"), (8, 9, "owner_suspended"), owner=[Change(4, 5, "suspend", done=False)]),
}

WRONG = {
    "granted beyond the bound": history((6.3, 6.4, "granted"), changes=[REVOKED]),
    "granted beyond stale_for in trouble": history((9.1, 9.2, "granted"), changes=[REVOKED], windows=[TROUBLE]),
    "granted beyond the bound, long after trouble": history(
        (13.5, 13.6, "granted"), changes=[Change(12, 13, "revoke")], windows=[TROUBLE]),
    "granted before it was made": history((-2, -1, "granted")),
    "lost after it was acknowledged": history((1.3, 1.4, "unknown_token")),
    "lost in trouble": history((4.1, 4.2, "unknown_token"), windows=[TROUBLE]),
    "revoked by nobody": history((3, 4, "revoked")),
    "revoked before anybody asked for it": history((3, 4, "revoked"), changes=[REVOKED]),
    "503 while all is well": history((2, 3, "unavailable")),
    "nothing while all is well": history((2, 3, "nothing")),
    "nothing from a node that did not fail": history((5, 6, "nothing"), windows=[ELSEWHERE]),
    "an error": history((5, 6, "500"), windows=[TROUBLE]),
    "another refusal": history((5, 6, "expired")),
    "granted while suspended": history((6, 7, "granted"), owner=[Change(4, 5, "suspend")]),
    "granted while suspended, resumed later": history(
        (6, 6.5, "granted"), owner=[Change(4, 5, "suspend"), Change(7, 8, "resume")]),
    "suspended by nobody": history((6, 7, "owner_suspended")),
    "suspended after the end of it": history(
        (8, 9, "owner_suspended"), owner=[Change(4, 5, "suspend"), Change(6, 7, "resume")]),
    "granted while suspended, though nobody knows of the revocation": history(
        (9, 9.5, "granted"), changes=[UNKNOWN], owner=[Change(4, 5, "suspend")]),
}


@pytest.mark.parametrize("name", RIGHT)
def test_what_some_moment_explains_is_right(name):
    assert faults(RIGHT[name], CALM, STALE) == []


@pytest.mark.parametrize("name", WRONG)
def test_what_no_moment_explains_is_found(name):
    assert len(faults(WRONG[name], CALM, STALE)) == 1


def test_one_wrong_answer_is_found_among_many():
    good = [(2 + number / 1000, 2 + number / 1000, "granted") for number in range(1000)]
    found = faults(history(*good, (7, 7.1, "granted"), changes=[REVOKED]), CALM, STALE)
    assert [sentence for _, sentence in found] == ["it was granted 1.000 s after its revocation was acknowledged"]


@pytest.mark.parametrize(
    "changes, owner, answers, good, complaint",
    [
        ([], [], ("granted", "granted"), True, None),
        ([], [], ("granted", "unknown_token"), True, "nodes disagree"),
        ([], [], ("granted", "unavailable"), True, "nodes disagree"),
        ([], [], ("unknown_token", "unknown_token"), True, "the database says otherwise"),
        ([], [], ("unknown_token", "unknown_token"), False, "acknowledged as made"),
        ([REVOKED], [], ("revoked", "revoked"), False, None),
        ([REVOKED], [], ("granted", "granted"), True, "acknowledged as ended"),
        ([UNKNOWN], [], ("granted", "granted"), True, None),
        ([UNKNOWN], [], ("revoked", "revoked"), False, None),
        ([UNKNOWN], [], ("granted", "revoked"), False, "nodes disagree"),
        ([], [Change(4, 5, "suspend")], ("granted", "granted"), True, "acknowledged as ended"),
        ([], [Change(4, 5, "suspend", done=False)], ("granted", "granted"), True, None),
    ])
def test_all_have_to_agree_at_the_end(changes, owner, answers, good, complaint):
    found = disagreements(
        history(changes=changes, owner=owner), {"t": dict(zip("ab", answers))}, {"t": good})
    if complaint:
        assert len(found) == 1 and complaint in found[0][1]
    else:
        assert found == []
