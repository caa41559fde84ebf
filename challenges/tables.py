"""List the tables of `challenge.toml` and their keys; this is the specification that the reader applies."""

from challenges import schema as kind
from challenges.schema import Key, Table

ORGANISER = Table(
    (
        Key("name", kind.LINE, "who made the challenge"),
        Key("url", kind.LINE, "their page", required=False, default=""),
    )
)
LICENCE = Table(
    (
        Key("name", kind.LINE, "short name of the terms for the data"),
        Key("url", kind.LINE, "where the terms are", required=False, default=""),
        Key("note", kind.TEXT, "what a reader should know beyond the name", required=False, default=""),
    )
)
TRACK = Table(
    (
        Key("slug", kind.TRACK_SLUG, "name in annotations, results and addresses"),
        Key("label", kind.LINE, 'short label, such as "A → G"'),
        Key("name", kind.LINE, "full name"),
        Key("query_domain", kind.LINE, "where query images come from"),
        Key("gallery_domain", kind.LINE, "where gallery images come from"),
        Key("queries", kind.POSITIVE, "number of queries, where the challenge fixes it", required=False),
        Key("gallery", kind.POSITIVE, "number of gallery images, where the challenge fixes it", required=False),
        Key("identities", kind.POSITIVE, "number of query identities, where the challenge fixes it", required=False),
    )
)
STATUS = Table(
    (
        Key("status", kind.STATUS, "how far the field is known"),
        Key("note", kind.LINE, "the citation of a source, or the reason for the assumption"),
    )
)
COLUMN = Table(
    (
        Key("slug", kind.TRACK_SLUG, "name of the column, also in `reported.csv`"),
        Key("label", kind.LINE, "head of the column"),
        Key("metric", kind.METRIC, "which metric"),
        Key("track", kind.LINE, "on which track, or `micro` or `macro` over all"),
    )
)
SLICE = Table(
    (
        Key("column", kind.LINE, "a column of the annotations that says something about query images"),
        Key("label", kind.LINE, "its name for people"),
    )
)
WORKED_IMAGE = Table(
    (
        Key("image_id", kind.LINE, "name of the image"),
        Key("pid", kind.LINE, "its identity"),
        Key("camid", kind.LINE, "its camera"),
    )
)
WORKED_ANSWER = Table(
    (
        Key("image_id", kind.LINE, "name of the query image"),
        Key("answered", kind.LINE, "the identity that the file names"),
        Key("pid", kind.LINE, "the true identity"),
    )
)
WORKED_QUERY = Table(
    (
        Key("caption", kind.LINE, "what the example shows"),
        Key("query", kind.NESTED, "the query image, for a ranking", required=False, table=WORKED_IMAGE),
        Key(
            "ranked",
            kind.NESTED,
            "the gallery, best first, for a ranking",
            required=False,
            table=WORKED_IMAGE,
            many=True,
        ),
        Key("answers", kind.NESTED, "answered queries, for labels", required=False, table=WORKED_ANSWER, many=True),
    )
)
PHASE = Table(
    (
        Key("slug", kind.SLUG, "name in addresses and for `--phase`"),
        Key("title", kind.LINE, "name for people"),
        Key("sentence", kind.LINE, "what is handed in"),
        Key("primary_metric", kind.METRIC, "the metric that ranks"),
        Key("metrics", kind.METRIC_LIST, "all metrics that are shown, the primary one among them"),
        Key("daily_quota", kind.POSITIVE, "submissions of a team on one UTC day"),
        Key("selection_count", kind.POSITIVE, "how many entries a team may choose for the final ranking"),
        Key("opens_at", kind.INSTANT, "first instant at which entries are taken", required=False),
        Key("closes_at", kind.INSTANT, "first instant at which entries are no longer taken", required=False),
        Key("evaluation", kind.PATH, "Markdown file that explains the metric and its traps"),
        Key("sample", kind.LINES, "first lines of a valid file, the header first"),
        Key("sample_file", kind.PATH, "a valid file of the release, under `public/`", required=False),
        Key("format_notes", kind.LINES, "rules of the file beyond those of its format", required=False, default=()),
        Key("format", kind.OPEN_TABLE, "the submission format, as `scoring.SubmissionFormat`"),
        Key("protocol", kind.OPEN_TABLE, "protocol fields in which this phase differs", required=False, default={}),
        Key("protocol_status", kind.OPEN_TABLE, "the statuses of those fields", required=False, default={}),
        Key("columns", kind.NESTED, "up to two further columns of the board", required=False, table=COLUMN, many=True),
        Key(
            "slices",
            kind.NESTED,
            "by which columns an entry's score is broken down, the most important first",
            required=False,
            table=SLICE,
            many=True,
        ),
        Key("worked_query", kind.NESTED, "one example, scored step by step", required=False, table=WORKED_QUERY),
    )
)
REPORTED = Table(
    (
        Key("file", kind.PATH, "CSV of the published rows"),
        Key("publication", kind.LINE, "where the table is printed"),
        Key("caption", kind.LINE, "what the numbers are and are not"),
        Key("note_title", kind.LINE, "head of the note", required=False, default=""),
        Key("note", kind.TEXT, "what a reader must know about the table", required=False, default=""),
    )
)
FILE = Table(
    (
        Key("path", kind.PATH, "file or folder under `public/`"),
        Key("what", kind.LINE, "what it holds"),
        Key("unit", kind.UNIT, "what its count counts"),
    )
)
RELEASE = Table(
    (
        Key("manifest", kind.PATH, "the label-free image list, under `public/`"),
        Key("images", kind.PATH, "folder of the test images, named `<image_id>.png`, under `public/`"),
        Key("gallery", kind.PATH, "gallery pseudonyms, under `public/`, if they are released", required=False),
        Key("annotations", kind.PATH, "the ground truth, under `hidden/`"),
        Key("provenance", kind.PATH, "JSON on how the release was made, beside `public/`", required=False),
        Key("files", kind.NESTED, "what participants download", table=FILE, many=True),
    )
)
SYNTHESIS = Table((Key("identities", kind.POSITIVE, "training identities, and as many for testing"),))
CHALLENGE = Table(
    (
        Key("schema", kind.POSITIVE, "version of this specification: 1"),
        Key("slug", kind.SLUG, "name in addresses and commands; the folder has the same"),
        Key("title", kind.LINE, "name for people"),
        Key("sentence", kind.LINE, "the challenge in one sentence"),
        Key("tags", kind.TAG_LIST, "`synthetic`, `archive`", required=False, default=()),
        Key("citation", kind.TEXT, "BibTeX"),
        Key("description", kind.PATH, "Markdown file: what is asked"),
        Key("rules", kind.PATH, "Markdown file: the rules that are accepted"),
        Key("rules_version", kind.POSITIVE, "raised with every change of the rules", required=False, default=1),
        Key("data", kind.PATH, "Markdown file: what the data are and how to get them"),
        Key("organiser", kind.NESTED, "who made the challenge", table=ORGANISER),
        Key("licence", kind.NESTED, "terms of the data", table=LICENCE),
        Key("tracks", kind.NESTED, "the query and gallery sets", table=TRACK, many=True),
        Key("protocol", kind.OPEN_TABLE, "how entries are scored, as `scoring.Protocol`"),
        Key("protocol_status", kind.OPEN_TABLE, "for every protocol field, how far it is known"),
        Key("phases", kind.NESTED, "the periods of a competition; the first is the main one", table=PHASE, many=True),
        Key("reported", kind.NESTED, "a published table", required=False, table=REPORTED),
        Key("release", kind.NESTED, "layout of the data", required=False, table=RELEASE),
        Key(
            "synthesis",
            kind.NESTED,
            "defaults of `synthesize`, if the data can be made",
            required=False,
            table=SYNTHESIS,
        ),
    )
)
