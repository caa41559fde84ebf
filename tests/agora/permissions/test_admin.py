"""The administration: staff alone, model by model, and nothing in it that staff may not know."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group

from tests.agora.permissions.admin_rules import MODELS, PAGES, SITE
from tests.agora.permissions.roles import ROLES
from tests.agora.permissions.routes import Route, routes
from tests.agora.permissions.verdicts import always, outcome
from tests.agora.permissions.walk import SAFE, Answer, ask
from tests.agora.permissions.world import World

pytestmark = pytest.mark.django_db
ROUTES = [route for route in routes() if route.is_admin]
OTHERS = ("anonymous", "user", "participant", "organiser")


def _model_and_page(route: Route) -> tuple[str, str]:
    """Return the model and the page that a route is of: ("", "") where it is of none."""
    for model in MODELS:
        start = f"admin/{model.replace('.', '/')}/"
        if route.pattern.startswith(start):
            return model, "redirect" if route.name.startswith("admin/") else route.name.rsplit("_", 1)[-1]
    return "", ""


def test_every_model_and_page_has_a_rule_and_every_rule_a_page() -> None:
    registered = {model._meta.label_lower for model in admin.site._registry}
    assert sorted(registered ^ set(MODELS)) == [], "decide in tests/agora/permissions/admin_rules.py"

    pages = {_model_and_page(route)[1] for route in ROUTES} - {"", "redirect"}
    assert sorted(pages ^ set(PAGES)) == []
    assert sorted({route.name for route in ROUTES if not _model_and_page(route)[0]} ^ set(SITE)) == []


def _path(route: Route, model: str) -> str:
    values = {"app_label": "accounts", "url": "nothing/", "content_type_id": "1", "object_id": "1"}
    if model:
        first = apps.get_model(model)._default_manager.order_by("pk").first()
        assert first is not None, f"the world has no {model}"
        values["object_id"] = str(first.pk)
    return route.path(**values)


def _word(answer: Answer) -> str:
    at_gate = answer.status == 302 and answer.headers["Location"].startswith("/admin/login/")
    return "gate" if at_gate else outcome(answer)


def _expected(route: Route, role: str) -> str:
    model, page = _model_and_page(route)
    if not model:
        return SITE[route.name][0 if role == "anonymous" else 2 if role == "staff" else 1]
    if role != "staff":
        return "gate"
    if page == "redirect":
        return "moved"
    return "ok" if PAGES[page] in MODELS[model] else "forbidden"


def _problems(world: World, route: Route, role: str) -> Iterator[str]:
    path = _path(route, _model_and_page(route)[0])
    for method in SAFE if role == "staff" else ("GET",):
        answer = ask(world, role, method, path)
        if method == "GET" and _word(answer) != _expected(route, role):
            yield f"{role} {method} {path}: {_word(answer)} instead of {_expected(route, role)}"
        yield from (f"{role} {method} {path}: {problem}" for problem in always(world, answer))


@pytest.mark.parametrize("model", ["", *sorted(MODELS)])
def test_only_staff_see_the_administration(world: World, model: str) -> None:
    Group.objects.create(name="Clerks")
    mine = [route for route in ROUTES if _model_and_page(route)[0] == model]

    found = [problem for route in mine for role in (*OTHERS, "staff") for problem in _problems(world, route, role)]

    assert not found, "\n" + "\n".join(found)


def test_nothing_is_changed_by_whoever_may_not(world: World) -> None:
    """A POST changes nothing for people outside, nor for staff where the rule does not say so; other methods are unknown."""
    Group.objects.create(name="Clerks")
    found = []
    for route in ROUTES:
        model, page = _model_and_page(route)
        if not model or page == "redirect":
            continue
        path, needed = _path(route, model), "change" if page == "change" else PAGES[page]
        roles = ["anonymous", "participant", *(["staff"] if needed not in MODELS[model] else [])]
        for role in roles:
            answer = ask(world, role, "POST", path, data={"post": "yes", "action": "delete_selected"})
            refusal = "gate" if role != "staff" else "forbidden"
            if _word(answer) != refusal or answer.changed:
                found.append(f"{role} POST {path}: {_word(answer)} {sorted(answer.changed)}")
        found += [
            f"{m} {path}"
            for m in (("PUT", "DELETE", "PATCH") if page == "change" else ())
            if ask(world, "staff", m, path).status != 405
        ]

    assert not found, "\n" + "\n".join(found)


def test_staff_without_a_permission_see_no_model(world: World) -> None:
    """The mark of staff opens the door alone; what is behind it needs a permission each."""
    world.users["staff"].is_superuser = False
    world.users["staff"].save()
    Group.objects.create(name="Clerks")

    mine = [(route, _model_and_page(route)[0]) for route in ROUTES if _model_and_page(route)[1] not in {"", "redirect"}]
    found = [
        path
        for route, model in mine
        for path in [_path(route, model)]
        if ask(world, "staff", "GET", path).status != 403
    ]

    assert not found


def test_the_roles_outside_are_roles() -> None:
    assert set(OTHERS) < set(ROLES)
