"""The ways of an exchange: through the office relay where there is one, else to the centre itself.

A relay that is not there, or holds for long what the centre has not confirmed, is gone round: the
same bytes by two ways are at the centre once.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from mfc_desk.exchange.catalogue_lane import Renewal, renew
from mfc_desk.exchange.centre_keys import UNKNOWN_KEY, learn, ticket_in_use
from mfc_desk.exchange.feed import read_events
from mfc_desk.exchange.scan_lane import Scans, send_scans
from mfc_desk.exchange.views import ExchangeResult, Run
from mfc_desk.recovery.refill import close_slots, put_back, refill_desk
from sync import link
from sync.blobs import Asking, CentreBlobs, Way
from sync.errors import Refused, Unreachable
from sync.failures import next_step, sentence
from sync.http import CentreClient
from sync.lock import LockFile
from sync.relay import RelayBlobs, RelayClient
from sync.relay_address import RelayAddress
from sync.session import Exchange, Outcome

AHEAD = "relay-ahead"
GONE_ROUND = link.NOT_REACHED | {
    "relay-stranger",
    "relay-told",
    "cut",
    "captive-portal",
    UNKNOWN_KEY,
}
"""What a relay can fail with that the centre itself may make good."""
PATIENCE = timedelta(minutes=10)
"""How long the centre may be silent about what a relay holds before it is asked itself."""
PROBE = (5.0, 10.0)


def by_relay(run: Run, relay: RelayAddress, *, probe: bool) -> ExchangeResult | None:
    """Exchange through the relay; None where the centre itself is to be tried."""
    desk, ticket = run.desk, run.ticket
    client = RelayClient(relay, ticket, desk.device.keys, desk.clock, clock_behind=run.behind)
    try:
        with LockFile(desk.home.exchange_lock) as lock:
            session = _session(run, client, lock, relay=True)
            if not session.due() and probe and _missing(client) is not None:
                return None
            outcome = session.run_once()
            if outcome.restored:
                close_slots(desk)
            if outcome.kind == UNKNOWN_KEY and learn(desk, client):
                run = replace(run, ticket=ticket_in_use(desk) or ticket)
                return by_relay(run, relay, probe=probe)  # its signatures can be verified now
            if outcome.kind in GONE_ROUND or (outcome.kind == AHEAD and _centre_is_there(run)):
                return None
            scans, renewal = Scans(), Renewal()
            if outcome.kind is None:
                renewal = _renew(run, client, session)
                blobs = RelayBlobs(client, ticket, outcome.kept.incarnation)
                scans = _send_scans(run, blobs, session, outcome)
    finally:
        client.close()
    if _silent_for_long(run, session, outcome) and _centre_is_there(run):
        return None
    return replace(_result(outcome, scans, renewal), restored=outcome.restored)


def directly(run: Run, *, probe: bool) -> ExchangeResult:
    """Exchange with the centre; after a failure, only if it answers a first question."""
    desk, ticket = run.desk, run.ticket
    client = CentreClient(ticket, desk.device.keys, desk.clock, clock_behind=run.behind)
    try:
        with LockFile(desk.home.exchange_lock) as lock:
            session = _session(run, client, lock, relay=False)
            if not session.due() and probe:
                missing = _missing(client)
                if missing is not None:
                    return ExchangeResult(
                        0, 0, 0, missing, sentence(missing), step=next_step(missing)
                    )
                session.link_up()
            outcome = session.run_once()
            restored = outcome.restored
            if restored:
                close_slots(desk)
            if outcome.kind is None:
                refilled, outcome = _refilled(run, client, session, outcome)
                restored += refilled
            scans, renewal = Scans(), Renewal()
            if outcome.kind is None:
                renewal = _renew(run, client, session)
                scans = _send_scans(run, CentreBlobs(client), session, outcome)
    finally:
        client.close()
    return replace(_result(outcome, scans, renewal), restored=restored)


def _refilled(
    run: Run, client: CentreClient, session: Exchange, outcome: Outcome
) -> tuple[int, Outcome]:
    """Read earlier streams back where the ticket says so, and send what came: how many did."""
    try:
        count = refill_desk(run.desk, client)
    except Unreachable as error:
        return 0, replace(outcome, kind=error.kind)
    except Refused:
        return 0, replace(outcome, kind="unexpected")
    return count, session.run_once() if count else outcome


def keys_changed(run: Run) -> bool:
    """Ask a centre whose signature is unknown whether its keys have changed, and trust them."""
    client = CentreClient(run.ticket, run.desk.device.keys, run.desk.clock, clock_behind=run.behind)
    try:
        return learn(run.desk, client)
    finally:
        client.close()


def _session(
    run: Run, client: CentreClient | RelayClient, lock: LockFile, *, relay: bool
) -> Exchange:
    desk = run.desk
    return Exchange(
        desk.db,
        client,
        run.ticket,
        desk.device.keys,
        desk.clock,
        desk.random,
        lock,
        bound=desk.device.enrolled_at is not None,
        relay=relay,
        compared=desk.exchange.compared,
        apply=lambda events: read_events(desk, events),
        put_back=lambda data: put_back(desk, data),
        on_event=run.tell,
        stop=run.stop,
    )


def _renew(run: Run, client: Asking, session: Exchange) -> Renewal:
    """Fetch what the centre has published; what became of it is told at once."""
    renewal = renew(run.desk, client, run.stop)
    if renewal.journalled:
        session.run_once()
    return renewal


def _send_scans(run: Run, way: Way, session: Exchange, outcome: Outcome) -> Scans:
    return send_scans(
        run.desk,
        way,
        outcome.kept.incarnation,
        unsent=session.not_handed_over,
        send_data=session.run_once,
        tell=run.tell,
        stop=run.stop,
    )


def _silent_for_long(run: Run, session: Exchange, outcome: Outcome) -> bool:
    """Whether something lies at the relay that was sealed long ago and is not confirmed."""
    kept = outcome.kept
    oldest = session.outbox.sealing.stored(kept.acked + 1) if kept.relayed > kept.acked else None
    return oldest is not None and run.desk.clock.now() - oldest.sealed_at > PATIENCE


def _centre_is_there(run: Run) -> bool:
    desk = run.desk
    client = CentreClient(
        run.ticket, desk.device.keys, desk.clock, timeout=PROBE, clock_behind=run.behind
    )
    try:
        return _missing(client) is None
    finally:
        client.close()


def _missing(client: CentreClient | RelayClient) -> str | None:
    """Return why there is nobody to ask, None when there is."""
    try:
        client.health()
    except Unreachable as error:
        return error.kind
    except Refused:
        return None
    return None


def _result(outcome: Outcome, scans: Scans, renewal: Renewal) -> ExchangeResult:
    kind = outcome.kind or scans.kind
    return ExchangeResult(
        outcome.sent + sum(one.sent for one in scans.data),
        outcome.confirmed + sum(one.confirmed for one in scans.data),
        outcome.events + sum(one.events for one in scans.data),
        kind,
        sentence(kind) if kind else None,
        scans.whole,
        renewal.version,
        step=next_step(kind) if kind else None,
    )
