"""A model of what many nodes may answer, and the history that is held against it.

The history holds every change that was asked for and every answer to a verification, each with the moments
before it was sent and after its answer came. A change was in force at some moment between its two; one
whose outcome is not known may be in force from its beginning on, or never. A node that answers at `end`
what it was asked at `start` may know no less than what was in force `bound` before `start`. So every
answer has to be right for some moment between `start - bound` and `end`.
"""

import math
import threading
from dataclasses import dataclass, field
from typing import NamedTuple

GRANTED = "granted"
UNAVAILABLE = "unavailable"  # 503
NOTHING = "nothing"  # no whole answer came: refused, reset, or too late

#: Which change each reason to refuse needs.
REASONS = {"unknown_token": "create", "revoked": "revoke", "owner_suspended": "suspend"}


class Answer(NamedTuple):
    """What a node answered to a verification: GRANTED, UNAVAILABLE, NOTHING, or the reason of a refusal."""

    start: float
    end: float
    node: str
    token: str
    answer: str


@dataclass(frozen=True)
class Change:
    """A change that was asked for: `done`, or with an outcome that nobody knows. What was certainly not
    done is no change."""

    start: float
    end: float
    kind: str  # create, revoke, suspend, resume
    done: bool = True


class Window(NamedTuple):
    """A time of trouble: until it is over nodes may lag for `bound`, and those in `silent` may not answer."""

    start: float
    end: float
    silent: frozenset = frozenset()


@dataclass
class Token:
    owner: str
    changes: list = field(default_factory=list)


@dataclass
class History:
    """What was asked and answered. Threads write to it side by side."""

    answers: list = field(default_factory=list)
    tokens: dict = field(default_factory=dict)  # by identifier
    owners: dict = field(default_factory=dict)  # the changes of each, one after the other
    windows: list = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def bound(self, start, calm, stale):
        """How old what a node knows may be at `start`: anything that was in trouble within `stale` before."""
        troubled = any(window.start <= start and start - stale <= window.end for window in self.windows)
        return stale if troubled else calm

    def may_be_silent(self, answer):
        return any(
            answer.node in window.silent and window.start <= answer.end and answer.start <= window.end
            for window in self.windows)

    def is_calm(self, answer):
        return not any(window.start <= answer.end and answer.start <= window.end for window in self.windows)


def last_moment_of_life(changes):
    """Until when a token may not be revoked; `inf` where it may be so still."""
    return min((change.end for change in changes if change.kind == "revoke" and change.done), default=math.inf)


def may_be_active(changes, start, end):
    """Whether an owner may be one that is not suspended at some moment from `start` to `end`."""
    return _may_be(changes, start, end, "resume", at_first=True)


def may_be_suspended(changes, start, end):
    return _may_be(changes, start, end, "suspend", at_first=False)


def _may_be(changes, start, end, wanted, at_first):
    # The changes of an owner are asked for one after the other. After one with an unknown outcome either
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
    """What is wrong with an answer, as a sentence; `None` where nothing is."""
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
    """What is wrong with a history: each answer that no moment explains, with why."""
    found = []
    for answer in history.answers:
        sentence = fault(history, answer, calm, stale)
        if sentence:
            found.append((answer, sentence))
    return found


def disagreements(history, last, database):
    """What is wrong when all is quiet again. `last` holds what each node answers of each token, as
    `{token: {node: answer}}`, and `database` whether each is good there."""
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
    """Whether a token has to be good at the end; `None` where that is open."""
    revocations = [change for change in token.changes if change.kind == "revoke"]
    if any(change.done for change in revocations):
        return False
    if may_be_suspended(owner, math.inf, math.inf):
        return None if may_be_active(owner, math.inf, math.inf) else False
    return None if revocations else True
