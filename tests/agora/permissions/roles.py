"""The people of the matrix: who asks, in the order of the matrix's columns.

To add a role: one more entry of `ROLES`, one more person in `world.py`, and one more column in `matrix.py`; a row without
an outcome for it is an error.
"""

from typing import Final

#: Role -> who it is. `participant`, `mate` and `other` take part in every competition of the world that has teams.
ROLES: Final = {
    "anonymous": "nobody signed in",
    "user": "signed in, takes part in nothing",
    "participant": "leads the team whose uploads and entries are asked about",
    "mate": "a second member of that team",
    "other": "leads another team of the same competitions",
    "organiser": "runs the competitions that are asked about",
    "rival": "runs another competition, and none that is asked about",
    "staff": "works for the site, with every permission in the administration",
}
