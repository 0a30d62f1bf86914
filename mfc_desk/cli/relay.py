"""`relay`: show or set the office relay this desk hands over to."""

# ruff: noqa: PLC0415  # what a command needs is imported when it runs

from __future__ import annotations

import argparse

from mfc_desk.cli.frame import Call, Commands, command


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(commands, "relay", help="ретранслятор офиса: показать, указать", run=run_relay)
    parser.add_argument(
        "address",
        metavar="URL#CODE",
        nargs="?",
        help="как его назвал ретранслятор; «-»: без него, прямо в центр; «ticket»: как в билете",
    )


def run_relay(call: Call, arguments: argparse.Namespace) -> int:
    """Set the relay when one is named; answer which one is used."""
    from dataclasses import replace

    with call.open_desk() as desk:
        if arguments.address is not None:
            address = "" if arguments.address == "ticket" else arguments.address
            desk.settings.save(replace(desk.settings.load(), relay=address))
        relay, text = desk.exchange.relay(), desk.exchange.relay_text()
    call.answer({"relay": str(relay) if relay else None}, f"Ретранслятор офиса: {text}.")
    return 0
