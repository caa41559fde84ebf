"""Annotations whose every hidden word can be recognised, and files whose every score can be told from every other."""

import hashlib
from functools import cache

from tests.agora.factories import TRACKS, Truth

PUBLIC, PRIVATE = 23, 29  # primes, so that shares of queries have long decimals
#: The second track asks for fewer people than the first, so that the mean over queries is not that over tracks.
ASKED = {"aerial_ground": PUBLIC + PRIVATE, "ground_aerial": 37}


def make() -> Truth:
    """Return one query and two gallery images of each person in each track, with hidden columns; the later people are private."""
    rows = []
    for track, _ in TRACKS:
        short = "".join(word[0] for word in track.split("_"))
        for number in range(PUBLIC + PRIVATE):
            split = "public" if (number * 7) % (PUBLIC + PRIVATE) < PUBLIC else "private"
            hidden = {
                "pid": f"CANARYPID{number:03d}",
                "cluster": f"CANARYCLUSTER{number:03d}",
                "group": f"CANARYGROUP{number // 3:03d}",
            }
            # A column that may be known: entries are sliced by it.
            common = {"track": track, **hidden, "lamp": "lit" if track == "aerial_ground" else "unlit"}
            if number < ASKED[track]:
                rows.append(
                    {
                        **common,
                        "role": "query",
                        "image_id": f"{short}q{number:03d}",
                        "camid": "canarycam1",
                        "split": split,
                    }
                )
            rows += [
                {
                    **common,
                    "role": "gallery",
                    "image_id": f"{short}g{number:03d}{letter}",
                    "camid": "canarycam2",
                    "split": "",
                }
                for letter in "ab"
            ]
    return Truth(tuple(rows))


TRUTH = make()


@cache
def noisy(seed: str) -> bytes:
    """Return a ranking in which right matches tend to come first; another seed is another ranking, and the same the same."""

    def key(query: dict[str, str], item: dict[str, str]) -> int:
        drawn = int.from_bytes(hashlib.sha256(f"{seed} {query['image_id']} {item['image_id']}".encode()).digest()[:6])
        return drawn // 40 if query["pid"] == item["pid"] else drawn

    return TRUTH.ranking(key)
