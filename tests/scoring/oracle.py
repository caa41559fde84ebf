"""A slow, independent scorer in plain Python, written from scoring/README.md: every query, one item at a time.

It shares no code with the library: exact fractions, dictionaries and loops.
"""

import math
from fractions import Fraction

RANKS = (1, 2, 5, 10, 20, 50)


MASK = 2**64 - 1


def splitmix(value):
    """Return the output of SplitMix64 for a state."""
    value = (value + 0x9E3779B97F4A7C15) & MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
    return value ^ (value >> 31)


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
        self.draw = protocol.get("draw", "all")
        self.n_draws = protocol.get("draws", 1)
        self.tracklets = protocol.get("image_to_track", False)
        unit = lambda row: row.get("cluster") or row["pid"]  # noqa: E731
        fixed = protocol["junk_pids"] + protocol["distractor_pids"]
        self.number_the_draws(rows)
        if self.draw == "fixed":
            rows = [row for row in rows if row["role"] == "query" or row["draws"] == "1"]
        self.rows = [row for row in rows if removed is None or unit(row) != removed or row["pid"] in fixed]
        self.units = sorted({unit(row) for row in rows})
        self.unit = unit
        self.gallery = {}
        for row in self.rows:
            if row["role"] == "gallery":
                self.gallery.setdefault(row["track"], {})[row["image_id"]] = row
        self.queries = [row for row in self.rows if row["role"] == "query"]
        self.known = {}

    def number_the_draws(self, rows):
        """Number queries over all tracks and identities within their track, as the counter of drawn galleries does."""
        order = list(dict.fromkeys(row["track"] for row in rows))
        queries = [row for track in order for row in rows if (row["track"], row["role"]) == (track, "query")]
        self.query_number = {row["image_id"]: at for at, row in enumerate(queries)}
        self.identity_number = {}
        for track in order:
            pids = [row["pid"] for row in rows if (row["track"], row["role"]) == (track, "gallery")]
            self.identity_number[track] = {pid: at for at, pid in enumerate(dict.fromkeys(pids))}

    def questions(self):
        """Return how many draws ask differently."""
        return range(self.n_draws if self.draw == "resplit" else 1)

    def items(self, query, draw):
        """Return the gallery of a query in a draw, in order."""
        items = list(self.gallery.get(query["track"], {}).values())
        return [row for row in items if self.draw != "resplit" or str(draw + 1) in row["draws"].split()]

    def is_asked(self, query, draw):
        return self.draw != "resplit" or query["image_id"] not in {row["image_id"] for row in self.items(query, draw)}

    def is_junk(self, query, item):
        if item["pid"] in self.protocol["junk_pids"]:
            return True
        return any(all(query[column] == item[column] for column in columns) for columns in self.protocol["junk"])

    def is_match(self, query, item):
        never = self.protocol["distractor_pids"] + self.protocol["junk_pids"]
        return query["pid"] == item["pid"] and query["pid"] not in never and not self.is_junk(query, item)

    def shown(self, item):
        """Return what an item stands for: its tracklet, or itself."""
        return (
            (item.get("tracklet") or "", "" if item.get("tracklet") else item["image_id"])
            if self.tracklets
            else item["image_id"]
        )

    def relevant(self, query, draw=0):
        return len({self.shown(item) for item in self.items(query, draw) if self.is_match(query, item)})

    def listed(self, query, draw=0):
        """Return the list after the cut, without junk and later images of tracklets."""
        gallery = {item["image_id"]: item for item in self.items(query, draw)}
        listed = self.answers[query["image_id"]]
        cut = self.protocol.get("depth")
        if cut is not None:
            listed = listed[:cut]
        items = [gallery[name] for name in listed if name in gallery]
        kept = {}
        for item in items:
            if not self.is_junk(query, item):
                kept.setdefault(self.shown(item), item)
        return list(kept.values())

    def values(self, query, draw=0):
        """Return each metric of one query as a fraction."""
        key = query["image_id"], draw
        if key not in self.known:
            self.known[key] = self.compute(query, draw)
        return self.known[key]

    def compute(self, query, draw):
        relevant = self.relevant(query, draw)
        if self.kind == "labels":
            return {"rank-1": Fraction(int(relevant > 0 and self.answers[query["image_id"]] == query["pid"]))}
        hits = [self.is_match(query, item) for item in self.listed(query, draw)] if relevant else []
        cuts = [cut for cut in (self.protocol.get("depth"), self.depth) if cut is not None]
        depth = min(cuts) if cuts else None
        lists = self.sampled(query) if self.draw == "per_query" and relevant else [hits]
        values = {
            f"rank-{k}": Fraction(sum(any(drawn[:k]) for drawn in lists), len(lists))
            for k in RANKS
            if depth is None or k <= depth
        }
        name = "mAP" if depth is None else f"mAP@{depth}"
        values[name] = self.average_precision(hits, relevant, depth)
        if depth is None:
            last = max((rank for rank, hit in enumerate(hits, 1) if hit), default=0)
            values["mINP"] = Fraction(relevant, last) if last else Fraction(0)
        return values

    def sampled(self, query):
        """Return the hits of the drawn galleries: one item of each identity that is not junk."""
        groups = {}
        for item in self.items(query, 0):
            if not self.is_junk(query, item):
                groups.setdefault(item["pid"], []).append(item["image_id"])
        listed, lists = self.listed(query), []
        for draw in range(self.n_draws):
            state = splitmix(splitmix(self.protocol.get("draw_seed", 0)) + self.query_number[query["image_id"]])
            state = splitmix((state + draw) & MASK)
            drawn = set()
            for pid, names in groups.items():
                number = splitmix((state + self.identity_number[query["track"]][pid]) & MASK)
                drawn.add(names[number % len(names)])
            lists.append([self.is_match(query, item) for item in listed if item["image_id"] in drawn])
        return lists

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

    def counted(self, split, track, draw=0):
        parts = ("public", "private") if split == "all" else (split,)
        chosen = [row for row in self.queries if row["track"] == track and (row.get("split") or "public") in parts]
        chosen = [row for row in chosen if self.is_asked(row, draw)]
        return [row for row in chosen if self.protocol["no_match"] == "zero" or self.relevant(row, draw)]

    def tracks(self):
        return list(dict.fromkeys(row["track"] for row in self.rows))

    def pools(self, split, tracks):
        """Return the counted queries of some tracks in each draw that has any."""
        pools = [
            [(row, draw) for track in tracks for row in self.counted(split, track, draw)] for draw in self.questions()
        ]
        return [pool for pool in pools if pool]

    def pooled(self, split, tracks, metric):
        means = [sum(self.values(*asked)[metric] for asked in pool) / len(pool) for pool in self.pools(split, tracks)]
        return Fraction(sum(means)) / len(means)

    def score(self, key):
        """Return one score alone."""
        split, name, metric = key
        if name != "macro":
            return float(self.pooled(split, self.tracks() if name == "micro" else [name], metric))
        present = [track for track in self.tracks() if self.pools(split, [track])]
        return float(sum(self.pooled(split, [track], metric) for track in present) / len(present))

    def scores(self):
        """Return {(split, track, metric): value}."""
        found = {}
        for split in ("public", "private", "all"):
            present = [track for track in self.tracks() if self.pools(split, [track])]
            if not present:
                continue
            for metric in self.values(*self.pools(split, present)[0][0]):
                for name in (*present, "micro", "macro"):
                    found[split, name, metric] = self.score((split, name, metric))
        return found


def jackknife_error(rows, protocol, answers, key):
    """Return the two-role standard error of one score by taking every unit out of the rows and scoring again."""
    fixed = protocol["junk_pids"] + protocol["distractor_pids"]
    here = [row for row in rows if protocol.get("draw") != "fixed" or row["role"] == "query" or row["draws"] == "1"]
    people = {row.get("cluster") or row["pid"] for row in here if row["pid"] not in fixed}
    without = [Oracle(rows, protocol, answers, removed=unit).score(key) for unit in sorted(people)]
    mean = math.fsum(without) / len(without)
    return math.sqrt((len(without) - 1) / len(without) * math.fsum((value - mean) ** 2 for value in without))


def query_role_error(rows, protocol, answers, key, *, kind="ranking", depth=None):
    """Return the clustered standard error of a micro or track score with the gallery fixed."""
    oracle = Oracle(rows, protocol, answers, kind=kind, depth=depth)
    split, name, metric = key
    tracks = oracle.tracks() if name in ("micro", "macro") else [name]
    influence = {}
    present = [track for track in tracks if oracle.pools(split, [track])]
    groups = [[track] for track in present] if name == "macro" else [present]
    for group in groups:
        pools = oracle.pools(split, group)
        for pool in pools:
            values = [float(oracle.values(*asked)[metric]) for asked in pool]
            mean = math.fsum(values) / len(values)
            for (row, _), value in zip(pool, values, strict=True):
                unit, share = oracle.unit(row), len(values) * len(pools) * len(groups)
                influence[unit] = influence.get(unit, 0.0) + (value - mean) / share
    n = len(influence)
    return math.sqrt(n / (n - 1) * math.fsum(value**2 for value in influence.values()))
