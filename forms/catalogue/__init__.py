"""The catalogue of services: TOML files in, one checked and frozen whole out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import tomli

from forms.availability import OfficeKind
from forms.calendar import Calendar
from forms.catalogue.bundles import read_complex, read_situations, wire_services, wire_steps
from forms.catalogue.days import DaysData, read_days
from forms.catalogue.mistakes import CatalogueError, Mistake, UnknownService
from forms.catalogue.places import read_office_kinds
from forms.catalogue.reading import (
    read_choice_list,
    read_identity,
    read_sections,
    read_service,
)
from forms.catalogue.refusing import read_reasons
from forms.catalogue.search import ServiceIndex
from forms.catalogue.speech import Speech, read_speech
from forms.catalogue.table import Table
from forms.catalogue.wiring import valid_slug, wire_fields, wire_service
from forms.doubt import month_of
from forms.placing import Plan
from forms.refusal import RefusalReasons
from forms.situations import ComplexRules, Situation
from forms.spec import Choice, Field, IdentityDocument, Section, Service
from forms.system_refusal import reason

__all__ = ["Catalogue", "CatalogueError", "Mistake", "UnknownService", "digest_of", "load"]

PACKAGED = Path(__file__).parent
FILES = ("*.toml", "blocks/*.toml", "services/*.toml")
"""What a catalogue folder holds, as patterns from its root."""
BLOCKS = ("applicant", "organisation", "representative", "delivery")
_HEAD, _IDENTITY = "catalogue.toml", "identity.toml"
T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """Everything the desk may take, as one version.

    blocks: sections of applicant, organisation, representative and delivery. identity: kinds of
    identity documents by name. refusals: why acceptance may be refused. digest: SHA-256 over
    names and bytes of the files, hex.
    """

    version: str
    digest: str
    services: Mapping[str, Service]
    blocks: Mapping[str, tuple[Section, ...]]
    identity: Mapping[str, IdentityDocument]
    lists: Mapping[str, tuple[Choice, ...]]
    paths: frozenset[str]
    situations: tuple[Situation, ...]
    complex_rules: ComplexRules
    office_kinds: Mapping[str, OfficeKind]
    _days: DaysData = field(repr=False)
    refusals: RefusalReasons
    _index: ServiceIndex = field(repr=False)
    folder: Path = field(repr=False, default=PACKAGED)

    _plans: dict[str, Plan] = field(init=False, repr=False, compare=False, default_factory=dict)

    def plan(self, service: Service) -> Plan:
        """Give what of a service's form does not depend on the answers."""
        plan = self._plans.get(service.slug)
        if plan is None or plan.service is not service:
            plan = self._plans[service.slug] = Plan(service, self)
        return plan

    @property
    def as_of(self) -> str:
        """When its facts were gathered, as said after «по состоянию на»: «ноябрь 2026 года»."""
        return month_of(self.version)

    def service(self, slug: str) -> Service:
        """Give a service by its slug, or raise UnknownService."""
        found = self.services.get(slug)
        if found is None:
            raise UnknownService(slug)
        return found

    def in_force(self, day: date) -> tuple[Service, ...]:
        """Give the services rendered on a day, by slug."""
        return tuple(
            self.services[slug]
            for slug in sorted(self.services)
            if self.services[slug].valid_on(day)
        )

    def choices(self, name: str) -> tuple[Choice, ...]:
        """Give a named choice list, «people.benefit»; KeyError when there is none."""
        return self.lists[name]

    def situation(self, name: str) -> Situation | None:
        """Give a life situation by its name, or None."""
        return next((one for one in self.situations if one.name == name), None)

    def calendar(self, region: str = "") -> Calendar:
        """Give the production calendar of an office of a region, updates of the folder included."""
        days = {day: works for year in self._days.years.values() for day, works in year.items()}
        own = self._days.regions.get(region, {})
        return Calendar(days | dict(own), published=self._days.years)

    def find_situations(self, text: str) -> tuple[Situation, ...]:
        """Find life situations by their words and by what people say; all for an empty text."""
        names = self._index.situations(text)
        return tuple(one for one in self.situations if one.name in names)

    def search(self, text: str, used: Sequence[str] = ()) -> list[Service]:
        """Find services by words in any order and form, the closest first; all for an empty text.

        `used`: slugs most often registered on this desk first, they stand higher.
        """
        return [self.services[slug] for slug in self._index.find(text, used)]

    def prepare_search(self) -> None:
        """Make the index of words now rather than at the first key."""
        self._index.prepare()


def load(folder: Path | None = None) -> Catalogue:
    """Load a folder of catalogue files, the packaged one by default.

    Raises CatalogueError with every mistake of every file; a folder is never loaded by half.
    """
    loader = _Loader(PACKAGED if folder is None else folder)
    catalogue = loader.read()
    if loader.mistakes:
        raise CatalogueError(tuple(sorted(set(loader.mistakes))))
    return catalogue


class _Loader:
    def __init__(self, root: Path) -> None:
        self._root = root
        self._digest = hashlib.sha256()
        self.mistakes: list[Mistake] = []

    def read(self) -> Catalogue:
        files = _files(self._root)
        tables = {name: table for name in files if (table := self._parse(name)) is not None}
        version = self._version(tables.pop(_HEAD, None), _HEAD in files)
        identity = self._identity(tables.pop(_IDENTITY, None), _IDENTITY in files)
        none: tuple[Situation, ...] = ()
        any_kind: dict[str, OfficeKind] = {}
        situations = self._extra(tables, "situations.toml", read_situations, none)
        rules = self._extra(tables, "complex.toml", read_complex, ComplexRules())
        kinds = self._extra(tables, "offices.toml", read_office_kinds, any_kind)
        days = self._extra(tables, "calendar.toml", read_days, DaysData())
        speech = self._extra(tables, "speech.toml", read_speech, Speech())
        refusals = self._extra(tables, "reasons.toml", read_reasons, RefusalReasons())
        lists = self._lists(tables)
        lists["identity.documents"] = tuple(
            Choice(one.name, one.title) for one in identity.values()
        )
        blocks = self._blocks(tables, lists, files)
        fields = _block_fields(blocks)
        services = self._services(tables, lists, fields)
        self._wire_bundles(situations, rules, services, fields)
        return Catalogue(
            version=version,
            digest=self._digest.hexdigest(),
            services=MappingProxyType(services),
            blocks=MappingProxyType(blocks),
            identity=MappingProxyType(identity),
            lists=MappingProxyType(lists),
            paths=frozenset(fields),
            situations=situations,
            complex_rules=rules,
            office_kinds=MappingProxyType(kinds),
            _days=days,
            refusals=refusals,
            _index=ServiceIndex(tuple(services.values()), situations, speech),
            folder=self._root,
        )

    def _report(self, file: str, where: str, text: str) -> None:
        self.mistakes.append(Mistake(file, where, text))

    def _parse(self, name: str) -> Table | None:
        try:
            content = (self._root / name).read_bytes()
        except OSError as failure:
            self._report(name, "", f"файл не читается: {reason(failure)}")
            return None
        self._digest.update(_signed(name, content))
        try:
            data = tomli.loads(content.decode())
        except UnicodeDecodeError as failure:
            self._report(name, f"байт {failure.start}", "файл не в кодировке UTF-8")
            return None
        except tomli.TOMLDecodeError as failure:
            self._report(name, "", f"не TOML: {failure}")
            return None
        return Table(data, "", partial(self._report, name))

    def _version(self, table: Table | None, present: bool) -> str:
        if table is None:
            if not present:
                self._report(_HEAD, "", "нет файла с версией каталога")
            return ""
        version = table.text("version", required=True)
        table.close()
        return version

    def _identity(self, table: Table | None, present: bool) -> dict[str, IdentityDocument]:
        if table is None:
            if not present:
                self._report(_IDENTITY, "", "нет файла с документами, удостоверяющими личность")
            return {}
        found: dict[str, IdentityDocument] = {}
        for one in table.tables("document"):
            document = read_identity(one)
            if document.name in found:
                one.wrong("name", "имя документа повторяется")
            found[document.name] = document
        table.close()
        return found

    def _wire_bundles(
        self,
        situations: Sequence[Situation],
        rules: ComplexRules,
        services: Mapping[str, Service],
        paths: Iterable[str],
    ) -> None:
        """Report services that stand in a situation or among the exclusions and nowhere else."""
        for one in situations:
            wire_services(
                (step.service for step in one.steps),
                services,
                f"situation «{one.name}»: step",
                partial(self._report, "situations.toml"),
            )
        wire_steps(situations, services, paths, partial(self._report, "situations.toml"))
        report = partial(self._report, "complex.toml")
        wire_services(rules.excluded, services, "excluded", report)

    def _extra(
        self, tables: dict[str, Table], name: str, read: Callable[[Table], T], nothing: T
    ) -> T:
        """Read a file of the root that a folder may go without."""
        table = tables.pop(name, None)
        return nothing if table is None else read(table)

    def _lists(self, tables: dict[str, Table]) -> dict[str, tuple[Choice, ...]]:
        """Read every other file of the root as named choice lists: people.toml -> people.…"""
        lists: dict[str, tuple[Choice, ...]] = {}
        for name in [name for name in tables if "/" not in name]:
            table = tables.pop(name)
            for key in table.data:
                choices = read_choice_list(table, key, table.raw(key))
                lists[f"{name.removesuffix('.toml')}.{key}"] = choices
        return lists

    def _blocks(
        self, tables: dict[str, Table], lists: Mapping[str, tuple[Choice, ...]], files: list[str]
    ) -> dict[str, tuple[Section, ...]]:
        blocks: dict[str, tuple[Section, ...]] = dict.fromkeys(BLOCKS, ())
        for block in BLOCKS:
            name = f"blocks/{block}.toml"
            table = tables.pop(name, None)
            if table is None:
                if name not in files:
                    self._report(name, "", "нет файла раздела")
                continue
            blocks[block] = tuple(read_sections(table, lists, block=True))
            table.close()
        for name in [name for name in tables if name.startswith("blocks/")]:
            tables.pop(name)
            self._report(name, "", f"лишний файл. Разделы: {', '.join(BLOCKS)}")
        known = _block_fields(blocks)
        for block, sections in blocks.items():
            fields = tuple(one for section in sections for one in section.fields)
            wire_fields(
                fields,
                known,
                f"{_prefix(block)}.",
                partial(self._report, f"blocks/{block}.toml"),
            )
        return blocks

    def _services(
        self,
        tables: dict[str, Table],
        lists: Mapping[str, tuple[Choice, ...]],
        fields: Mapping[str, Field],
    ) -> dict[str, Service]:
        services: dict[str, Service] = {}
        for name, table in tables.items():
            slug = Path(name).stem
            if not valid_slug(slug):
                self._report(name, "", "имя файла — латинские строчные буквы, цифры и дефис")
            service = read_service(table, slug, lists)
            wire_service(service, fields, partial(self._report, name))
            services[slug] = service
        for slug, service in services.items():
            if service.superseded_by and service.superseded_by not in services:
                text = f"услуги «{service.superseded_by}» нет"
                self._report(f"services/{slug}.toml", "superseded_by", text)
        if not services and not self.mistakes:
            self._report("services", "", "нет ни одной услуги")
        return services


def digest_of(folder: Path) -> str:
    """Give the digest that a catalogue of this folder would have; raises OSError."""
    digest = hashlib.sha256()
    for name in _files(folder):
        digest.update(_signed(name, (folder / name).read_bytes()))
    return digest.hexdigest()


def _files(folder: Path) -> list[str]:
    found = (path for pattern in FILES for path in folder.glob(pattern))
    return sorted(path.relative_to(folder).as_posix() for path in found)


def _signed(name: str, content: bytes) -> bytes:
    return f"{name}\0{len(content)}\0".encode() + content


def _prefix(block: str) -> str:
    return "applicant" if block == "organisation" else block


def _block_fields(blocks: Mapping[str, tuple[Section, ...]]) -> dict[str, Field]:
    """Give every field of the blocks by its path; a person's field wins over an organisation's."""
    fields: dict[str, Field] = {}
    for block in reversed(BLOCKS):
        for section in blocks[block]:
            for one in section.fields:
                fields[f"{_prefix(block)}.{one.name}"] = one
    return fields
