"""The forms of an order's steps in a real browser: beside their button, and never wider than the page."""

import pytest
from django.core.management import call_command
from django.urls import reverse

from core.rights import grant_role
from tests.browser import IN_A_BROWSER, browse, sign_in, with_password
from tests.crm.builders import a_user
from tests.scenarios.company import a_company, an_order_of

pytestmark = IN_A_BROWSER
EDGES = """(step) => {
    const form = step.querySelector(".step-form").getBoundingClientRect()
    const button = step.querySelector("summary").getBoundingClientRect()
    return [form.left >= 0, form.right <= innerWidth, form.top >= button.bottom,
            document.documentElement.scrollWidth <= innerWidth]
}"""


@pytest.mark.parametrize("width", [390, 1440])
def test_every_step_of_an_order_opens_within_the_page(live_server, width):
    call_command("setup_shop")
    clerk = with_password(a_user(username="clerk"))
    grant_role(user=clerk, role="customer_service")
    company = a_company()
    order = an_order_of(company, {company.cup: 1})
    address = live_server.url + reverse("admin:order_order_change", args=[order.pk])

    def open_each(page, _context) -> list[list[bool]]:
        sign_in(page, live_server.url, "clerk")
        page.goto(address)
        found = []
        for step in page.locator("details.step").all():
            step.locator("> summary").click()
            found.append(step.evaluate(EDGES))
            step.evaluate("(step) => { step.open = false }")
        return found

    seen = browse(open_each, width=width)
    assert seen.result == [[True] * 4] * 2  # cancelling, and the name and address
    assert seen.errors == []
