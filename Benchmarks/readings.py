"""What an administrator of a large organisation looks for: a line for each list and search.

Each `{…}` stands for another example of the ledger at each request, see examples.py; `{same}` is the one before it.
"""

from typing import NamedTuple

from organisation import ADMINISTRATOR, OWNER


class Reading(NamedTuple):
    """What is asked for: its name, its address, how many pages are turned from there, and who asks."""

    name: str
    path: str
    turns: int = 0
    who: str = ADMINISTRATOR
    #: Whether it is a file to take away, of as many rows as a file has. It has no limits.
    is_file: bool = False
    #: What a token for the API may do.
    scope: str = "jeton:audit"


FINDINGS = (
    "unlimited", "unused", "never-used", "expiring", "owner-away", "new-network", "shared", "wide", "old-secret")
#: The orders of tokens, each with where a page far into the list begins.
ORDERS = {
    "newest": "{token_at}", "oldest": "{token_at}", "name": "{token_at_name}", "owner": "{token_at_owner}",
    "last-use": "{token_at_use}", "least-used": "{token_at_use}", "expiry": "{token_at_expiry}"}
PEOPLE_ORDERS = {"login": "{person_at_login}", "name": "{person_at_name}", "last-sign-in": "{person_at_sign_in}"}
PEOPLE_STATES = ("active", "suspended", "deactivated", "dormant", "administrator", "never-signed-in", "removed")
ACCOUNT_STATES = ("active", "suspended", "unattended", "removed")
#: What a search for tokens has in hand.
HANDS = {
    "a login": "{login}", "a family name": "{name}", "a whole name": "{fullname}", "a token's name": "{token}",
    "an identifier": "{id}", "an address": "{address}", "a service": "{service}"}


def inventory(base, name):
    """The lists of tokens at an address."""
    return [
        Reading(name, base),
        *(Reading(f"{name}, of any state, {order} first", f"{base}?state=all&sort={order}") for order in ORDERS),
        *(Reading(f"{name}, of any state, {order} first, far into the list",
                  f"{base}?state=all&sort={order}&after={place}") for order, place in ORDERS.items()),
        *(Reading(f"{name}, working, {order} first, far into the list", f"{base}?sort={order}&after={place}")
          for order, place in ORDERS.items()),
        *(Reading(f"{name}, {state}", f"{base}?state={state}") for state in ("paused", "expired", "revoked")),
        *(Reading(f"{name}, paused, {order} first", f"{base}?state=paused&sort={order}")
          for order in ORDERS if order != "newest"),
        *(Reading(f"{name}, {finding}", f"{base}?finding={finding}") for finding in FINDINGS),
        *(Reading(f"{name}, {finding}, last used first", f"{base}?finding={finding}&sort=last-use")
          for finding in FINDINGS),
        *(Reading(f"{name}, {finding}, by owner", f"{base}?finding={finding}&sort=owner") for finding in FINDINGS),
        *(Reading(f"{name}, with a search for {what}", f"{base}?q={text}") for what, text in HANDS.items()),
        *(Reading(f"{name}, of any state, with a search for {what}, by name", f"{base}?q={text}&state=all&sort=name")
          for what, text in HANDS.items()),
        Reading(f"{name}, with a search for what is nowhere", f"{base}?q={{nothing}}&state=all"),
        Reading(f"{name}, with a search for a letter", f"{base}?q={{letter}}&state=all"),
        Reading(f"{name}, of an owner", f"{base}?owner={{login}}&state=all"),
        Reading(f"{name}, of the account with most", f"{base}?owner={{busiest}}&state=all&sort=last-use"),
        Reading(f"{name}, of service accounts", f"{base}?kind=account"),
        Reading(f"{name}, of service accounts, by expiry", f"{base}?kind=account&sort=expiry"),
        Reading(f"{name}, used at a service", f"{base}?service={{service}}"),
        *(Reading(f"{name}, used at a service, {order} first", f"{base}?service={{service}}&sort={order}")
          for order in ORDERS if order != "newest"),
        Reading(f"{name}, that may be used at a service", f"{base}?allows={{service}}"),
        Reading(f"{name}, that may be used at a service, by name", f"{base}?allows={{service}}&sort=name"),
        Reading(f"{name}, used from an address", f"{base}?address={{address}}&state=all"),
        Reading(f"{name}, used from a network", f"{base}?address={{network}}&state=all"),
        Reading(f"{name}, used from a large network", f"{base}?address=10.0.0.0/8&state=all"),
        Reading(f"{name}, used with a client", f"{base}?client={{client}}"),
        Reading(f"{name}, used with a client at a service", f"{base}?client={{client}}&service={{service}}"),
        Reading(f"{name}, created on a day", f"{base}?created_from={{day}}&created_until={{same}}&state=all"),
        Reading(f"{name}, created on a day, by owner",
                f"{base}?created_from={{day}}&created_until={{same}}&state=all&sort=owner"),
        Reading(f"{name}, used on a day", f"{base}?used_from={{recent}}&used_until={{same}}"),
        Reading(f"{name}, by several filters",
                f"{base}?q={{name}}&kind=person&service={{service}}&client={{client}}&finding=wide&sort=last-use"),
    ]


def people(base, name, search):
    """The lists of people at an address."""
    return [
        Reading(name, base),
        *(Reading(f"{name}, by {order}", f"{base}?order={order}") for order in PEOPLE_ORDERS),
        *(Reading(f"{name}, by {order}, far into the list", f"{base}?order={order}&after={place}")
          for order, place in PEOPLE_ORDERS.items()),
        *(Reading(f"{name}, {state}", f"{base}?state={state}") for state in PEOPLE_STATES),
        *(Reading(f"{name}, {state}, by last sign-in", f"{base}?state={state}&order=last-sign-in")
          for state in PEOPLE_STATES),
        *(Reading(f"{name}, with a search for {what}", f"{base}?{search}={text}")
          for what, text in list(HANDS.items())[:3]),
        Reading(f"{name}, with a search for what is nowhere", f"{base}?{search}={{nothing}}"),
    ]


def accounts(base, name, search):
    """The lists of service accounts at an address."""
    return [
        Reading(name, base),
        Reading(f"{name}, by name", f"{base}?order=name"),
        Reading(f"{name}, far into the list", f"{base}?after={{account_at_login}}"),
        *(Reading(f"{name}, {state}", f"{base}?state={state}") for state in ACCOUNT_STATES),
        Reading(f"{name}, with a search", f"{base}?{search}={{bot}}"),
    ]


def events(base, name):
    """The lists of events at an address."""
    return [
        Reading(name, base),
        Reading(f"{name}, far into the list", f"{base}?before={{event_at}}"),
        Reading(f"{name}, of a person", f"{base}?who={{login}}"),
        Reading(f"{name}, by a person", f"{base}?actor={{login}}"),
        Reading(f"{name}, about a person", f"{base}?subject={{login}}"),
        Reading(f"{name}, of a token", f"{base}?token={{id}}"),
        Reading(f"{name}, of a kind", f"{base}?kind={{kind}}"),
        Reading(f"{name}, of a rare kind", f"{base}?kind=token_policy_changed"),
        Reading(f"{name}, of a kind, far into the list", f"{base}?kind={{kind}}&before={{event_at}}"),
        Reading(f"{name}, of several families", f"{base}?kind=tokens&kind=secrets&kind=rules"),
        Reading(f"{name}, from an address", f"{base}?address={{address}}"),
        Reading(f"{name}, on a day", f"{base}?from={{day}}&until={{same}}"),
        Reading(f"{name}, with a search for a family name", f"{base}?search={{name}}"),
        Reading(f"{name}, with a search for a login", f"{base}?search={{login}}"),
        Reading(f"{name}, with a search for a token's name", f"{base}?search={{token}}"),
        Reading(f"{name}, with a search for an identifier", f"{base}?search={{id}}"),
        Reading(f"{name}, with a search for what is nowhere", f"{base}?search={{nothing}}"),
        Reading(f"{name}, with a search for what is nowhere, of a kind", f"{base}?search={{nothing}}&kind=signed_in"),
        Reading(f"{name}, with a search for what is nowhere, of a person", f"{base}?search={{nothing}}&who={{login}}"),
    ]


#: The pages.
READINGS = [
    Reading("administrator's home", "/admin"),
    *inventory("/admin/tokens", "tokens"),
    Reading("tokens, the next pages", "/admin/tokens", 5),
    Reading("a token", "/admin/tokens/{id}"),
    *people("/admin/people", "people", "search"),
    Reading("people, the next pages", "/admin/people", 5),
    Reading("a person", "/admin/people/{person}"),
    *accounts("/admin/accounts", "accounts", "search"),
    Reading("an account", "/admin/accounts/{account}"),
    *events("/admin/events", "events"),
    Reading("events, the next pages", "/admin/events", 5),
    Reading("events, a file of CSV", "/admin/events.csv?from={day}&until={same}", is_file=True),
    Reading("events, a file of JSON lines", "/admin/events.jsonl?kind={kind}", is_file=True),
    Reading("tokens, a file of CSV", "/admin/tokens.csv?owner={login}&state=all", is_file=True),
    Reading("tokens, a file of CSV of all", "/admin/tokens.csv?state=all", is_file=True),
    Reading("passwords", "/admin/passwords"),
    Reading("policy", "/admin/policy"),
    Reading("requests for approval", "/requests"),
    Reading("My Tokens of a person with 303", "/tokens", who=OWNER),
    Reading("My Tokens of a person with 303, the next pages", "/tokens?page=3", who=OWNER),
    Reading("My Tokens of a person with 303, last used first", "/tokens?order=last-use", who=OWNER),
    Reading("My Tokens of a person with 303, with a search", "/tokens?search=release", who=OWNER),
]

#: The same of the service's API, with a token that oversees.
API_READINGS = [
    Reading("API: my tokens", "/api/v1/tokens", scope="jeton:manage"),
    *inventory("/api/v1/admin/tokens", "API: tokens"),
    Reading("API: a token", "/api/v1/admin/tokens/{id}"),
    *people("/api/v1/admin/people", "API: people", "q"),
    Reading("API: a person", "/api/v1/admin/people/{login}"),
    *accounts("/api/v1/admin/accounts", "API: accounts", "q"),
    Reading("API: an account", "/api/v1/admin/accounts/{bot}"),
    *events("/api/v1/events", "API: events"),
    Reading("API: events, after one", "/api/v1/events?after={event_at}"),
    Reading("API: events, of a kind, after one", "/api/v1/events?after={event_at}&kind={kind}"),
    Reading("API: events, after one, with a search", "/api/v1/events?after={event_at}&search={name}"),
    Reading("API: events, after one, with a search for what is nowhere",
            "/api/v1/events?after={event_at}&search={nothing}"),
    Reading("API: events, a thousand after one", "/api/v1/events?after={event_at}&limit=1000"),
    Reading("API: requests for approval", "/api/v1/admin/requests"),
    Reading("API: policy", "/api/v1/admin/policy"),
]
