"""What the banner says around the policy's own texts, in the languages it speaks."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Your choice",
        "intro": "May we use what you do here? Nothing is on unless you say so, and you can change it at any time.",
        "refuse": "Refuse all",
        "accept": "Accept all",
        "choose": "Choose one by one",
        "save": "Save my choice",
        "close": "Close without a choice",
        "open": "Privacy choices",
        "signal": "Off, because your browser asks for it (Global Privacy Control).",
        "failed": "This could not be saved. Please try again.",
        "saved": "Your choice is saved.",
    },
    "de": {
        "title": "Ihre Wahl",
        "intro": "Dürfen wir nutzen, was Sie hier tun? Nichts ist an, bevor Sie es sagen, und Sie können es jederzeit ändern.",
        "refuse": "Alles ablehnen",
        "accept": "Alles erlauben",
        "choose": "Einzeln wählen",
        "save": "Auswahl speichern",
        "close": "Schließen, ohne zu wählen",
        "open": "Datenschutz-Auswahl",
        "signal": "Aus, weil Ihr Browser darum bittet (Global Privacy Control).",
        "failed": "Das konnte nicht gespeichert werden. Bitte versuchen Sie es noch einmal.",
        "saved": "Ihre Auswahl ist gespeichert.",
    },
    "fr": {
        "title": "Votre choix",
        "intro": "Pouvons-nous utiliser ce que vous faites ici ? Rien n'est activé sans votre accord, et vous pouvez "
        "changer d'avis à tout moment.",
        "refuse": "Tout refuser",
        "accept": "Tout accepter",
        "choose": "Choisir un par un",
        "save": "Enregistrer mon choix",
        "close": "Fermer sans choisir",
        "open": "Choix de confidentialité",
        "signal": "Désactivé, car votre navigateur le demande (Global Privacy Control).",
        "failed": "L'enregistrement a échoué. Veuillez réessayer.",
        "saved": "Votre choix est enregistré.",
    },
}
"""Language -> name of a text -> the text. Refusing and accepting are said in words of the same weight."""

FALLBACK = "en"
"""The language of these words where the policy speaks one that they do not."""
