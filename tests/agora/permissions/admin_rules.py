"""Who may do what in the administration: a rule for each model and page, so that a new model needs a decision.

Staff see people, teams, states, hashes and counts, and mend texts and dates. Nobody sees there what the web process cannot
read itself or what is not to be known yet: labels, per-query results, private scores, where those files lie, hashes of
passwords, sessions. Who runs the machine can read everything; who works for the site in a browser takes part like anybody.
Organisers have no part in the administration. To register a model: add its line here.
"""

from typing import Final

#: Model -> what staff with every permission may do, beside what everybody without one may: nothing.
MODELS: Final = {
    "account.emailaddress": {"view", "add", "change", "delete"},
    "accounts.user": {"view", "add", "change"},
    "activity.auditevent": {"view"},
    "auth.group": {"view", "add", "change", "delete"},
    "competitions.competition": {"view", "change"},
    "competitions.datafile": {"view"},
    "competitions.groundtruth": {"view"},
    "competitions.membership": {"view"},
    "competitions.reportedrow": {"view"},
    "competitions.rulesacceptance": {"view"},
    "competitions.rulesversion": {"view"},
    "competitions.spec": {"view"},
    "competitions.team": {"view"},
    "leaderboards.boardrow": {"view"},
    "runs.artefact": {"view"},
    "runs.run": {"view"},
    "submissions.comparison": {"view"},
    "submissions.evaluation": {"view"},
    "submissions.submission": {"view"},
    "submissions.upload": {"view"},
}
#: Pages of a model: the end of the route's name -> what one has to be allowed, and the outcome then.
PAGES: Final = {"changelist": "view", "history": "view", "change": "view", "add": "add", "delete": "delete"}
#: Pages of no model: outcome for who is not signed in, for people without the mark of staff, and for staff.
SITE: Final = {
    "admin:index": ("gate", "gate", "ok"),
    "admin:login": ("login", "forbidden", "moved"),
    "admin:logout": ("moved", "moved", "method"),
    "admin:password_change": ("gate", "gate", "ok"),
    "admin:password_change_done": ("gate", "gate", "ok"),
    "admin:autocomplete": ("gate", "gate", "forbidden"),
    "admin:jsi18n": ("gate", "gate", "ok"),
    "admin:view_on_site": ("gate", "gate", "hidden"),
    "admin:app_list": ("gate", "gate", "ok"),
    r"admin/(?P<url>.*)$": ("gate", "gate", "hidden"),
}
