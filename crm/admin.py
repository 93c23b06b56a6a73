from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from crm.models import User


@admin.register(User)
class StaffAndUserAdmin(UserAdmin, ModelAdmin):
    """People who sign in. Rights come by role, see core.rights."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "first_name", "last_name", "phone", "email", "is_staff", "is_active"]
    search_fields = ["username", "first_name", "last_name", "phone", "email"]
    fieldsets = [
        (None, {"fields": ["username", "password", "phone", "language"]}),
        *UserAdmin.fieldsets[1:],
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "phone", "email", "usable_password", "password1", "password2"]}),
    ]
    verbose = _("Staff and users")
