"""A model of the answers that many nodes may give, and the history that is checked against it.

The history contains every requested change and every answer to a verification, each with the time before
it was sent and the time after its answer arrived. A change took effect at some moment between these two. A
change with an unknown outcome may have taken effect at any time since its beginning, or never. A node that
was asked at `start` and answers at `end` must know every change that was in effect `bound` before `start`.
Every answer must therefore be right for some moment between `start - bound` and `end`.
"""

import math
import threading
from dataclasses import dataclass, field
from typing import NamedTuple

GRANTED = "granted"
UNAVAILABLE = "unavailable"  # 503
NOTHING = "nothing"  # no complete answer: refused, reset, or too late

#: The change that each reason of a refusal requires.
REASONS = {"unknown_token": "create", "revoked": "revoke", "owner_suspended": "suspend"}


class Answer(NamedTuple):
    """A node's answer to a verification: GRANTED, UNAVAILABLE, NOTHING, or the reason of a refusal."""

    start: float
    end: float
    node: str
    token: str
    answer: str


@dataclass(frozen=True)
class Change:
    """A requested change: `done`, or with an unknown outcome. A change that was certainly not made is left
    out."""

    start: float
    end: float
    kind: str  # create, revoke, suspend, resume
    done: bool = True


class Window(NamedTuple):
    """A period of failure: nodes may lag by `bound`, and those in `silent` may not answer."""

    start: float
    end: float
    silent: frozenset = frozenset()


@dataclass
class Token:
    owner: str
    changes: list = field(default_factory=list)


@dataclass
class History:
    """All requests and answers. Several threads append to it."""

    answers: list = field(default_factory=list)
    tokens: dict = field(default_factory=dict)  # by identifier
    owners: dict = field(default_factory=dict)  # the changes of each, one after the other
    windows: list = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def bound(self, start, calm, stale):
        """How old a node's knowledge may be at `start`: more after a failure within `stale` before."""
        troubled = any(window.start <= start and start - stale <= window.end for window in self.windows)
        return stale if troubled else calm

    def may_be_silent(self, answer):
        return any(
            answer.node in window.silent and window.start <= answer.end and answer.start <= window.end
            for window in self.windows)

    def is_calm(self, answer):
        return not any(window.start <= answer.end and answer.start <= window.end for window in self.windows)


def last_moment_of_life(changes):
    """The time until which a token may still be active; `inf` if it may be so forever."""
    return min((change.end for change in changes if change.kind == "revoke" and change.done), default=math.inf)


def may_be_active(changes, start, end):
    """Whether an owner may not be suspended at some moment from `start` to `end`."""
    return _may_be(changes, start, end, "resume", at_first=True)


def may_be_suspended(changes, start, end):
    return _may_be(changes, start, end, "suspend", at_first=False)


def _may_be(changes, start, end, wanted, at_first):
    # The changes of an owner are requested one after the other. After one with an unknown outcome, either
    # may be, until the next that was done.
    since = -math.inf if at_first else None
    spans = []
    for change in changes:
        if change.kind == wanted:
            since = change.start if since is None else since
        elif change.done:
            if since is not None:
                spans.append((since, change.end))
            since = None
    if since is not None:
        spans.append((since, math.inf))
    return any(begin <= end and start <= last for begin, last in spans)


def fault(history, answer, calm, stale):
    """What is wrong with an answer, as a sentence; `None` if it is right."""
    token = history.tokens[answer.token]
    owner = history.owners.get(token.owner, [])
    start, end = answer.start - history.bound(answer.start, calm, stale), answer.end
    created = next(change for change in token.changes if change.kind == "create")
    dead = last_moment_of_life(token.changes)
    if answer.answer == UNAVAILABLE:
        return "it was not available, though nothing failed" if history.is_calm(answer) else None
    if answer.answer == NOTHING:
        return None if history.may_be_silent(answer) else "no answer came"
    if answer.answer == GRANTED:
        if created.start > end:
            return "it was granted before it was made"
        if start > dead:
            return f"it was granted {answer.start - dead:.3f} s after its revocation was acknowledged"
        if not may_be_active(owner, max(start, created.start), min(end, dead)):
            return "it was granted while its owner was suspended"
        return None
    if answer.answer not in REASONS:
        return f"the answer is no verdict: {answer.answer}"
    if answer.answer == "unknown_token":
        return None if start <= created.end else "it was acknowledged, and is unknown"
    if answer.answer == "revoked":
        asked = [change.start for change in token.changes if change.kind == "revoke"]
        return None if asked and min(asked) <= end else "it is refused as revoked, and nobody revoked it"
    if may_be_suspended(owner, start, end):
        return None
    return "it is refused as its owner's who is suspended, and is not"


def faults(history, calm, stale):
    """The errors of a history: each answer that is right for no moment, with the reason."""
    found = []
    for answer in history.answers:
        sentence = fault(history, answer, calm, stale)
        if sentence:
            found.append((answer, sentence))
    return found


def disagreements(history, last, database):
    """The errors at the end. `last` has each node's answer for each token, as `{token: {node: answer}}`, and
    `database` whether each token is valid there."""
    found = []
    for token, known in history.tokens.items():
        answers = last[token]
        granted = {answer == GRANTED for answer in answers.values()}
        if len(granted) != 1 or not set(answers.values()) <= {GRANTED, *REASONS}:
            found.append((token, f"nodes disagree: {answers}"))
        elif granted != {database.get(token, False)}:
            found.append((token, f"nodes answer {answers}, and the database says otherwise"))
        wanted = required(known, history.owners.get(known.owner, []))
        if wanted is not None and wanted != database.get(token, False):
            word = "made" if wanted else "ended"
            found.append((token, f"it was acknowledged as {word}, and that was lost"))
    return found


def required(token, owner):
    """Whether a token must be valid at the end; `None` if either is right."""
    revocations = [change for change in token.changes if change.kind == "revoke"]
    if any(change.done for change in revocations):
        return False
    if may_be_suspended(owner, math.inf, math.inf):
        return None if may_be_active(owner, math.inf, math.inf) else False
    return None if revocations else True
