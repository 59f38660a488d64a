"""The officers' console at `/officer`: whoever must answer for what happened here finds it, proves it and hands it on.

- `accounts` keeps who may come in, `passwords` and `one_time_codes` judge the two factors, `enrolling` makes both at once;
  `entrance_pages` are the doors. There is no console before somebody was enrolled by `volens officer enrol`.
- `console` is what is true of every request; `looks` writes each look into the log before it is shown; `application` lists the
  routes; the modules named `..._pages` answer them.
- `tallies`, `health` and `charts` say how things stand; `searching` finds entries; `cases` lets two officers agree to what one
  alone may not see.

Every page is complete without JavaScript. No address, log line or error names a person: an officer is named by a pseudonym too.
"""
