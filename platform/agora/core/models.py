"""Abstract rows that several apps share."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class Leased(models.Model):
    """A row of work that one worker at a time holds under a lease (DESIGN: queue).

    Whoever claims the row raises `attempt` and writes its own name into `owner`; every later write carries both as a fence, so
    that a worker that slept through its lease can no longer change anything.
    """

    priority = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField(db_default=Now())
    not_before = models.DateTimeField(db_default=Now())
    attempt = models.PositiveSmallIntegerField(default=0)
    owner = models.CharField(max_length=100, default="", blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class Worker(models.Model):
    """The last sign of life of a worker process."""

    name = models.CharField(max_length=120, unique=True)
    queues = ArrayField(models.CharField(max_length=40))
    slots = models.PositiveSmallIntegerField()  # pieces of work that it does at once
    landlock = models.PositiveSmallIntegerField(default=0)  # version that confines its children; 0: none
    filters_calls = models.BooleanField(db_default=False)  # whether it filters the system calls of its children
    learns = models.BooleanField(db_default=False)  # whether PyTorch is installed beside it
    started_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())
