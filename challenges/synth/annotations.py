"""Write down all that is known of a picture of a person."""

from __future__ import annotations

from challenges.synth.attributes import ATTRIBUTE_NAMES
from challenges.synth.factors import FACTOR_COLUMNS, factor_values
from challenges.synth.population import Identity
from challenges.synth.populations import Item
from challenges.synth.render import Picture
from challenges.synth.shot import Shot
from challenges.synth.sites import SITES

UNKNOWN = "unknown"
_ON_FACE = frozenset({"beard", "moustache", "glasses"})
HIDDEN_COLUMNS = ("platform", "session", "group", "cue", *ATTRIBUTE_NAMES, *FACTOR_COLUMNS)


def annotation_row(item: Item, identity: Identity, shot: Shot, picture: Picture) -> dict[str, str]:
    """Return the row of a picture of a person, column by column."""
    row = {
        "track": item.track,
        "role": item.role,
        "image_id": item.name,
        "pid": identity.pid,
        "camid": shot.camid,
        "split": identity.split,
        "platform": SITES[shot.camid].platform,
        "session": identity.session.name,
        "group": identity.group,
        "cue": identity.cue,
    }
    factors = factor_values(shot, picture)
    hidden = unseen(float(factors["elevation"]), factors["view"], picture.body_height)
    row |= {name: UNKNOWN if name in hidden else str(getattr(identity.labels, name)) for name in ATTRIBUTE_NAMES}
    return row | factors


def unseen(elevation: float, view: str, height: int) -> frozenset[str]:
    """Return the attributes that nobody could tell from a view.

    What is on a face, made of squares, needs it near and before one; from above a body is foreshortened, so that age,
    stature and build go first, then skin and feet under hair and body, then what legs wear and tell.
    `elevation` is in degrees, `height` that of the body in pixels.
    """
    hidden: set[str] = set()
    if elevation >= 20.0 or view == "back" or height < 100:
        hidden |= _ON_FACE
    if elevation >= 20.0:
        hidden |= {"age", "stature", "build"}
    if elevation >= 40.0 or (view == "back" and height < 100):
        hidden |= {"skin"}
    if elevation >= 40.0:
        hidden |= {"feet"}
    if elevation >= 50.0:
        hidden |= {"feet_colour", "gender", "lower"}
    return frozenset(hidden)
