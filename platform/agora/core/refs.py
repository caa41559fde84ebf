"""Make the references under which rows are known outside: random, so that nothing can be counted or guessed from them."""

import secrets
from typing import TYPE_CHECKING

from django.core.validators import RegexValidator
from django.db import models

# Crockford's base 32: no I, L, O or U, so that a reference survives being read aloud.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
REF_LENGTH = 12  # 60 bits
REF_PATTERN = f"[{ALPHABET}]{{{REF_LENGTH}}}"


def new_ref() -> str:
    """Return 12 random characters of Crockford's base 32."""
    return "".join(secrets.choice(ALPHABET) for _ in range(REF_LENGTH))


if TYPE_CHECKING:
    _Text = models.CharField[str, str]
else:
    _Text = models.CharField


class RefField(_Text):
    """A unique random reference, made once and never edited."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        options: dict[str, object] = {
            "max_length": REF_LENGTH,
            "unique": True,
            "editable": False,
            "default": new_ref,
            "validators": [RegexValidator(f"^{REF_PATTERN}$")],
        }
        super().__init__(*args, **{**options, **kwargs})  # type: ignore[arg-type]
