"""The form that describes an entry: a note, the method card, the facets."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms

from agora.submissions.models import Submission
from challenges.facets import FACETS, from_mask

_LONGEST_CARD = 160


@dataclass(frozen=True)
class FacetChoice:
    """One facet to tick, in words."""

    slug: str
    label: str
    sentence: str
    is_chosen: bool


class DescribeForm(forms.Form):
    note = forms.CharField(
        label="Note",
        max_length=200,
        help_text="Tells your entries apart in your own list. Nobody else sees it.",
        error_messages={"required": "Write a note: it tells your entries apart."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    method = forms.CharField(
        label="Method, as the board shows it",
        max_length=160,
        required=False,
        help_text="One line, such as “SBS R50-IBN, 384×128”.",
    )
    backbone = forms.CharField(label="Backbone", max_length=_LONGEST_CARD, required=False)
    training = forms.CharField(label="Pre-training and training data", max_length=_LONGEST_CARD, required=False)
    cost = forms.CharField(
        label="Cost",
        max_length=_LONGEST_CARD,
        required=False,
        help_text="GMACs for one image and embedding size, if you know them.",
    )
    facets = forms.MultipleChoiceField(
        required=False,
        choices=[(facet.slug, facet.label) for facet in FACETS],
        error_messages={"invalid_choice": "%(value)s is not one of the facets."},
    )

    # Field of the form to the word that the card keeps.
    CARD = {"backbone": "Backbone", "training": "Training", "cost": "Cost"}

    @classmethod
    def like(cls, last: Submission | None) -> "DescribeForm":
        """Return a form that repeats the card of an earlier entry, but not its note."""
        if last is None:
            return cls()
        card = {name: last.card.get(word, "") for name, word in cls.CARD.items()}
        return cls(initial={"method": last.method, "facets": list(from_mask(last.facets)), **card})

    @property
    def text_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("note", "method", *self.CARD)]

    @property
    def facet_choices(self) -> Iterator[FacetChoice]:
        chosen = set(self["facets"].value() or ())
        for facet in FACETS:
            yield FacetChoice(
                facet.slug, facet.label[:1].upper() + facet.label[1:], facet.sentence, facet.slug in chosen
            )

    def fields_of_entry(self) -> dict[str, Any]:
        """Return what `services.submit` takes of a valid form."""
        given = self.cleaned_data
        card = {word: given[name] for name, word in self.CARD.items() if given[name]}
        return {"note": given["note"], "method": given["method"], "card": card, "facets": given["facets"]}
