"""Fields of vehicles and drivers."""

from __future__ import annotations

from forms import identifiers
from forms.identifiers.vehicles import (
    doubt_vin,
    read_driver_license_number,
    read_driver_license_series,
)
from forms.kinds.kind import Kind, typed_text


class Vin(Kind[str]):
    """VIN."""

    width = 17

    def read(self, typed: object) -> str:
        return identifiers.read_vin(typed_text(typed))

    def doubt(self, value: str) -> str:
        return doubt_vin(value)


class Plate(Kind[str]):
    """State registration plate."""

    width = 9

    def read(self, typed: object) -> str:
        return identifiers.read_plate(typed_text(typed))


class Pts(Kind[str]):
    """Passport of a vehicle, paper or electronic."""

    width = 15

    def read(self, typed: object) -> str:
        return identifiers.read_pts(typed_text(typed))


class Sts(Kind[str]):
    """Certificate of registration of a vehicle."""

    width = 12

    def read(self, typed: object) -> str:
        return identifiers.read_sts(typed_text(typed))


class DriverLicense(Kind[str]):
    """Driving licence, series and number together."""

    width = 12

    def read(self, typed: object) -> str:
        return identifiers.read_driver_license(typed_text(typed))


class DriverLicenseSeries(Kind[str]):
    """Series of a driving licence alone."""

    width = 5

    def read(self, typed: object) -> str:
        return read_driver_license_series(typed_text(typed))


class DriverLicenseNumber(Kind[str]):
    """Number of a driving licence alone."""

    mask = "000000"
    width = 6

    def read(self, typed: object) -> str:
        return read_driver_license_number(typed_text(typed))
