"""Competitions and all that surrounds a submission: phases, tracks, ground truth, specs, rules, data, teams."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now

from agora.core.refs import RefField


class Competition(models.Model):
    """The event that hosts a challenge on this site."""

    slug = models.SlugField(max_length=60, unique=True)  # immutable: it stands in papers
    title = models.CharField(max_length=120)
    sentence = models.CharField(max_length=200)
    tags = ArrayField(models.SlugField(max_length=20), default=list, blank=True)  # synthetic, archive, private
    organiser_name = models.CharField(max_length=200, blank=True)
    licence = models.CharField(max_length=300, blank=True)
    citation = models.TextField(blank=True)  # BibTeX
    description = models.TextField(blank=True)  # Markdown
    facts = models.CharField(max_length=200, blank=True)  # "808 identities, 48,972 test images"
    reported_source = models.CharField(max_length=200, blank=True)  # "AG-ReID2023, IJCB 2023, Tables 3 and 4"
    reported_url = models.URLField(blank=True)
    reported_note = models.TextField(blank=True)
    archived_on = models.DateField(null=True, blank=True)  # the day on which the original event closed
    guide = models.JSONField(default=dict, blank=True)  # further texts of the pack: packs.competition_guide
    position = models.PositiveSmallIntegerField(default=0)
    team_size_max = models.PositiveSmallIntegerField(default=5)  # people in one team
    merger_deadline = models.DateTimeField(null=True, blank=True)  # of every change of teams; None: until entries close
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["position", "slug"]
        constraints = [models.CheckConstraint(condition=Q(team_size_max__gte=1), name="competition_teams_have_room")]

    def __str__(self) -> str:
        return self.title


class Organiser(models.Model):
    """A person who runs a competition."""

    competition = models.ForeignKey(Competition, models.PROTECT, related_name="organisers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="organised")
    role = models.CharField(max_length=6, choices=[("owner", "owner"), ("editor", "editor")])

    class Meta:
        constraints = [models.UniqueConstraint(fields=["competition", "user"], name="organiser_once")]


class Track(models.Model):
    """One query set against one gallery set."""

    competition = models.ForeignKey(Competition, models.PROTECT, related_name="tracks")
    slug = models.SlugField(max_length=40)
    label = models.CharField(max_length=20)  # "A → G"
    name = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["competition", "position"]
        constraints = [models.UniqueConstraint(fields=["competition", "slug"], name="track_slug_once")]

    def __str__(self) -> str:
        return self.label


class GroundTruth(models.Model):
    """One immutable version of the hidden annotations, with its public label-free manifest."""

    competition = models.ForeignKey(Competition, models.PROTECT, related_name="ground_truths")
    version = models.PositiveIntegerField()
    storage_key = models.CharField(max_length=200, unique=True)  # alias `ground_truth`
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    manifest_key = models.CharField(max_length=200)  # alias `public`
    manifest_sha256 = models.CharField(max_length=64)
    identities_key = models.CharField(
        max_length=200, blank=True
    )  # alias `public`: released gallery identities, else ""
    summary = models.JSONField(default=dict)  # counts by track and split
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["competition", "version"]
        constraints = [models.UniqueConstraint(fields=["competition", "version"], name="ground_truth_version_once")]

    def __str__(self) -> str:
        return f"{self.competition_id} v{self.version}"


class Spec(models.Model):
    """All that a score depends on beside the submitted file. Immutable."""

    ground_truth = models.ForeignKey(GroundTruth, models.PROTECT, related_name="specs")
    protocol = models.JSONField()
    protocol_hash = models.CharField(max_length=16)
    format = models.JSONField()
    format_hash = models.CharField(max_length=16)
    scorer_revision = models.PositiveIntegerField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ground_truth", "protocol_hash", "format_hash", "scorer_revision"], name="spec_once"
            )
        ]


class Phase(models.Model):
    """A period of a competition with its own dates, format and quota. Open while opens_at <= now < closes_at."""

    competition = models.ForeignKey(Competition, models.PROTECT, related_name="phases")
    slug = models.SlugField(max_length=40)  # immutable
    title = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField(default=0)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField(null=True, blank=True)  # None: a benchmark without end
    daily_quota = models.PositiveSmallIntegerField(default=5)
    selection_count = models.PositiveSmallIntegerField(default=2)
    format = models.JSONField()  # scoring.SubmissionFormat
    protocol = models.JSONField()  # scoring.Protocol
    protocol_notes = models.JSONField(default=dict)  # field -> {status, note}
    primary_metric = models.CharField(max_length=20)
    aggregate = models.CharField(max_length=5, choices=[("micro", "mean over queries"), ("macro", "mean over tracks")])
    metrics = ArrayField(models.CharField(max_length=20))  # shown on pages, in order
    columns = ArrayField(models.CharField(max_length=40))  # up to two further board columns: track or metric slugs
    slices = models.JSONField(
        default=list
    )  # annotation columns of which slices are shown, by importance: column, label
    disclosure = models.JSONField(default=dict)  # what a participant may see, and when
    guide = models.JSONField(default=dict, blank=True)  # sample, rules of the file, worked query: packs.phase_guide
    private_released_at = models.DateTimeField(null=True, blank=True)
    # The board that the site shows; None while no ground truth is here. Publishing a shadow board moves this pointer alone.
    current_spec = models.ForeignKey(Spec, models.PROTECT, null=True, blank=True, related_name="current_for")

    class Meta:
        ordering = ["competition", "position"]
        constraints = [
            models.UniqueConstraint(fields=["competition", "slug"], name="phase_slug_once"),
            models.CheckConstraint(
                condition=Q(closes_at__isnull=True) | Q(closes_at__gt=F("opens_at")), name="phase_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.competition_id}/{self.slug}"


class RulesVersion(models.Model):
    """One version of a competition's rules; a new text is a new row."""

    competition = models.ForeignKey(Competition, models.PROTECT, related_name="rules_versions")
    version = models.PositiveIntegerField()
    text = models.TextField()  # Markdown
    published_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["competition", "version"]
        constraints = [models.UniqueConstraint(fields=["competition", "version"], name="rules_version_once")]


class RulesAcceptance(models.Model):
    """A person's acceptance of one version of the rules."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="rules_acceptances")
    rules = models.ForeignKey(RulesVersion, models.PROTECT, related_name="acceptances")
    accepted_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "rules"], name="rules_accepted_once")]


class DataFile(models.Model):
    """One file that participants download. The name is for people; the key in the store is ours."""

    competition = models.ForeignKey(Competition, models.PROTECT, related_name="data_files")
    name = models.CharField(max_length=200)  # path inside the release, e.g. "test/images.csv"
    what = models.CharField(max_length=200, blank=True)
    rows = models.PositiveIntegerField(null=True, blank=True)  # rows of a table, images of an archive
    size_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    storage_key = models.CharField(max_length=200)  # alias `public`
    preview = models.JSONField(default=list)  # first rows of a table: list of lists of text
    position = models.PositiveSmallIntegerField(default=0)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["competition", "position", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["competition", "name"], condition=Q(withdrawn_at__isnull=True), name="data_file_name_once"
            )
        ]


class Picture(models.Model):
    """A small picture on the data page, encoded anew by us; only synthetic data show any."""

    competition = models.ForeignKey(Competition, models.PROTECT, related_name="pictures")
    storage_key = models.CharField(max_length=200)  # alias `public`
    caption = models.CharField(max_length=120)
    width = models.PositiveSmallIntegerField()  # pixels
    height = models.PositiveSmallIntegerField()
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["competition", "position"]
        constraints = [models.UniqueConstraint(fields=["competition", "position"], name="picture_position_once")]


class ReportedRow(models.Model):
    """A value transcribed from a paper: text as printed, from which nothing is derived."""

    competition = models.ForeignKey(Competition, models.PROTECT, related_name="reported_rows")
    method = models.CharField(max_length=120)
    backbone = models.CharField(max_length=160, blank=True)
    facets = models.PositiveIntegerField(default=0)  # bit mask over challenges.facets
    inferred = models.PositiveIntegerField(default=0)  # of these bits, the ones we concluded from the paper's text
    values = models.JSONField()  # column slug -> text as printed
    source = models.CharField(max_length=80)  # "Table 3"
    note = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["competition", "position"]
        constraints = [models.UniqueConstraint(fields=["competition", "method", "source"], name="reported_row_once")]


class Team(models.Model):
    """Who competes. A single entrant is a team of one."""

    ref = RefField()
    competition = models.ForeignKey(Competition, models.PROTECT, related_name="teams")
    name = models.CharField(max_length=60)
    created_at = models.DateTimeField(db_default=Now())
    renamed_at = models.DateTimeField(null=True, blank=True)  # cached boards are known by the latest of a competition
    ended_at = models.DateTimeField(
        null=True, blank=True
    )  # when its last member went elsewhere; its name is free again
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged_from")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "competition",
                Lower("name"),
                condition=Q(ended_at__isnull=True),
                name="team_name_once",
                violation_error_message="A team of this name exists already.",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | Q(ended_at__isnull=False), name="team_merged_has_ended"
            ),
        ]
        indexes = [
            models.Index(
                fields=["competition", "renamed_at"], condition=Q(renamed_at__isnull=False), name="team_renamed"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person's place in a team, for as long as it lasts."""

    competition = models.ForeignKey(Competition, models.PROTECT, related_name="memberships")
    team = models.ForeignKey(Team, models.PROTECT, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=6, choices=[("leader", "leader"), ("member", "member")], default="leader")
    joined_at = models.DateTimeField(db_default=Now())
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["competition", "user"],
                condition=Q(left_at__isnull=True),
                name="membership_once_per_competition",
            ),
            models.UniqueConstraint(
                fields=["team"], condition=Q(left_at__isnull=True, role="leader"), name="membership_one_leader"
            ),
        ]


class AskState(models.TextChoices):
    """waiting → accepted | declined | cancelled | expired. `expired` is written when the same is asked again."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Asked(models.Model):
    """Something one side asked and the other answers once, or never."""

    ref = RefField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=AskState, default=AskState.WAITING)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        abstract = True


class Invitation(Asked):
    """A team's offer of a place to one person: to an account by its handle, or to whoever confirmed an e-mail address."""

    team = models.ForeignKey(Team, models.PROTECT, related_name="invitations")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    # In lower case. Never resolved to an account here: whether there is one is nobody's business but its owner's.
    email = models.EmailField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(user__isnull=False) & Q(email="")) | (Q(user__isnull=True) & ~Q(email="")),
                name="invitation_is_to_one",
            ),
            models.UniqueConstraint(
                fields=["team", "user"],
                condition=Q(state="waiting", user__isnull=False),
                name="invitation_of_user_waits_once",
            ),
            models.UniqueConstraint(
                fields=["team", "email"],
                condition=Q(state="waiting") & ~Q(email=""),
                name="invitation_of_email_waits_once",
            ),
        ]
        indexes = [models.Index(fields=["email"], condition=Q(state="waiting") & ~Q(email=""), name="invitation_email")]

    @property
    def addressee(self) -> str:
        """Return whom the team invited, as it wrote it."""
        return self.user.handle if self.user else self.email


class MergerRequest(Asked):
    """One team's wish to become part of another; its people and entries go over when the other's leader accepts."""

    team = models.ForeignKey(Team, models.PROTECT, related_name="mergers_asked")
    into = models.ForeignKey(Team, models.PROTECT, related_name="mergers_offered")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(team=F("into")), name="merger_is_of_two"),
            models.UniqueConstraint(
                fields=["team", "into"], condition=Q(state="waiting"), name="merger_request_waits_once"
            ),
        ]
