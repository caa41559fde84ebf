"""`python -m tests.browser.stage OUT`: fill a running site, named by AGORA_VAR, and write what was made as JSON.

The JSON holds `cookies` (visitor to session) and `refs` (name to the reference or slug that an address needs).
"""

import json
import sys
from pathlib import Path

import django

if __name__ == "__main__":
    django.setup()
    from tests.browser.stage import comparisons, competitions, entries, people, runs, uploads

    stage = people.make()
    competitions.make(stage)
    uploads.make(stage)
    entries.make(stage)
    runs.make(stage)
    comparisons.make(stage)
    made = {"cookies": stage.cookies, "refs": stage.refs}
    Path(sys.argv[1]).write_text(json.dumps(made), encoding="utf-8")
