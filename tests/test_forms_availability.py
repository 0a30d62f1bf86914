"""What an office may take, said before the applicant sits down."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from forms.availability import OfficeKind, availability
from forms.catalogue import load
from forms.office import Office
from forms.spec import Offline, Service

CATALOGUE = load()
KINDS = CATALOGUE.office_kinds
CARD = CATALOGUE.service("soc-card")
TODAY = date(2026, 11, 27)
DISTRICT = Office("90-01", "МФЦ")


def test_every_kind_of_office_is_described() -> None:
    """offices.toml tells of the four kinds how they are called and where they are."""
    assert set(KINDS) == {"district", "flagship", "mobile", "home"}
    assert all(kind.title and kind.place for kind in KINDS.values())


@pytest.mark.parametrize(
    ("offline", "label", "way"),
    [
        ("full", "офлайн", "begin"),
        ("deferred", "отложенно", "begin"),
        ("online-only", "нужна связь", "wait"),
    ],
)
def test_a_service_of_this_office_tells_what_the_link_means(
    offline: Offline, label: str, way: str
) -> None:
    """Taken now, taken now and finished later, or not to be taken without a link."""
    found = availability(
        replace(CARD, offline=offline, offline_why="причина"), DISTRICT, KINDS, TODAY
    )

    assert (found.label, found.way) == (label, way)
    assert bool(found.why) is (offline != "full")


def test_flagship_only_and_elsewhere_lead_to_a_referral() -> None:
    """Where it is taken is named, so that the applicant can be sent there."""
    flagship = availability(replace(CARD, offices=("flagship",)), DISTRICT, KINDS, TODAY)
    mobile = availability(card_of("district"), Office("1", "М", kind="mobile"), KINDS, TODAY)

    assert (flagship.label, flagship.way) == ("только флагман", "refer")
    assert flagship.places == ("во флагманском офисе",)
    assert (mobile.label, mobile.way) == ("не в этом офисе", "refer")
    assert mobile.places == ("в районном офисе",)


def card_of(*offices: str) -> Service:
    """The card, taken in these kinds of office."""
    return replace(CARD, offices=offices)


def test_the_ticket_of_an_office_narrows_what_it_takes() -> None:
    """A new territory begins with some 36 services: the office's own list decides."""
    small = Office.from_dict({"code": "1", "title": "М", "services": ["phone-lgota"]})

    found = availability(CARD, small, KINDS, TODAY)
    assert (found.label, found.way) == ("не в этом офисе", "refer")
    assert availability(CATALOGUE.service("phone-lgota"), small, KINDS, TODAY).way == "begin"
    assert Office.from_dict(small.to_dict()) == small
    with pytest.raises(ValueError, match="список обозначений"):
        Office.from_dict({"code": "1", "title": "М", "services": "soc-card"})


def test_a_kind_of_office_may_refuse_for_a_reason_of_its_own() -> None:
    """What offices.toml excludes from a kind is not taken there, and it says why."""
    kinds = dict(KINDS) | {
        "mobile": OfficeKind("mobile", "мобильный офис", "там", excluded={CARD.slug: "нет печи"}),
        "home": OfficeKind("home", "выезд на дом", "дома", only=("phone-lgota",)),
    }

    mobile = availability(CARD, Office("1", "М", kind="mobile"), kinds, TODAY)
    assert (mobile.label, mobile.why) == ("не в этом офисе", "нет печи")
    home = availability(CARD, Office("1", "М", kind="home"), kinds, TODAY)
    assert home.why == "Выезд на дом эту услугу не принимает."
    assert "дома" not in home.places


def test_appointments_and_dates_are_told() -> None:
    """A service by appointment asks first; one that is over or not yet begun is not offered."""
    by_time = availability(replace(CARD, appointment=True), DISTRICT, KINDS, TODAY)
    over = availability(replace(CARD, valid_to=date(2022, 12, 31)), DISTRICT, KINDS, TODAY)
    early = availability(replace(CARD, valid_from=date(2027, 1, 1)), DISTRICT, KINDS, TODAY)

    assert (by_time.label, by_time.way) == ("по записи", "ask")
    assert (over.label, over.way, over.why) == (
        "не действует",
        "none",
        "Услугу оказывали по 31.12.2022.",
    )
    assert early.why == "Услугу оказывают с 01.01.2027."
