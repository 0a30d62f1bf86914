"""The commands of `mfc-central keys`: list, rotate, retire."""

from __future__ import annotations

import base64
import json
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from sync import rotation
from sync.central.centre import Centre
from sync.central.cli.commands import DONE, answer, opened, print_json, say
from sync.central.errors import KeysChanging, NoKeysToRetire
from sync.central.home import CentreHome, Secrets
from sync.clock import iso
from sync.errors import Busy
from sync.keys import CentreKeys, key_id
from sync.lock import LockFile
from sync.ticket import fingerprint

CHANGED = "keys.changed"
STATES = {
    "signs": "подписывает",
    "following": "новая пара: места уже доверяют ей и запечатывают и для неё",
    "retired": "выведена; открывает запечатанное раньше",
}


def run(arguments: Namespace) -> int:
    """Do what `keys` is followed by; alone it lists."""
    acts = {"rotate": rotate, "retire": retire}
    return acts.get(arguments.act, show)(arguments)


def show(arguments: Namespace) -> int:
    """List the pairs of keys, by their public halves."""
    with opened(arguments) as centre:
        secrets = centre.secrets
    pairs = [("signs", secrets.keys)]
    pairs += [("following", secrets.following)] if secrets.following else []
    pairs += [("retired", one) for one in secrets.retired]
    for state, pair in pairs:
        line = {
            "key": pair.key_id,
            "fingerprint": fingerprint(pair.public),
            "recipient": pair.recipient,
            "state": state,
        }
        if arguments.json:
            print_json(line)
        else:
            say(f"{line['key']}  {line['fingerprint']}  {STATES[state]}")
    return DONE


def rotate(arguments: Namespace) -> int:
    """Begin a change of keys: a new pair beside the old one, signed by it, told to every desk."""
    with opened(arguments) as centre, _alone(CentreHome(arguments.home)):
        now, secrets = centre.clock.now(), centre.secrets
        if secrets.following is not None:
            raise KeysChanging
        new = CentreKeys.generate(centre.random)
        file = rotation.added(centre.store.server_id, new, now, secrets.keys)
        changed = replace(secrets, following=new, changes=(*secrets.changes, file))
        told = _change(centre, CentreHome(arguments.home), changed, file)
    answer(
        arguments,
        {"key": new.key_id, "fingerprint": fingerprint(new.public), "desks": told},
        f"Новая пара ключей {new.key_id}, рабочих мест извещено: {told}. Сохраните копию файла "
        "keys.json. Когда места обменяются (`mfc-central keys`), выведите прежнюю: "
        "mfc-central keys retire.",
    )
    return DONE


def retire(arguments: Namespace) -> int:
    """End a change of keys: the new pair signs alone, the old one opens what it once sealed."""
    with opened(arguments) as centre, _alone(CentreHome(arguments.home)):
        now, secrets = centre.clock.now(), centre.secrets
        if secrets.following is None:
            raise NoKeysToRetire
        old, new = secrets.keys, secrets.following
        file = rotation.retired(centre.store.server_id, old, now, new)
        changed = replace(
            secrets,
            keys=new,
            following=None,
            retired=(*secrets.retired, old),
            changes=(*secrets.changes, file),
        )
        told = _change(centre, CentreHome(arguments.home), changed, file)
    answer(
        arguments,
        {"retired": key_id(old.public), "signs": new.key_id, "desks": told},
        f"Пара {old.key_id} выведена, подписывает {new.key_id}. Запечатанное для прежней по-"
        "прежнему открывается: не удаляйте её из keys.json.",
    )
    return DONE


@contextmanager
def _alone(home: CentreHome) -> Iterator[None]:
    """One change of keys at a time: the second one would put away keys desks were told of."""
    with LockFile(home.keys_lock) as lock:
        if not lock.take():
            raise Busy("Ключи меняет другая команда. Подождите и повторите.")
        yield


def _change(centre: Centre, home: CentreHome, secrets: Secrets, file: bytes) -> int:
    """Keep the keys first: a desk must never seal to keys the centre does not have."""
    home.keep_secrets(secrets)
    now = centre.clock.now()
    body = json.dumps({"change": base64.b64encode(file).decode(), "at": iso(now)})
    desks = centre.store.desks.desks()
    for desk in desks:
        centre.store.notices.tell(desk.desk, CHANGED, body, None, now)
    return len(desks)
