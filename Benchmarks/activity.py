"""What the tokens of a made-up organisation did, and what happened in it: uses and events, as rows of the ledger."""

import heapq
import ipaddress
import random
from collections import defaultdict

from population import DAY, SERVICES, TEAMS, Identifiers

HOUR = 3_600_000
#: How many days uses are kept, and the history of uses by day (LedgerLimits).
USES, HISTORY = 90, 365
#: Tokens that many share, of which each has that many addresses.
SHARED, SHARED_ADDRESSES = 60, (25, 120)

CLIENTS = {
    "maven": ("Maven 3.8.7", "Maven 3.9.6", "Gradle 8.5"), "git": ("Git 2.39.5", "Git 2.43.0", "JGit 6.7.0"),
    "pypi": ("pip 23.0.1", "uv 0.5.4", "twine 5.1.1"), "docker": ("Docker 27.3.1", "skopeo 1.9.3", "Podman 5.2"),
    "npm": ("npm 10.8.2", "yarn 1.22.22"), "lfs": ("Git LFS 3.3.0",), "debian": ("apt 2.6.1",),
}
OTHERS = ("curl 7.88.1", "Python requests 2.31.0", "a Go program", "Postman 7.36.1", "Jenkins 2.462", "Wget 1.21.3")

USE = ("token", "day", "service", "address", "client", "count", "last_at", "access")
LAST_USE = ("token", "service", "address", "client", "count", "last_at")
USE_DAY = ("token", "day", "service", "count", "hours")
EVENT = ("id", "at", "kind", "actor", "subject", "token", "address", "detail")


def network(address):
    """The network of an address: /24 of IPv4, /48 of IPv6; empty for none."""
    if not address:
        return ""
    bits = 48 if ":" in address else 24
    return str(ipaddress.ip_network(f"{address}/{bits}", strict=False))


class Activity:
    """Makes the uses and the events up to the moment `now`."""

    def __init__(self, now, seed=29):
        self.now = now
        self.today = now // DAY
        self.random = random.Random(seed)
        self.shared = 0
        self.networks = [self._network(number) for number in range(3300)]

    def _network(self, number):
        """The beginning of the addresses of a network: an office, a home, a data centre."""
        chosen = self.random
        if number % 11 == 0:
            return f"2001:db8:{number:x}:"
        if number % 3 == 0:
            return f"10.{number % 64}.{chosen.randrange(256)}."
        return f"{chosen.choice((31, 82, 93, 151, 178, 185, 203, 212))}.{number % 250}.{chosen.randrange(256)}."

    def address(self, near):
        """An address of a network; that of the same number is always near."""
        start = self.networks[near % len(self.networks)]
        host = self.random.randrange(1, 255)
        return f"{start}:{host:x}" if ":" in start else f"{start}{host}"

    # Uses

    def _places(self, token, count):
        """Where a token is used: services, addresses and clients. Most tokens use less than they may."""
        chosen = self.random
        services = token.services or tuple(chosen.sample(list(SERVICES), 3))
        services = services[:chosen.randrange(1, min(len(services), 3) + 1)]
        near = token.owner.id % 99_991
        places = []
        for _ in range(count):
            service = chosen.choice(services)
            far = chosen.random() < (0.6 if count > 4 else 0.15)
            clients = CLIENTS.get(service, ()) + (OTHERS if count > 4 else OTHERS[:2])
            places.append((
                service, self.address(chosen.randrange(3300) if far else near), chosen.choice(clients)))
        return sorted(set(places))

    def _days(self, token):
        """The days on which a token was used, and at how many places, by habit: of a hundred tokens thirty were
        never used, and three are used each day."""
        chosen = self.random
        last = (token.ended or token.paused_at or self.now) // DAY
        first = max(token.created // DAY, last - HISTORY)
        habit = chosen.random()
        if habit < 0.3 or last < first:
            return (), 0
        if token.owner.is_account and habit > 0.9 and self.shared < SHARED and last == self.today:
            self.shared += 1
            return [day for day in range(first, last + 1) if chosen.random() < 0.8], chosen.randrange(
                *SHARED_ADDRESSES)
        if habit < 0.66:  # unused for long
            latest = chosen.randrange(token.created // DAY, max(last - USES, token.created // DAY) + 1)
            days = {latest, *(latest - chosen.randrange(200) for _ in range(3))}
            return sorted(day for day in days if day >= token.created // DAY), 1
        if habit < 0.895:  # now and then
            days = {chosen.randrange(first, last + 1) for _ in range(chosen.randrange(1, 9))}
            return sorted(days), chosen.randrange(1, 3)
        if habit < 0.97:  # once a week
            start = first + chosen.randrange(7)
            return list(range(start, last + 1, 7)), chosen.randrange(1, 3)
        weekend = chosen.random() < 0.3
        return [day for day in range(first, last + 1) if weekend or (day + 3) % 7 < 5], chosen.randrange(1, 5)

    def uses(self, token):
        """The rows of `uses`, of `use_days` and of `last_uses` of a token."""
        days, count = self._days(token)
        places = self._places(token, count) if days else []
        uses, history, last = [], [], None
        new = self._places(token, 1) if self.random.random() < 0.01 else []
        for day in days:
            kept = self._day(token, day, places, new if day == self.today else [])
            if not kept:
                continue
            for row in kept:
                if last is None or row[6] >= last[6]:
                    last = row
            if day > self.today - USES:
                uses += kept
            if day > self.today - HISTORY:
                history += self._history(kept)
        return uses, history, last and (token.id, *last[2:7])

    def _day(self, token, day, places, new):
        """A token's uses of one day. On the day of a rotation, and while the previous secret works, some are its."""
        chosen = self.random
        start, end = day * DAY, min((day + 1) * DAY, token.ended or self.now, token.paused_at or self.now)
        start = max(start, token.created)
        if end <= start:
            return []
        used = places if len(places) < 3 else chosen.sample(places, chosen.randrange(1, min(len(places), 40) + 1))
        rows = {}
        for service, address, client in [*used, *new]:
            at = chosen.randrange(start, end)
            secrets = [id for id, since, until in token.secrets if since <= at < until]
            if not secrets:
                continue
            secret = chosen.choice(secrets)
            key = (secret, day, service, address, client)
            rows[key] = (*key, chosen.randrange(1, 60), at, chosen.choice((1, 1, 1, 2, 3)))
        return list(rows.values())

    def _history(self, uses):
        """The same uses by service."""
        days = defaultdict(lambda: [0, 0])
        for secret, day, service, _, _, count, at, _ in uses:
            found = days[secret, day, service]
            found[0] += count
            found[1] |= 1 << at // HOUR % 24
        return [(*key, count, hours) for key, (count, hours) in days.items()]

    # Events

    def events(self, owners, tokens, count):
        """Yields about `count` rows in the order of their time: all that belong to the tokens, and sign-ins and
        changes of people besides."""
        made = sorted(self._of_tokens(tokens))
        others = self._of_people(owners, max(0, count - len(made)))
        identifiers = Identifiers()
        for at, *rest in heapq.merge(made, others, key=lambda event: event[0]):
            yield (identifiers.make(at), at, *rest)

    def _of_tokens(self, tokens):
        for token in tokens:
            owner, near = token.owner, token.owner.id % 99_991
            # The steward of an account is not looked for.
            actor = None if owner.is_account else owner.id

            def event(at, kind, detail=token.name):
                return (at, kind, actor, owner.id, token.id, self.address(near), detail)

            yield event(token.created, "token_created")
            for _, at, _ in token.secrets[1:]:
                yield event(at, "token_rotated", f"{token.name}, 1 day")
            if token.revoked_at:
                yield event(token.revoked_at, "token_revoked")
            if token.paused_at:
                yield event(token.paused_at, "token_paused")
            if self.random.random() < 0.1:
                yield event(
                    self.random.randrange(token.created, (token.ended or self.now) + 1), "token_changed",
                    f"{token.name}, scopes: {self.random.choice(list(SERVICES))}:read")

    def _of_people(self, owners, count):
        if not count:
            return
        chosen, people = self.random, [owner for owner in owners if not owner.is_account]
        administrators = people[::1500]
        first = min(owner.created for owner in owners)
        added = sorted((owner.created, owner) for owner in owners)
        span, position = self.now - first, 0
        for number in range(count):
            at = first + span * number // count
            while position < len(added) and added[position][0] <= at:
                owner = added[position][1]
                position += 1
                yield (at, "subject_added", None, owner.id, None, "", owner.login)
            person = people[int(len(people) * chosen.random() ** 2)]
            if person.created > at or person.ended and person.ended < at:
                person = people[0]
            kind = chosen.random()
            address = self.address(person.id % 99_991)
            if kind < 0.72:
                yield (at, "signed_in", person.id, person.id, None, address, "")
            elif kind < 0.86:
                yield (at, "signed_out", person.id, person.id, None, address, "")
            elif kind < 0.94:
                yield (at, "sign_in_refused", None, person.id, None, address, "wrong password")
            else:
                actor = chosen.choice(administrators)
                which = chosen.choice(("subject_groups_changed", "subject_changed", "subject_suspended",
                                       "subject_resumed", "password_set"))
                detail = f"added: {chosen.choice(TEAMS)}" if which == "subject_groups_changed" else person.login
                yield (at, which, actor.id, person.id, None, address, detail)
