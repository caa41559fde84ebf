"""The form that starts a run; what is allowed is decided by the services."""

from typing import Any

from django import forms

from agora.runs.models import Device
from agora.runs.starting import LARGEST_SEED

_LONGEST_OVERRIDES = 8000
_DEVICES = [(Device.AUTO, "whichever is free first"), (Device.CPU, "CPU"), (Device.CUDA, "GPU")]


class StartForm(forms.Form):
    recipe = forms.CharField(max_length=60, label="Recipe")
    seed = forms.IntegerField(
        min_value=0,
        max_value=LARGEST_SEED,
        initial=0,
        label="Seed",
        help_text="The same seed on a CPU gives the same weights, to the bit.",
    )
    device = forms.ChoiceField(choices=_DEVICES, label="Device", initial=Device.AUTO)
    overrides = forms.CharField(
        required=False,
        max_length=_LONGEST_OVERRIDES,
        label="Overrides",
        help_text="One key=value a line, as in train.optim.lr=1e-4. They are checked before the run is queued.",
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocomplete": "off"}),
    )

    def fields_of_run(self) -> dict[str, Any]:
        """Return what `starting.start_run` takes of a valid form."""
        return {**self.cleaned_data, "overrides": self.cleaned_data["overrides"].splitlines()}
