"""Find people by what others know of them."""

from allauth.account.models import EmailAddress

from agora.accounts.models import User


def user_by_handle(handle: str) -> User | None:
    """Return the active person of this handle in any case, or None."""
    return User.objects.filter(handle__iexact=handle, is_active=True).first()


def user_by_email(email: str) -> User | None:
    """Return the active person who confirmed this address, or None; an address that was only typed in proves nothing."""
    found = EmailAddress.objects.filter(email__iexact=email, verified=True, user__is_active=True)
    address = found.select_related("user").first()
    return address.user if address else None


def confirmed_emails(user: User) -> set[str]:
    """Return the addresses that a person confirmed, in lower case."""
    return {
        email.lower() for email in EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True)
    }
