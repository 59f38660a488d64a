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
        "who": "Asked by",
        "what": "For",
        "terms": "What is used, how long, who sees it",
        "used": "What is used",
        "kept": "How long it is kept",
        "seen": "Who sees it",
        "alone": "We alone",
        "whole": "The whole notice",
        "colon": ": ",
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
        "who": "Es fragt",
        "what": "Wofür",
        "terms": "Was genutzt wird, wie lange, wer es sieht",
        "used": "Was genutzt wird",
        "kept": "Wie lange es bleibt",
        "seen": "Wer es sieht",
        "alone": "Nur wir",
        "whole": "Alles dazu lesen",
        "colon": ": ",
    },
    "fr": {
        "title": "Votre choix",
        "intro": "Pouvons-nous utiliser ce que vous faites ici ? Rien n\u2019est activé sans votre accord, et vous pouvez "
        "changer d\u2019avis à tout moment.",
        "refuse": "Tout refuser",
        "accept": "Tout accepter",
        "choose": "Choisir un par un",
        "save": "Enregistrer mon choix",
        "close": "Fermer sans choisir",
        "open": "Choix de confidentialité",
        "signal": "Désactivé, car votre navigateur le demande (Global Privacy Control).",
        "failed": "L\u2019enregistrement a échoué. Veuillez réessayer.",
        "saved": "Votre choix est enregistré.",
        "who": "Demandé par",
        "what": "Pour",
        "terms": "Ce qui est utilisé, combien de temps, qui le voit",
        "used": "Ce qui est utilisé",
        "kept": "Combien de temps c\u2019est gardé",
        "seen": "Qui le voit",
        "alone": "Nous seuls",
        "whole": "Lire la notice complète",
        "colon": "\u202f: ",
    },
}
"""Language -> name of a text -> the text. Refusing and accepting are said in words of the same weight."""

FALLBACK = "en"
"""The language of these words where the policy speaks one that they do not."""
