"""Who works here. Every role has somebody; one password for all of them, because it is a demo."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.contrib.auth.hashers import make_password

from core import rights, roles
from core.groups import write_groups
from crm.models import User
from inventory.models import Warehouse

PASSWORD: Final = "demo-porcelain-2208"  # noqa: S105 - printed on the screen of every demo


@dataclass(frozen=True, slots=True)
class Post:
    login: str
    name: str
    role: str
    warehouse: str = ""


POSTS: Final = (
    Post("admin", "系统管理", roles.ADMIN),
    Post("manager", "周敏", roles.MANAGER),
    Post("service", "林晓燕", roles.CUSTOMER_SERVICE),
    Post("finance", "郑文博", roles.FINANCE),
    Post("buyer", "何建国", roles.BUYER),
    Post("warehouse", "吴志强", roles.WAREHOUSE),
    Post("warehouse-fs", "黄丽华", roles.WAREHOUSE, "fs"),
)


def hire_staff() -> dict[str, User]:
    """Accounts and grants of everybody, by login. Safe to call again."""
    write_groups()
    found, secret = {}, make_password(PASSWORD)  # made once: it is meant to be slow
    for post in POSTS:
        user = User.objects.filter(username=post.login).first()
        if user is None:
            user = User.objects.create_user(
                post.login, is_staff=True, first_name=post.name, language="zh-hans",
                is_superuser=post.role == roles.ADMIN,
            )  # fmt: skip
            User.objects.filter(pk=user.pk).update(password=secret)
        place = Warehouse.objects.get(code=post.warehouse) if post.warehouse else None
        rights.grant_role(user=user, role=post.role, warehouse=place)
        found[post.login] = user
    return found


def write_logins(path: Path) -> None:
    """Leave the logins where `make demo` prints them from; readable by the owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [{"role": post.role, "login": post.login, "password": PASSWORD} for post in POSTS]
    path.touch(mode=0o600)
    path.write_text(json.dumps(rows, ensure_ascii=False, indent=1))
