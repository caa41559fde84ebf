"""Forms of a competition's pages; what is allowed is decided by the services."""

from django import forms


class TeamNameForm(forms.Form):
    name = forms.CharField(max_length=60, label="Team name")
