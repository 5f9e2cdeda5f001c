"""The people, service accounts and tokens of a made-up organisation, as rows of the ledger.

All of it follows from one seed and one moment: the same two give the same rows.
"""

import itertools
import random
import unicodedata
from typing import NamedTuple

DAY = 86_400_000
#: How far back the organisation goes.
DAYS = 3 * 365

SERVICES = {
    "maven": "Maven private repository", "git": "Studio projects over Git", "pypi": "Python packages",
    "docker": "Container images", "npm": "Node packages", "api": "Platform API", "wiki": "Wiki",
    "artifacts": "Build artifacts", "debian": "Debian packages", "lfs": "Large files", "ci": "Build server",
    "metrics": "Metrics",
}
FIRST = (
    "Anna Björn Chloë Dmitri Élodie François Grażyna Hélène Ingrid Jürgen Katarzyna Łukasz María Noël Øyvind Paul "
    "Quentin René Søren Thérèse Ulrich Văn-Đức William Ximena Yıldız Zoë Maria-Magdalena Seán Aoife Giang 太郎 Ольга"
).split()
LAST = (
    "Müller Lefèvre Nguyễn Kowalczyk Sørensen García Öztürk Novák O'Brien Smith Dubois Rossi Silva Ivanova 山田 "
    "Okonkwo Andersson Wolfeschlegelsteinhausenbergerdorff Horváth D'Angelo Þórsdóttir Martin Ferreira-Gonçalves "
    "Papadopoulou Haddad Petrović Jansen Weiß Ådland Mc-Namara Laurent Schwarzenberger Iliescu"
).split()
TEAMS = [f"{kind}-{name}" for kind in ("team", "project", "guild") for name in (
    "build", "data", "edge", "fleet", "gate", "hub", "index", "jobs", "kernel", "ledger", "mobile", "network",
    "orbit", "platform", "quality", "release", "search", "tooling", "unit", "vision", "web", "yard", "zone")]
THINGS = (
    "CI chain", "laptop", "Maven on the build server", "deploy", "nightly backup", "Déploiement de préproduction",
    "IntelliJ", "notebook", "mirror", "release", "sync of the wiki", "dashboards", "my phone", "pipeline", "renovate",
    "Überprüfung der Abhängigkeiten", "curl in cron", "Jenkins")
#: A name of 100 characters, the most that one has, without a place to break it.
LONG = "the-token-of-the-nightly-build-of-every-branch-of-the-platform-that-nobody-has-renamed-since-2024"


def text_list(texts):
    """A list of texts as the ledger stores one, each after its length in bytes."""
    return "".join(f"{len(text.encode())}:{text}," for text in texts)


def folded(text):
    """The form in which the ledger compares texts."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())


def plain(text):
    """The letters of a text as logins have them."""
    letters = unicodedata.normalize("NFKD", text).translate(str.maketrans("łøđþßıŁØĐÞ", "lodtsiLODT")).lower()
    return "".join(letter for letter in letters if letter.isalpha() and not unicodedata.combining(letter))


class Identifiers:
    """Identifiers of the ledger: the moment, and a number that makes each different."""

    def __init__(self):
        self._numbers = itertools.count(1)

    def make(self, at):
        return at << 21 | next(self._numbers) & (1 << 21) - 1


class Owner(NamedTuple):
    """A person or a service account, as far as tokens need it."""

    id: int
    login: str
    created: int
    #: When the account was deleted.
    ended: int | None
    is_account: bool


class Token(NamedTuple):
    """A token, as far as its uses and events need it."""

    id: int
    owner: Owner
    name: str
    created: int
    #: From when on it is good for nothing; `None` while it works.
    ended: int | None
    revoked_at: int | None
    paused_at: int | None
    #: The services that it may use; empty for all of them.
    services: tuple
    #: Its secrets with the moments from which and until which each one works, the current one last.
    secrets: tuple


SUBJECT = (
    "id", "login", "login_folded", "name", "name_folded", "email", "email_folded", "groups", "claimed_groups",
    "is_administrator", "was_administrator", "suspended_at", "created_at", "last_sign_in_at", "deactivated_at",
    "ended_at", "purpose", "owner_groups", "stewards", "services", "addresses", "review_on", "unattended_since",
    "attended_by")
TOKEN = (
    "id", "token", "owner", "digest", "name", "name_folded", "holds_name", "description", "scopes", "addresses",
    "created_at", "issued_at", "origin", "origin_token", "device", "expires_at", "replaced_at", "ends_when_moved",
    "revoked_at", "revoked_by", "revoked_reason", "successor", "pauses", "paused_until")


class Population:
    """Makes the subjects and the tokens as of the moment `now`, in milliseconds."""

    def __init__(self, now, people, accounts, tokens, seed=17):
        self.now = now
        self.people, self.accounts, self.tokens = people, accounts, tokens
        self.random = random.Random(seed)
        self.identifiers = Identifiers()
        self.first = now - DAYS * DAY
        self.logins = {}

    def chance(self, share):
        return self.random.random() < share

    def between(self, first, last):
        return self.random.randrange(first, max(last, first + 1))

    # Subjects

    def subjects(self):
        """Yields owners, each with the row and the identity at the provider (`None` for an account)."""
        persons = []
        for number in range(self.people):
            owner, row = self._person(number)
            persons.append(owner)
            yield owner, row, ("https://login.example.com", f"00u{number:08}")
        for number in range(self.accounts):
            yield *self._account(number, persons), None

    def _login(self, name, number):
        if number == 0:
            return "alice"
        parts = [plain(part) for part in name.split()]
        login = ".".join(part for part in parts if part.isascii() and part) or f"user.{number}"
        if number % 97 == 0:
            login = f"guest_{login}_partner-of-the-organisation.example#EXT#@tenant.example.com"
        self.logins[login] = count = self.logins.get(login, 0) + 1
        return login if count == 1 else f"{login}{count}"

    def _person(self, number):
        chosen = self.random
        name = f"{chosen.choice(FIRST)} {chosen.choice(LAST)}"
        if self.chance(0.02):
            name = f"{name} {chosen.choice(FIRST)} von und zu {chosen.choice(LAST)}-{chosen.choice(LAST)}"
        login = self._login(name, number)
        created = self.first if self.chance(0.6) else self.between(self.first, self.now - 30 * DAY)
        email = f"{login}@example.com" if "@" not in login else None
        groups = text_list(["staff", *sorted(chosen.sample(TEAMS, chosen.randrange(4)))])
        fate = chosen.random()
        suspended = self.between(created, self.now) if fate < 0.01 else None
        deactivated = self.between(created, self.now) if 0.01 <= fate < 0.02 else None
        ended = self.between(created, self.now) if 0.02 <= fate < 0.06 and number else None
        # One of ten has not been here for months.
        idle = self.between(91, 700) if self.chance(0.1) else self.between(0, 30)
        seen = max(created, (ended or suspended or deactivated or self.now) - idle * DAY)
        id = self.identifiers.make(created)
        key = folded(login)
        if ended:
            key, email, groups = f"{key}:{id}", None, ""
        administers = int(number % 1500 == 0 and fate >= 0.06)
        row = (
            id, login, key, name, folded(name), email, email and folded(email), groups, groups, administers,
            administers, suspended, created, seen, deactivated, ended, *(None,) * 8)
        return Owner(id, login, created, ended, False), row

    def _account(self, number, persons):
        login = f"bot-{self.random.choice(TEAMS)}-{number}"
        created = self.between(self.first, self.now - 10 * DAY)
        stewards = self.random.sample([person for person in self.random.sample(persons, 20) if not person.ended], 2)
        unattended = self.between(created, self.now) if self.chance(0.03) else None
        id = self.identifiers.make(created)
        purpose = f"{self.random.choice(THINGS)} of {self.random.choice(TEAMS)}"
        row = (
            id, login, login, login, login, None, None, "", "", 0, 0, None, created, None, None, None, purpose,
            text_list([self.random.choice(TEAMS)]), text_list([str(person.id) for person in stewards]), "", "",
            self.now + self.between(-30, 300) * DAY, unattended, None if unattended else stewards[0].id)
        return Owner(id, login, created, None, True), row

    # Tokens

    def shares(self, owners):
        """How many tokens each owner has: few most, some hundreds."""
        accounts = [owner for owner in owners if owner.is_account]
        weights = [self.random.paretovariate(2.2) * (4 if owner.is_account else 1) for owner in owners]
        scale = self.tokens / sum(weights)
        shares = {owner.id: min(int(weight * scale), 400) for owner, weight in zip(owners, weights)}
        if self.tokens >= 20_000:
            shares[owners[0].id], shares[accounts[0].id] = 303, 900
        missing = self.tokens - sum(shares.values())
        for owner in itertools.islice(itertools.cycle(owners[1:]), max(0, missing)):
            shares[owner.id] += 1
        return shares

    def all_tokens(self, owners):
        """Yields tokens, each with its rows: one for each secret."""
        shares = self.shares(owners)
        for owner in owners:
            names, earlier = set(), []
            for number in range(shares[owner.id]):
                made = self._token(owner, number, names, earlier)
                earlier.append(made)
                yield made[:2]

    def _scopes(self):
        """The text of scopes, and the services that they reach."""
        chosen, fate = self.random, self.random.random()
        if fate < 0.33:
            return "", ()
        if fate < 0.35:
            return "jeton:manage", ("jeton",)
        services = tuple(sorted(chosen.sample(list(SERVICES), 1 if fate < 0.65 else chosen.randrange(2, 6))))
        texts = [service + chosen.choice(("", ":read", ":write")) for service in services]
        if fate > 0.9:
            texts[0] = f"{services[0]}:write:/{chosen.choice(TEAMS)}/app-{chosen.randrange(50)}"
        return " ".join(sorted(texts)), services

    def _name(self, number, names):
        name = self.random.choice(THINGS)
        if self.chance(0.01):
            name = LONG
        elif self.chance(0.5):
            name = f"{name} {self.random.choice(TEAMS)}"
        if name in names:
            name = f"{name} {number}"[-100:]
        names.add(name)
        return name

    def _token(self, owner, number, names, earlier):
        chosen, now = self.random, self.now
        created = self.between(owner.created, min(owner.ended or now, now - 60_000))
        scopes, services = self._scopes()
        name = self._name(number, names)
        origin, parent, device = "desk", None, None
        fate = chosen.random()
        if earlier and fate < 0.05 and not earlier[-1][0].owner.is_account:
            of, _, given = earlier[-1]
            if of.secrets[-1][1] < now - DAY and of.services != ("jeton",) and of.ended is None and not of.paused_at:
                origin, parent, device = "trade", of.secrets[-1][0], "Nuxeo Drive on a laptop"
                created, scopes, services = self.between(of.secrets[-1][1], now - 60_000), given, of.services
        elif fate < 0.1:
            origin = "command_line"
        expires, revoked = self._end(created, owner)
        if parent and expires and expires > now:
            expires = None
        paused = self.between(max(created, now - 3 * DAY), now) if not revoked and self.chance(0.02) else None
        until = paused and (None if self.chance(0.3) else now + self.between(1, 40) * DAY // 10)
        pauses = paused and f"owner,{paused},{until or ''},{owner.id},"
        paused_until = paused and (until or (1 << 63) - 1)
        reason = None
        if revoked:
            reason = "account_ended" if owner.ended == revoked else chosen.choices(
                ("by_owner", "by_administrator", "idle"), (8, 1, 1))[0]
        revoked_by = owner.id if reason == "by_owner" else None
        id = self.identifiers.make(created)
        end = min((moment for moment in (expires, revoked) if moment is not None and moment <= now), default=None)
        last, current, issued = created, id, None
        rows, secrets = [], []
        description = f"For {chosen.choice(THINGS)}, see the page of {chosen.choice(TEAMS)}" if self.chance(0.2) else ""
        allowed = f"10.{chosen.randrange(64)}.0.0/16" if self.chance(0.05) else ""
        common = (name, folded(name))
        about = (description, scopes, allowed)
        if origin != "trade" and created < (end or now) - 20 * DAY and self.chance(0.06):
            # A quarter of those that were rotated were so this week, and the previous secret still works.
            fresh = end is None and self.chance(0.25)
            last = self.between(now - 6 * DAY, now - DAY // 4) if fresh else self.between(
                created + DAY, (end or now) - 8 * DAY)
            stops = now + self.between(1, 24) * DAY // 4 if fresh else last + DAY
            current, issued = self.identifiers.make(last), created
            rows.append((
                id, None, owner.id, chosen.randbytes(32), *common, 0, *about, created, None, origin, None, None,
                stops, last, int(fresh and self.chance(0.5)), revoked if fresh else None, None, None, current,
                pauses or "" if fresh else "", fresh and paused_until or None))
            secrets.append((id, created, stops))
        rows.append((
            current, id if issued else None, owner.id, chosen.randbytes(32), *common,
            int(origin != "trade" and not revoked), *about, last, issued, origin, parent, device, expires, None, 0,
            revoked, revoked_by, reason, None, pauses or "",
            paused_until))
        secrets.append((current, last, end or now))
        token = Token(id, owner, name, created, end, revoked, paused, services, tuple(secrets))
        return token, rows, scopes

    def _end(self, created, owner):
        """When it expires, and when it was revoked."""
        now, fate = self.now, self.random.random()
        if owner.ended:
            return None, owner.ended
        if fate < 0.18:
            return None, self.between(created, now)
        if fate < 0.40 and created < now - 2 * DAY:
            return self.between(created + DAY, now), None
        if fate < 0.68:
            return None, None
        return now + (self.between(1, 7 * DAY) if fate < 0.69 else self.between(7 * DAY, 365 * DAY)), None
