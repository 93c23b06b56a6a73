import pghistory
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField


@pghistory.track(exclude=["password", "last_login"])
class User(AbstractUser):
    """A person who signs in, by phone or by e-mail; staff may use a user name as well."""

    email = models.EmailField(_("e-mail address"), blank=True, default="")
    phone = PhoneNumberField(_("phone"), null=True, blank=True, unique=True)
    language = models.CharField(_("language"), max_length=10, blank=True, default="")

    class Meta(AbstractUser.Meta):
        swappable = "AUTH_USER_MODEL"
        constraints = [
            models.UniqueConstraint(Lower("email"), condition=~models.Q(email=""), name="crm_user_email")
        ]
