"""People. Nothing cascades from a user: deleting an account blanks it."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

HANDLE_PATTERN = r"[A-Za-z0-9][A-Za-z0-9_-]{1,29}"


class UserManager(BaseUserManager["User"]):
    """Create users by e-mail address."""

    def create_user(self, email: str, handle: str, password: str | None = None, **fields: Any) -> "User":
        """Create and save a user; without a password nobody can log in as this user."""
        user = self.model(email=email.strip(), handle=handle, **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, handle: str, password: str | None = None, **fields: Any) -> "User":
        """Create an operator with every permission."""
        return self.create_user(email, handle, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person: e-mail for the log-in, handle in addresses and on pages, display name if they want one."""

    email = models.EmailField()
    handle = models.CharField(
        max_length=30,
        validators=[
            RegexValidator(
                f"^{HANDLE_PATTERN}$", "Use 2 to 30 letters, digits, - or _; start with a letter or a digit."
            )
        ],
    )
    display_name = models.CharField(max_length=80, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    joined_at = models.DateTimeField(default=timezone.now)
    blanked_at = models.DateTimeField(null=True, blank=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["handle"]

    objects = UserManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_once",
                violation_error_message="An account with this e-mail exists already.",
            ),
            models.UniqueConstraint(
                Lower("handle"), name="user_handle_once", violation_error_message="This handle is taken."
            ),
        ]

    def __str__(self) -> str:
        return self.handle

    @property
    def name(self) -> str:
        """The name that pages show."""
        return self.display_name or self.handle
