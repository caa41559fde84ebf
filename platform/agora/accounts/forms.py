"""allauth's forms in the words of this site: labels that stay visible instead of placeholders."""

from typing import Any

from allauth.account import forms as allauth_forms
from django import forms

_LABELS = {
    "email": "E-mail",
    "login": "E-mail",
    "username": "Handle",
    "oldpassword": "Current password",
    "password": "Password",
    "password1": "Password",
    "password2": "Password again",
}


class _Worded(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = _LABELS.get(name, field.label)
            field.help_text = ""
            field.widget.attrs.pop("placeholder", None)


class LoginForm(_Worded, allauth_forms.LoginForm):  # type: ignore[misc]
    pass


class SignupForm(_Worded, allauth_forms.SignupForm):  # type: ignore[misc]
    pass


class AddEmailForm(_Worded, allauth_forms.AddEmailForm):  # type: ignore[misc]
    pass


class ChangePasswordForm(_Worded, allauth_forms.ChangePasswordForm):  # type: ignore[misc]
    pass


class ResetPasswordForm(_Worded, allauth_forms.ResetPasswordForm):  # type: ignore[misc]
    pass


class ResetPasswordKeyForm(_Worded, allauth_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    pass


class SetPasswordForm(_Worded, allauth_forms.SetPasswordForm):  # type: ignore[misc]
    pass


class ReauthenticateForm(_Worded, allauth_forms.ReauthenticateForm):  # type: ignore[misc]
    pass
