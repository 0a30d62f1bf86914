"""Services are found by what applicants and specialists say."""

from __future__ import annotations

import time
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forms.catalogue import load
from forms.catalogue.search import ServiceIndex
from forms.catalogue.stems import in_russian_layout, one_letter_apart, stem, words_of

CATALOGUE = load()
QUERIES: list[list[str]] = tomllib.loads(
    (Path(__file__).parent / "data" / "service_queries.toml").read_text("utf-8")
)["queries"]
KNOWN = [(text, slug) for text, slug in QUERIES if slug in CATALOGUE.services]


@pytest.mark.parametrize(("text", "slug"), KNOWN, ids=[text for text, _ in KNOWN])
def test_a_real_query_finds_its_service_among_the_first_three(text: str, slug: str) -> None:
    """Any words in any order and form, typos, the wrong layout, what people call the thing."""
    assert slug in [one.slug for one in CATALOGUE.search(text)[:3]]


def test_order_of_words_does_not_matter() -> None:
    """The same words the other way round find the same."""
    for text, _ in KNOWN:
        turned = " ".join(reversed(text.split()))
        assert CATALOGUE.search(text) == CATALOGUE.search(turned)


@pytest.mark.parametrize(
    ("left", "right"),
    [("карты", "картой"), ("потерял", "потеряла"), ("ребёнку", "ребенка"), ("дети", "детям")],
)
def test_forms_of_a_word_share_their_stem(left: str, right: str) -> None:
    """Endings do not count, nor does Ё."""
    assert stem(*words_of(left)) == stem(*words_of(right))


@given(st.text("абвгд", min_size=1, max_size=7), st.integers(0, 6), st.sampled_from("абвгде"))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_one_wrong_letter_is_one_wrong_letter(word: str, place: int, letter: str) -> None:
    """Changed, missing, doubled or swapped with its neighbour; two changes are another word."""
    at = place % len(word)
    assert one_letter_apart(word, word)
    assert one_letter_apart(word[:at] + letter + word[at + 1 :], word)
    assert one_letter_apart(word[:at] + word[at + 1 :], word)
    assert one_letter_apart(word[:at] + letter + word[at:], word)
    assert one_letter_apart(word[:at] + word[at : at + 2][::-1] + word[at + 2 :], word)
    assert not one_letter_apart(word + "жз", word)
    assert not one_letter_apart("ж" + word[1:] + "з", word) or len(word) == 1


def test_the_wrong_layout_is_read() -> None:
    """«cybkc» is «снилс» with the Latin layout on."""
    assert in_russian_layout("cybkc GJKBC") == "снилс полис"


def test_what_this_desk_registers_most_stands_first() -> None:
    """Without words by use alone; with words use lifts what fits, never what does not."""
    used = ["phone-lgota", "payments-ref"]
    first = [one.slug for one in CATALOGUE.search("", used)]
    other = [one.slug for one in CATALOGUE.search("")]

    assert first[:2] == used
    assert first[2:] == [slug for slug in other if slug not in used]
    found = [one.slug for one in CATALOGUE.search("паспорт", used)]
    assert found[0] == "passport-rf"


def test_services_are_found_by_authority_and_by_situation() -> None:
    """The words of the authority and of the life situation find what belongs to them."""
    authority = {one.authority for one in CATALOGUE.search("росреестр")[:1]}
    assert authority == {"Росреестр"}
    lost = [one.slug for one in CATALOGUE.search("я потерял документы")]
    assert {"passport-rf", "soc-card"} <= set(lost)


def test_a_key_costs_well_under_ten_milliseconds_in_a_city_of_services() -> None:
    """Three hundred services; the processor's time, so that a busy machine does not count."""
    own = list(CATALOGUE.services.values())
    city = [replace(own[n % len(own)], slug=f"one-{n}", short=f"слово{n}") for n in range(300)]
    index = ServiceIndex(city, CATALOGUE.situations)
    index.prepare()
    texts = [text for text, _ in QUERIES]

    started = time.process_time()
    for text in texts:
        index.find(text)
    assert (time.process_time() - started) / len(texts) < 0.1
