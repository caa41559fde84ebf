"""Forms of a competition's pages; what is allowed is decided by the services."""

from django import forms

_LONGEST_ADDRESS = 254


class TeamNameForm(forms.Form):
    name = forms.CharField(max_length=60, label="Team name")


class FindTeamForm(forms.Form):
    merge = forms.CharField(max_length=60, label="Name of the other team")


class InviteForm(forms.Form):
    who = forms.CharField(max_length=_LONGEST_ADDRESS, label="Handle or e-mail")
