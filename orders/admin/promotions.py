"""Promotions: offers for everybody and discount codes on one list, each made in one form."""

import io
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core import charts, clock, masking
from core.admin.documents import DocumentAdmin, Step, may
from core.admin.lists import short
from core.reports import Column, CsvReport
from orders import queries, services
from orders.admin.promotion_form import ExtendForm, PauseForm, PromotionForm, copied_values, first_values
from orders.errors import BadPromotion
from orders.offer.models import ConditionalOffer
from orders.queries import State
from orders.rules.promotions import Wish, read_basket
from orders.voucher.models import Voucher

MAKE, PAUSE = "orders.make_promotion", "orders.pause_promotion"
TONES = {
    State.PLANNED: "info",
    State.RUNNING: "success",
    State.PAUSED: "warning",
    State.USED_UP: "danger",
    State.ENDED: "default",
}
SHOWN_CODES = 50


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(State.choices)

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(state=self.value()) if self.value() in State.values else rows


class DoorFilter(admin.SimpleListFilter):
    title = _("who gets it")
    parameter_name = "door"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(queries.Door.choices)

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(door=self.value()) if self.value() in queries.Door.values else rows


def _pause(request: HttpRequest, offer: Any, values: dict[str, Any]) -> None:
    services.pause_promotion(promotion_id=offer.pk, by=request.user, reason=values["reason"])


def _resume(request: HttpRequest, offer: Any, values: dict[str, Any]) -> None:
    services.resume_promotion(promotion_id=offer.pk, by=request.user)


def _end(request: HttpRequest, offer: Any, values: dict[str, Any]) -> None:
    services.end_promotion(promotion_id=offer.pk, by=request.user)


def _extend(request: HttpRequest, offer: Any, values: dict[str, Any]) -> None:
    services.change_promotion(
        promotion_id=offer.pk,
        by=request.user,
        ends_at=values["ends_at"],
        limit=values["limit"],
        budget=values["budget"] or None,
    )


@admin.register(ConditionalOffer)
class PromotionAdmin(DocumentAdmin):
    list_display = [
        "named", "gives", "state_label", "from_to", "uses", "spent",
    ]  # fmt: skip
    list_filter = [StateFilter, DoorFilter]
    list_per_page = 50
    ordering = ["-pk"]
    search_fields = ["name"]
    search_help_text = _("Name or code")
    show_full_result_count = False
    list_before_template = "backoffice/orders/promotion_door.html"
    nothing = _("No promotion has been made yet: the first one stands here.")
    page_template = "backoffice/orders/promotion.html"
    steps = [
        Step(
            "pause",
            _("Pause"),
            (PAUSE,),
            _pause,
            _("It stands still: no basket gets it from now on."),
            form=PauseForm,
            shown=lambda offer: offer.state in (State.PLANNED, State.RUNNING, State.USED_UP),
        ),
        Step(
            "resume",
            _("Let it go on"),
            (PAUSE,),
            _resume,
            _("It goes on."),
            shown=lambda offer: offer.state == State.PAUSED,
            primary=True,
        ),
        Step(
            "extend",
            _("Move the end, raise limits"),
            (MAKE,),
            _extend,
            _("It holds from now on."),
            form=ExtendForm,
            shown=lambda offer: queries.wish_of(offer) is not None,
        ),
        Step(
            "end",
            _("End now"),
            (MAKE,),
            _end,
            _("It has ended."),
            shown=lambda offer: offer.state != State.ENDED,
            danger=True,
            warning=_("Nobody gets it any more. Orders that have had it keep it."),
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ConditionalOffer]:
        return queries.list_promotions().order_by("-pk")

    def get_search_results(
        self, request: HttpRequest, rows: QuerySet[Any], text: str
    ) -> tuple[QuerySet[Any], bool]:
        """By a part of the name or by a whole code."""
        words = text.strip()
        if not words:
            return rows, False
        of_code = Voucher.offers.through.objects.filter(voucher__code=words.upper()).values(
            "conditionaloffer"
        )
        return rows.filter(Q(name__icontains=words) | Q(pk__in=of_code)), False

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("make/", wrap(self.make), name="offer_conditionaloffer_make"),
            path("<int:pk>/codes.csv", wrap(self.send_codes), name="offer_conditionaloffer_file"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        more = {"title": self.opts.verbose_name_plural, "may_make": may(request, MAKE)}
        return super().changelist_view(request, {**(extra_context or {}), **more})

    def make(self, request: HttpRequest) -> HttpResponse:
        """The form: saved, tried on a basket, or only put into words, whichever button was pressed."""
        if not may(request, MAKE):
            raise PermissionDenied
        if request.method != "POST":
            return self._form_page(request, PromotionForm(initial=self._beginning(request)))
        form = PromotionForm(request.POST)
        action = request.POST.get("action", "")
        if not form.is_valid():
            return self._form_page(request, form, status=422)
        wish, more, status = form.wish(), {}, 200
        try:
            if action == "save":
                offer = services.make_promotion(
                    wish=wish, submit_token=form.cleaned_data["token"], by=request.user
                )
                messages.success(request, gettext("“%(name)s” is made.") % {"name": offer.name})
                return HttpResponseRedirect(self.url_of(offer))
            if action == "try":
                more = {"trial": self._trial(form, wish)}
            services.check_promotion(wish=wish)
        except BadPromotion as error:
            status = 422
            for column, words in error.context["problems"].items():
                form.add_error(column, str(words))
        return self._form_page(request, form, wish=wish, status=status, **more)

    def _trial(self, form: PromotionForm, wish: Wish) -> services.Trial:
        basket, strange = read_basket(form.cleaned_data["basket"])
        if strange:
            words = gettext("Not a SKU and a quantity: %(line)s") % {"line": strange[0]}
            raise BadPromotion({"basket": words})
        return services.try_promotion(wish=wish, basket=basket)

    def _beginning(self, request: HttpRequest) -> dict[str, Any]:
        """What the form starts with: another promotion's terms, or a fortnight from now."""
        token = {"token": uuid4().hex}
        number = request.GET.get("copy", "")
        found = self.get_queryset(request).filter(pk=number).first() if number.isdecimal() else None
        wish = queries.wish_of(found) if found else None
        return token | (copied_values(wish) if wish else first_values())

    def _form_page(
        self,
        request: HttpRequest,
        form: PromotionForm,
        *,
        wish: Wish | None = None,
        status: int = 200,
        **more: Any,
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Make a promotion"),
            "opts": self.opts,
            "form": form,
            "list_url": reverse("admin:offer_conditionaloffer_changelist"),
            "sentences": queries.sentences(wish) if wish else [],
            **more,
        }
        part = "backoffice/orders/promotion_summary.html"
        only_words = request.headers.get("X-Part") == "summary"
        return TemplateResponse(
            request, part if only_words else "backoffice/orders/promotion_form.html", context, status=status
        )

    def send_codes(self, request: HttpRequest, pk: int) -> HttpResponse:
        """All codes of a promotion, for the letter or the card that they are printed on."""
        if not may(request, MAKE):
            raise PermissionDenied
        offer = self.document(request, pk)
        if offer.door == "all":
            raise Http404
        columns = [
            Column("code", gettext("Code"), "id"),
            Column("orders", gettext("Orders"), "quantity"),
            Column("from", gettext("From"), "datetime"),
            Column("until", gettext("Until"), "datetime"),
        ]
        response = HttpResponse(
            content_type=CsvReport.content_type,
            headers={
                "Cache-Control": "no-store",
                "Content-Disposition": f'attachment; filename="codes-{offer.pk}.csv"',
            },
        )
        codes = queries.codes_of(pk).order_by("pk").values_list("code", "num_orders")
        out = io.BytesIO()
        CsvReport(out, columns, zone=clock.zone()).write_list(
            (code, orders, offer.start_datetime, offer.end_datetime) for code, orders in codes
        )
        response.write(out.getvalue())
        return response

    def heading(self, document: Any) -> str:
        return document.name

    def page(self, request: HttpRequest, offer: Any) -> dict[str, Any]:
        costs = may(request, "inventory.see_costs")
        wish = queries.wish_of(offer)
        codes = queries.codes_of(offer.pk)
        makes = may(request, MAKE)
        uses = queries.code_uses(offer.pk) if offer.codes else {}
        return {
            "tone": TONES[offer.state],
            "state": State(offer.state).label,
            "door": queries.Door(offer.door).label,
            "gives": queries.words_of(offer),
            "sentences": queries.sentences(wish)[1:] if wish else [],
            "figures": queries.promotion_figures(offer.pk, costs=costs),
            "sees_costs": costs,
            "currency": settings.OSCAR_DEFAULT_CURRENCY,
            "chart": charts.draw(queries.daily_discounts(offer.pk)),
            "report": {"title": gettext("What it took off by day")},
            "uses": [(row, _person(row.order)) for row in queries.promotion_uses(offer.pk)],
            "codes": [
                (code, shown_code(code.code, whole=makes or offer.door == "code"), uses.get(code.pk))
                for code in codes[:SHOWN_CODES]
            ],
            "free_codes": codes.filter(num_orders=0).count() if offer.door == "batch" else 0,
            "may_make": makes,
            "may_copy": makes and wish is not None,
        }

    @display(description=pgettext_lazy("promotion", "name"))
    def named(self, offer: Any) -> SafeString:
        if offer.door == "batch":
            more = gettext("%(n)s codes") % {"n": offer.codes}
        else:
            more = offer.code or queries.Door(offer.door).label
        return format_html('{}<br><small class="quiet">{}</small>', offer.name, more)

    @display(description=_("what it gives"))
    def gives(self, offer: Any) -> str:
        return queries.words_of(offer)

    @display(description=_("state"), label=TONES)
    def state_label(self, offer: Any) -> tuple[str, Any]:
        return offer.state, State(offer.state).label

    @display(description=_("from – until"))
    def from_to(self, offer: Any) -> str:
        return f"{short(offer.start_datetime)} – {short(offer.end_datetime)}"

    @display(description=_("orders"))
    def uses(self, offer: Any) -> SafeString:
        return meter(offer.num_applications, offer.max_global_applications, str(offer.num_applications))

    @display(description=_("taken off"))
    def spent(self, offer: Any) -> SafeString:
        return meter(offer.total_discount, offer.max_discount, queries.money_words(offer.total_discount))


def meter(got: Any, most: Any, words: str) -> SafeString:
    """So much of so much, in words and as a bar; without a limit only words."""
    if not most:
        return format_html("{}", words)
    whole = queries.money_words(most) if words[:1] not in "0123456789" else str(most)
    return format_html(
        '<span class="meter">{} / {}<progress max="100" value="{}" aria-label="{}"></progress></span>',
        words,
        whole,
        int(100 * got / most),
        f"{words} / {whole}",
    )


def shown_code(code: str, *, whole: bool) -> str:
    """A single-use code is money: who may not make promotions sees enough of it to tell it from others."""
    return code if whole else f"{masking.HIDDEN * 4}{code[-4:]}"


def _person(order: Any) -> str:
    customer = order.customer if order else None
    return f"{masking.mask_name(customer.name)} {masking.phone_tail(customer.phone)}" if customer else ""
