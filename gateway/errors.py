"""What can go wrong in `gateway`. Refusals of consent are values; these are failures.

    GatewayError
    ├── CallerError                     the caller's fault: 4xx
    │   ├── BodyInvalidError            the body is not what was asked for
    │   │   └── QuestionInvalidError    it is well formed and asks for something impossible
    │   ├── HeadersInvalidError         a header that a question is made of is missing or cannot be read
    │   ├── BodyTooLargeError           more bytes than allowed, also after decompression
    │   ├── TooManyEventsError          more events in a batch than allowed
    │   ├── EncodingUnsupportedError    a content encoding other than gzip
    │   ├── CredentialsInvalidError     no credentials, or none that hold
    │   ├── ScopeMissingError           credentials that hold, for something else
    │   ├── NotPermittedError           a person-bound token asks about somebody else
    │   ├── OriginRefusedError          a browser origin that is not on the list
    │   ├── NoSuchModelError            no model to go back or on to
    │   ├── NotFoundError               no such thing, or not for this caller
    │   │   └── PlacementUnknownError   no such placement
    │   ├── RuleRefusedError            a rule forbids it, and is named
    │   │   ├── ConsentChangeRefusedError  this change of a consent record
    │   │   ├── RightsStepRefusedError     a rights request cannot go on like that
    │   │   ├── FlagRefusedError           a flag cannot be taken into force
    │   │   └── FleetRefusedError          a device, a round or a model cannot go on like that
    │   ├── FourEyesError               this needs another person than the caller
    │   └── RateLimitedError            too fast
    ├── UnavailableError                ours, and it passes: 503
    ├── DirectoryError                  the data directory cannot be used: refuses to start
    │   ├── DirectoryMissingError       no data directory there
    │   │   └── NeverServedError        a data directory that nothing was ever served from
    │   ├── DirectoryExistsError        `init` on something that is already there
    │   ├── DirectoryIncompleteError    an `init` was interrupted here
    │   ├── RolledBackError             the records are older than the log
    │   ├── PolicyBreaksError           what is stored would mean something else under the policy
    │   └── RightsKeysLostError         a key of rights is gone, and something was kept with it
    ├── ExportFailedError               the process that makes an export broke off: the journal says by what
    ├── MeasuringError                  the process that measures releases broke off: nothing was published
    ├── AddressError                    the host or port cannot be listened at: refuses to start
    ├── KeysInUseError                  a rotation cannot destroy a key that still opens something
    ├── SettingsError                   volens.toml: refuses to start
    ├── ScorerError                     model.scorer: refuses to start
    ├── CredentialsFileError            credentials.json: refuses to start
    ├── UnaccountedError                something admitted was left without an outcome
    ├── SealedRecordError               a sealed half of the log cannot be read
    ├── BundleError                     a model is not what was signed
    └── PayloadError                    the payload of a decision cannot be read

No message carries a value, an identifier or a path.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class GatewayError(Exception):
    """Base of every failure of this package."""


class CallerError(GatewayError):
    """The request is at fault; sending the same again gives the same answer."""


class BodyInvalidError(CallerError):
    """The body cannot be read: not JSON, too deep, a repeated member, an unknown one, or a wrong type."""

    def __init__(self, *said: object, pointer: str = "", code: str = "") -> None:
        """Say where it is at fault, if that is known: a JSON Pointer of names of ours (RFC 6901), and a code."""
        super().__init__(*said)
        self.pointer, self.code = pointer, code


class QuestionInvalidError(BodyInvalidError):
    """The body can be read and asks for something impossible: not exactly one subject, a limit out of range."""


class HeadersInvalidError(CallerError):
    """A header that a question is made of is missing, there twice, or cannot be read."""


class BodyTooLargeError(CallerError):
    """More bytes than `limits` allows, counted after decompression."""


class TooManyEventsError(CallerError):
    """More events in one batch than `limits.max_batch_events`."""


class EncodingUnsupportedError(CallerError):
    """A `Content-Encoding` other than gzip."""


class CredentialsInvalidError(CallerError):
    """No credentials, or none that hold: unknown, expired, badly signed, for another audience."""


class ScopeMissingError(CallerError):
    """The credentials hold, but not for this. Its argument is the scope that is missing, if one would do."""


class NotPermittedError(CallerError):
    """A person-bound token asks about somebody else."""


class OriginRefusedError(CallerError):
    """A browser sent this from an origin that is not in `cors.allowed_origins`."""


class NoSuchModelError(CallerError):
    """There is no model to go to: none waits, none is remembered, or somebody left since it was trained."""


class NotFoundError(CallerError):
    """There is no such thing, or it is not for this caller: the two look alike."""


class PlacementUnknownError(NotFoundError):
    """No placement of this name in `volens.toml`."""


class RuleRefusedError(CallerError):
    """A rule forbids what was asked for; the question itself is well formed."""

    words = "a rule forbids this"

    def __init__(self, reason: str) -> None:
        """Say which rule: a word of a closed list of ours, never a value of the request."""
        super().__init__(self.words)
        self.reason = reason
        """The rule."""


class ConsentChangeRefusedError(RuleRefusedError):
    """The rules of consent forbid this change (`consent.WriteRefusal`)."""

    words = "this change of a consent record is refused"


class RightsStepRefusedError(RuleRefusedError):
    """A rights request cannot go on like that (`consent.StepRefusal`)."""

    words = "this step of a rights request is refused"


class FlagRefusedError(RuleRefusedError):
    """A flag cannot be taken into force (`gateway.flags.checking.FlagRule`)."""

    words = "this flag is refused"


class FleetRefusedError(RuleRefusedError):
    """A device may not take part, a round is not at this point, or a version is not to be served (docs/fleet.md)."""

    words = "the fleet refuses this"


class FourEyesError(CallerError):
    """An editors' decision does not wait for this caller: it needs another, or is at its end."""


class RateLimitedError(CallerError):
    """The source sends faster than `rate_limits` allows."""

    def __init__(self, wait_seconds: float) -> None:
        """Say how long to wait."""
        super().__init__("too many requests")
        self.wait_seconds = wait_seconds
        """Seconds until there is room again."""


class UnavailableError(GatewayError):
    """The gateway cannot answer this now (starting, stopping, a store that is down); the same may succeed soon."""

    def __init__(self, wait_seconds: float = 1.0) -> None:
        """Say when to come back."""
        super().__init__("temporarily unavailable")
        self.wait_seconds = wait_seconds
        """Seconds after which to try again."""


class DirectoryError(GatewayError):
    """The data directory cannot be used: missing, unreadable, or not writable."""


class DirectoryMissingError(DirectoryError):
    """There is no such data directory: `volens init` makes one."""

    def __init__(self, words: str = "there is no such data directory: run volens init first") -> None:
        """Say what to do."""
        super().__init__(words)


class NeverServedError(DirectoryMissingError):
    """Nothing was ever served from this data directory: there are no records and no log yet."""

    def __init__(self) -> None:
        """Say what is missing."""
        super().__init__("nothing was ever served from this directory: there are no people and no past in it")


class DirectoryExistsError(DirectoryError):
    """There is something already where `init` should make a directory. Nothing was changed."""


class DirectoryIncompleteError(DirectoryError):
    """An `init` was interrupted here. Nothing was ever served from it: remove the directories and run it again."""


class RolledBackError(DirectoryError):
    """The records are older than the log says they must be: an old copy was restored, or none. Restore the newest one."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__(
            "the records are older than the log, or were lost: restore the newest copy of records.db"
        )


class PolicyBreaksError(DirectoryError):
    """What is stored would mean something else under this policy: a purpose is gone, moved or renamed, or a version went back."""

    def __init__(self) -> None:
        """Say how to find out where."""
        super().__init__("policy.toml gives another meaning to what is stored: volens policy check --against")


class RightsKeysLostError(DirectoryError):
    """A key of rights is gone while there is something that only that key can read: put the file back."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__(
            "rights.key or certificates.key is missing although requests, erasures or refusals were kept with it:"
            " put the file back (docs/durability.md)"
        )


class MeasuringError(GatewayError):
    """The process that measures releases broke off, or could not do it. Nothing was published; what was booked stays booked."""


class ExportFailedError(GatewayError):
    """The process that makes an export broke off. The journal says by what; the same would break off again."""


class AddressError(GatewayError):
    """The host or the port cannot be listened at."""


class KeysInUseError(GatewayError):
    """A rotation cannot destroy a key-encryption key that still opens something."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong in what an operator wrote: settings, rules, a tenant's file."""

    where: str
    """The place, as in `limits.max_slate`; never its value."""
    code: str
    """What is wrong with it: a word of a closed list."""
    words: str = ""
    """The same for people, where the code does not say it; never the value."""

    def __str__(self) -> str:
        """In a line."""
        return f"{self.where}: {self.words or self.code.replace('_', ' ')}"


class SettingsError(GatewayError):
    """`volens.toml` cannot be used. Names the settings and what is wrong with them, never their values."""

    def __init__(self, findings: Sequence[Mistake]) -> None:
        """List what is wrong."""
        super().__init__("; ".join(map(str, findings)))
        self.findings = tuple(findings)
        """Everything that is wrong, in the file's order."""


class ScorerError(GatewayError):
    """The scorer that the settings name cannot be used; the gateway does not start without it."""


class CredentialsFileError(GatewayError):
    """`credentials.json` is missing, readable by others (its mode must be 0600), or not as `init` wrote it."""


class UnaccountedError(GatewayError):
    """Something admitted was left without an outcome, or given two: a fault in the gateway itself."""


class SealedRecordError(GatewayError):
    """A sealed half of the log cannot be read."""


class BundleError(GatewayError):
    """A model is not what was signed: changed, signed by somebody else, or no model."""


class PayloadError(GatewayError):
    """An opened payload cannot be read."""
