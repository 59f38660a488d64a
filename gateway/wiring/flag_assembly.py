"""Flags and streams, put together."""

from __future__ import annotations

from collections.abc import Callable

from gateway.authzen.permissions import Permissions
from gateway.evidence.entries import EntryWriter
from gateway.flags.checking import PURPOSE
from gateway.flags.desk import FlagDesk
from gateway.flags.exposures import Exposures
from gateway.flags.metric_fields import MetricFields
from gateway.flags.running import Flags
from gateway.flags.shelf import FlagShelf
from gateway.flags.trial_feed import TrialFeed
from gateway.log_feed import open_log_feed
from gateway.parts import HISTORY_PURPOSE, Memory, Opened, personal_entries
from gateway.push.streams import Streams
from gateway.telemetry.journal import Happening


def open_flags(
    opened: Opened,
    memory: Memory,
    writer: EntryWriter,
    permissions: Permissions,
    notify: Callable[[int], object],
) -> Flags:
    """Read the flags of a data directory.

    Args:
        opened: the log, the records and the settings.
        memory: who permits what.
        writer: makes the entries of exposures and changes.
        permissions: asks and records.
        notify: learns how many entries are durable when an exposure was among them.

    Raises:
        StoreUnavailableError, StoreCorruptError: they cannot be read.
    """
    settings, bit = opened.settings, memory.policy.bits.get(PURPOSE)
    shelf = FlagShelf(
        store=opened.stores.flags,
        policy=memory.policy,
        context_fields=settings.flags.context_fields,
        max_flags=settings.flags.max_flags,
        writer=writer,
        sequencer=opened.sequencer,
        clock=memory.clock,
        worker=opened.worker,
    )
    shelf.load_all()
    if lapsed := shelf.not_in_force():
        opened.journal.write(Happening.FLAGS_NOT_IN_FORCE, count=len(lapsed))
    feed = _feed(opened, memory, shelf, bit)
    exposures = None if bit is None else _exposures(opened, memory, writer, bit, notify)
    desk = FlagDesk(
        shelf=shelf,
        permissions=permissions,
        identities=memory.identities,
        people=memory.people,
        feed=feed,
        exposures=exposures,
        clock=memory.clock,
    )
    return Flags(shelf, desk, feed, _streams(opened, memory, shelf))


def _feed(opened: Opened, memory: Memory, shelf: FlagShelf, bit: int | None) -> TrialFeed:
    feed = TrialFeed(
        feed=open_log_feed(opened, memory),
        durable_size=lambda: opened.sequencer.durable_size,
        shelf=shelf,
        store=opened.stores.flags,
        fields=MetricFields(memory.policy, PURPOSE),
        people=memory.people,
        identities=memory.identities,
        worker=opened.worker,
        bit=bit,
    )
    feed.load()
    if bit is not None:
        memory.consumers.subscribe_to_endings(bit, feed.forget)
        memory.consumers.keep_no_longer(bit, feed.trials.age)
    return feed


def _exposures(
    opened: Opened, memory: Memory, writer: EntryWriter, bit: int, notify: Callable[[int], object]
) -> Exposures:
    return Exposures(
        bit=bit,
        people=memory.people,
        enforcement=memory.enforcement,
        writer=writer,
        sequencer=opened.sequencer,
        entries=personal_entries(opened, memory),
        on_durable=notify,
    )


def _streams(opened: Opened, memory: Memory, shelf: FlagShelf) -> Streams:
    bounds = opened.settings.flags
    streams = Streams(
        memory.people,
        memory.identities,
        max_streams=bounds.max_streams,
        token_seconds=float(bounds.stream_token_seconds),
    )
    shelf.on_change.append(streams.flags_changed)
    bit = memory.policy.bits.get(HISTORY_PURPOSE)
    if bit is not None:
        memory.consumers.subscribe(bit, lambda signals: streams.slates_changed(signals.slots), lambda _: None)
    return streams
