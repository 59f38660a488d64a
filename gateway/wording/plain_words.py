"""Plain words for what the policy and the log name shortly. Texts only; they are translated where they are shown.

A name that is not here (a controller's own event, say) is shown as it is: better a technical name than none.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from consent import MINORITY, RESTRICTION
from gateway.wording.languages import phrase

EVENTS: Mapping[str, str] = MappingProxyType(
    {
        "Product Viewed": phrase("When you look at a product"),
        "Product Clicked": phrase("When you click on a product"),
        "Product Added": phrase("When you put something in your basket"),
        "Product Removed": phrase("When you take something out of your basket"),
        "Product Added to Wishlist": phrase("When you put something on your wish list"),
        "Order Completed": phrase("When you buy something"),
        "Product List Viewed": phrase("When you look at a list of products"),
        "Products Searched": phrase("When you search"),
        "Page": phrase("When you open a page"),
        "Screen": phrase("When you open a screen of the app"),
        "Experiment Viewed": phrase("When you see a variant of the shop"),
    }
)
"""What a person does, by the event's name."""

FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "product_id": phrase("which product"),
        "decision_id": phrase("which of our answers it followed"),
        "products[].product_id": phrase("which products"),
        "category": phrase("the kind of product"),
        "products[].category": phrase("the kinds of products"),
        "quantity": phrase("how many"),
        "products[].quantity": phrase("how many of each"),
        "price": phrase("the price"),
        "revenue": phrase("what you spent"),
        "currency": phrase("the currency"),
        "name": phrase("its name"),
        "list_id": phrase("which list"),
        "location": phrase("where you are"),
        "channel": phrase("through which channel"),
        "experiment_id": phrase("which comparison"),
        "variation_id": phrase("which variant"),
    }
)
"""What of it is used, by the field's path."""

TIMES: Mapping[int, str] = MappingProxyType(
    {
        1: phrase("the time"),
        60: phrase("the time, to the minute"),
        3600: phrase("the time, to the hour"),
        86_400: phrase("the day"),
    }
)
"""How exactly the time is known, by granularity in seconds."""

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "no_record": phrase("You have not decided yet, so it is off."),
        "no_consent": phrase("You have not decided yet, so it is off."),
        "refused": phrase("You said no."),
        "expired": phrase("Your permission ran out, so it is off."),
        "superseded": phrase("What we do has changed since you agreed, so it is off until you agree again."),
        "restricted": phrase("The use of your data is stopped."),
        "minor": phrase("This is never done with the data of young people."),
        "unprovable": phrase(
            "What you were told then is no longer kept, so it is off until you agree again."
        ),
    }
)
"""Why something is off."""

DENIED: Mapping[str, str] = MappingProxyType(
    {
        "withdrawn": phrase("You turned it off."),
        "objected": phrase("You objected."),
        "revoked": phrase("Somebody else ended it, so it is off."),
    }
)
"""Why something is off, where the person's own record says it more exactly, by status."""

DENIED_BY: Mapping[str, str] = MappingProxyType(
    {
        "app_asserted": phrase("An app told us that you do not want it."),
        "cmp_asserted": phrase("A consent banner told us that you do not want it."),
        "signal": phrase("A signal of your browser said no."),
        "import": phrase("It was off in what was taken over from before."),
    }
)
"""Why something is off, where it was not the person who said so to us, by evidence."""

STATUSES: Mapping[str, str] = MappingProxyType(
    {
        "given": phrase("Turned on"),
        "renewed": phrase("Confirmed again"),
        "refused": phrase("Refused"),
        "withdrawn": phrase("Turned off"),
        "revoked": phrase("Ended by somebody else"),
        "objected": phrase("Objected"),
        "restricted": phrase("Use of data stopped"),
        "invalidated": phrase("Found not to be valid"),
        "expired": phrase("Ran out"),
    }
)
"""What happened, by status."""

EVIDENCE: Mapping[str, str] = MappingProxyType(
    {
        "user_action": phrase("by you"),
        "app_asserted": phrase("told by the app"),
        "cmp_asserted": phrase("told by a consent banner"),
        "signal": phrase("by a signal of your browser"),
        "import": phrase("taken over from before"),
    }
)
"""How we know, by evidence."""

BASES: Mapping[str, str] = MappingProxyType(
    {
        "consent": phrase("Only if you agree"),
        "contract": phrase("Needed for our contract with you"),
        "legal_obligation": phrase("Required by law"),
        "vital_interests": phrase("To protect somebody's life"),
        "public_task": phrase("A task in the public interest"),
        "legitimate_interests": phrase("Our legitimate interest; you may object"),
    }
)
"""On what ground, by legal basis."""

MESSAGES: Mapping[str, str] = MappingProxyType(
    {
        "given": phrase("Turned on."),
        "ended": phrase("Turned off. It is not used from this moment on."),
        "all_off": phrase("Everything that you can turn off is off from this moment on."),
        "stands_alone": phrase("This browser stands for itself from this moment on."),
        "paused": phrase("Paused. Nothing is used until you continue."),
        "resumed": phrase("Continued. What was on before is on again."),
        "minor": phrase("Noted. Nothing is chosen for you by what you do, from this moment on."),
        "adult": phrase("Noted. What you allowed before is off: you are asked anew."),
        "restricted": phrase("Stopped. Nothing about you is used from this moment on."),
        "lifted": phrase("Your own choices hold again."),
        "confirmed": phrase("Thank you. It is carried out."),
        "taken_back": phrase("Taken back. Nothing more happens about it."),
        "signal_removed": phrase("We no longer use this."),
        "signal_used_again": phrase("We use this again."),
        "denied_by_signal": phrase(
            "Nothing was changed: your browser sends the Global Privacy Control signal, which keeps this off. "
            "If you want it, turn the signal off first."
        ),
        "changed_meanwhile": phrase(
            "Nothing was changed, because the text has changed. Please read it again."
        ),
        "not_changed": phrase("Nothing was changed."),
        "waiting": phrase("Noted. It counts as soon as the proof of it is written."),
    }
)
"""What a page says first after something was done, by key."""

AGES: Mapping[str, str] = MappingProxyType(
    {
        "0-12": phrase("Under 13"),
        "13-15": phrase("13 to 15"),
        "16-17": phrase("16 or 17"),
    }
)
"""How old somebody is who is not an adult, by age band."""

STANDINGS: Mapping[str, str] = MappingProxyType(
    {RESTRICTION: phrase("All use of your data"), MINORITY: phrase("Your age")}
)
"""What concerns the whole person rather than a purpose, by its reserved name."""

OUTCOMES: Mapping[str, str] = MappingProxyType(
    {
        "personalised": phrase("Chosen for you"),
        "unpersonalised.no_record": phrase("The same for everybody: you have not decided yet"),
        "unpersonalised.no_consent": phrase("The same for everybody: you have not allowed it"),
        "unpersonalised.refused": phrase("The same for everybody: you said no"),
        "unpersonalised.expired": phrase("The same for everybody: your permission ran out"),
        "unpersonalised.superseded": phrase("The same for everybody: the text changed since you agreed"),
        "unpersonalised.signal": phrase("The same for everybody: your browser asked for it"),
        "unpersonalised.no_history": phrase("The same for everybody: there was nothing yet to go by"),
        "unpersonalised.no_model": phrase("The same for everybody: nothing had been learnt yet"),
        "unpersonalised.withdrawn_meanwhile": phrase(
            "The same for everybody: you turned it off at that moment"
        ),
        "unpersonalised.frozen": phrase("The same for everybody: an editor decided so"),
        "unpersonalised.restricted": phrase("The same for everybody: the use of your data was stopped"),
        "unpersonalised.unprovable": phrase("The same for everybody: what you were told is no longer kept"),
        "unpersonalised.minor": phrase("The same for everybody: never done with the data of young people"),
    }
)
"""What a decision was, by outcome."""

RIGHTS: Mapping[str, str] = MappingProxyType(
    {
        "access": phrase("To see your data"),
        "portability": phrase("To take your data along"),
        "rectification": phrase("To have something corrected"),
        "objection": phrase("To object"),
        "restriction": phrase("To have the use of your data stopped"),
        "erasure": phrase("To be erased"),
    }
)
"""What somebody asked for, by kind of request."""

PROGRESS: Mapping[str, str] = MappingProxyType(
    {
        "received": phrase("received"),
        "identity_pending": phrase("waits until we know that it was you who asked"),
        "in_progress": phrase("in progress"),
        "completed": phrase("done"),
        "refused": phrase("not done"),
        "withdrawn": phrase("taken back by you"),
    }
)
"""How far a request is, by status."""

REFUSED_BECAUSE: Mapping[str, str] = MappingProxyType(
    {
        "identity_not_confirmed": phrase("We could not make sure that it was you who asked."),
        "manifestly_unfounded": phrase("There was clearly no ground for it."),
        "excessive": phrase("It was asked far more often than the law provides for."),
        "legal_obligation": phrase("A law obliges us to do otherwise."),
        "compelling_grounds": phrase("There are compelling grounds that outweigh it."),
        "rights_of_others": phrase("It would take away rights of others."),
        "not_objectable": phrase("This use does not rest on a ground to which one can object."),
        "set_by_the_person": phrase("You set this yourself, so nobody else can end it."),
        "nothing_such_held": phrase("We hold nothing of the kind."),
    }
)
"""Why a request was not done, by reason."""

TOLD: Mapping[str, str] = MappingProxyType(
    {
        "waiting": phrase("was told, and has not confirmed it yet"),
        "acknowledged": phrase("has confirmed it"),
        "carried_out": phrase("what was held there is gone"),
        "refused": phrase("has not confirmed it: we tell them in another way"),
        "by_hand": phrase("cannot be told by a program: we tell them ourselves"),
    }
)
"""Whether somebody else who had a person's data knows of the erasure, by state."""
