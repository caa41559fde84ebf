"""Fill the board of a running site: more teams than a page holds, with intervals, facets, a platform run and a published row.

`python -m tests.browser.crowd` with AGORA_VAR naming the site's folder, as for an operator's command.
"""

import django

TEAMS = 55
PUBLISHED = "As printed"


def fill() -> None:
    """Write scored entries through the factories of the tests; the first is the best."""
    from agora.competitions.models import Competition
    from challenges.facets import SLUGS, to_mask
    from tests.agora.factories import make_member, scored_entry

    competition = Competition.objects.get(slug="agsynth")
    phase = competition.phases.get(slug="ranking")
    for place in range(TEAMS):
        value = 0.95 - place / 200
        others = {("public", track, "mAP"): value for track in ("aerial_ground", "ground_aerial")}
        curve = {("public", "macro", f"rank-{rank}"): min(1.0, value + rank / 1000) for rank in (1, 2, 5, 10, 20, 50)}
        interval = {("public", "macro", "mAP"): (value, value - 0.012, value + 0.011)}
        facets = to_mask(SLUGS[: place % 4])
        method = "SwinV2-B 256 with a circle loss and a few more words than fit"
        scored_entry(
            phase, make_member(competition), value, scores={**others, **curve, **interval}, facets=facets, method=method
        )
    competition.reported_source = "Table 9"
    competition.save(update_fields=["reported_source"])
    competition.reported_rows.create(
        method=PUBLISHED, backbone="ResNet50", values={"overall": "92.80"}, source="Table 9"
    )


if __name__ == "__main__":
    django.setup()
    fill()
