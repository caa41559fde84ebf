"""A slow, independent scorer in plain Python, written from scoring/README.md: every query, one item at a time.

It shares no code with the library: exact fractions, dictionaries and loops.
"""

import math
from fractions import Fraction

RANKS = (1, 2, 5, 10, 20, 50)


class Oracle:
    """Score rankings or labels of a test set given as rows.

    `rows` are dictionaries with track, role, image_id, pid, camid and any other column; `answers` map a query id to
    its list of gallery ids, or to its label.
    """

    def __init__(self, rows, protocol, answers, *, kind="ranking", depth=None, removed=None):
        self.protocol = protocol
        self.answers = answers
        self.kind = kind
        self.depth = depth
        unit = lambda row: row.get("cluster") or row["pid"]  # noqa: E731
        fixed = protocol["junk_pids"] + protocol["distractor_pids"]
        self.rows = [row for row in rows if removed is None or unit(row) != removed or row["pid"] in fixed]
        self.units = sorted({unit(row) for row in rows})
        self.unit = unit
        self.gallery = {}
        for row in self.rows:
            if row["role"] == "gallery":
                self.gallery.setdefault(row["track"], {})[row["image_id"]] = row
        self.queries = [row for row in self.rows if row["role"] == "query"]

    def is_junk(self, query, item):
        if item["pid"] in self.protocol["junk_pids"]:
            return True
        return any(all(query[column] == item[column] for column in columns) for columns in self.protocol["junk"])

    def is_match(self, query, item):
        never = self.protocol["distractor_pids"] + self.protocol["junk_pids"]
        return query["pid"] == item["pid"] and query["pid"] not in never and not self.is_junk(query, item)

    def relevant(self, query):
        return sum(self.is_match(query, item) for item in self.gallery.get(query["track"], {}).values())

    def hits(self, query):
        """Return the list after the cut, without junk: True for a match."""
        gallery = self.gallery.get(query["track"], {})
        listed = self.answers[query["image_id"]]
        cut = self.protocol.get("depth")
        if cut is not None:
            listed = listed[:cut]
        items = [gallery[name] for name in listed if name in gallery]
        return [self.is_match(query, item) for item in items if not self.is_junk(query, item)]

    def values(self, query):
        """Return each metric of one query as a fraction."""
        relevant = self.relevant(query)
        if self.kind == "labels":
            return {"rank-1": Fraction(int(relevant > 0 and self.answers[query["image_id"]] == query["pid"]))}
        hits = self.hits(query) if relevant else []
        cuts = [cut for cut in (self.protocol.get("depth"), self.depth) if cut is not None]
        depth = min(cuts) if cuts else None
        values = {f"rank-{k}": Fraction(int(any(hits[:k]))) for k in RANKS if depth is None or k <= depth}
        name = "mAP" if depth is None else f"mAP@{depth}"
        values[name] = self.average_precision(hits, relevant, depth)
        if depth is None:
            last = max((rank for rank, hit in enumerate(hits, 1) if hit), default=0)
            values["mINP"] = Fraction(relevant, last) if last else Fraction(0)
        return values

    def average_precision(self, hits, relevant, depth):
        total, found = Fraction(0), 0
        for rank, hit in enumerate(hits, 1):
            if not hit:
                continue
            before = Fraction(found, rank - 1) if rank > 1 else Fraction(1)
            found += 1
            at = Fraction(found, rank)
            total += at if self.protocol["ap"] == "step" else (before + at) / 2
        below = {
            "relevant": relevant,
            "min_relevant_k": min(relevant, depth or relevant),
            "found": found,
        }[self.protocol["denominator"]]
        return total / below if below else Fraction(0)

    def counted(self, split, track):
        parts = ("public", "private") if split == "all" else (split,)
        chosen = [row for row in self.queries if row["track"] == track and (row.get("split") or "public") in parts]
        return [row for row in chosen if self.protocol["no_match"] == "zero" or self.relevant(row)]

    def tracks(self):
        return list(dict.fromkeys(row["track"] for row in self.rows))

    def score(self, key):
        """Return one score alone."""
        split, name, metric = key
        tracks = self.tracks() if name in ("micro", "macro") else [name]
        lists = [[self.values(row)[metric] for row in self.counted(split, track)] for track in tracks]
        lists = [values for values in lists if values]
        if name == "macro":
            return float(sum(sum(values) / len(values) for values in lists) / len(lists))
        return float(sum(map(sum, lists)) / sum(map(len, lists)))

    def scores(self):
        """Return {(split, track, metric): value}."""
        found = {}
        for split in ("public", "private", "all"):
            per_track = {track: [self.values(row) for row in self.counted(split, track)] for track in self.tracks()}
            per_track = {track: values for track, values in per_track.items() if values}
            if not per_track:
                continue
            everything = [value for values in per_track.values() for value in values]
            for metric in everything[0]:
                means = {}
                for track, values in per_track.items():
                    means[track] = sum(value[metric] for value in values) / len(values)
                    found[split, track, metric] = means[track]
                found[split, "micro", metric] = sum(value[metric] for value in everything) / len(everything)
                found[split, "macro", metric] = sum(means.values()) / len(means)
        return {key: float(value) for key, value in found.items()}


def jackknife_error(rows, protocol, answers, key):
    """Return the two-role standard error of one score by taking every unit out of the rows and scoring again."""
    fixed = protocol["junk_pids"] + protocol["distractor_pids"]
    people = {row.get("cluster") or row["pid"] for row in rows if row["pid"] not in fixed}
    without = [Oracle(rows, protocol, answers, removed=unit).score(key) for unit in sorted(people)]
    mean = math.fsum(without) / len(without)
    return math.sqrt((len(without) - 1) / len(without) * math.fsum((value - mean) ** 2 for value in without))


def query_role_error(rows, protocol, answers, key, *, kind="ranking", depth=None):
    """Return the clustered standard error of a micro or track score with the gallery fixed."""
    oracle = Oracle(rows, protocol, answers, kind=kind, depth=depth)
    split, name, metric = key
    tracks = oracle.tracks() if name in ("micro", "macro") else [name]
    influence = {}
    present = [track for track in tracks if oracle.counted(split, track)]
    pools = [[row for track in present for row in oracle.counted(split, track)]]
    if name == "macro":
        pools = [oracle.counted(split, track) for track in present]
    for pool in pools:
        values = [float(oracle.values(row)[metric]) for row in pool]
        mean = math.fsum(values) / len(values)
        for row, value in zip(pool, values, strict=True):
            unit = oracle.unit(row)
            influence[unit] = influence.get(unit, 0.0) + (value - mean) / len(values) / len(pools)
    n = len(influence)
    return math.sqrt(n / (n - 1) * math.fsum(value**2 for value in influence.values()))
