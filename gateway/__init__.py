"""gateway: the front door. Events and questions come in, permitted signals and slates go out, and everything is in the log.

The story in one page:

- `bootstrap` opens what is durable; `wiring` makes a running gateway of it; `serving` lets it listen. `cli` is the command.
- A request passes `edge` first: limits, who calls (`callers`), errors without echo. The hot ones go on to the two paths, which
  know no framework; all others to `routes`, which is FastAPI.
- `event_path`: read (`wire`), whose it is (`identities`, where the raw identifier ends), what is permitted and what of it may be
  kept (`enforcement`), one entry (`evidence`), and then the consumers of each purpose (`memory`).
- `decision_path`: what is permitted, history, ranking, one entry, permission compared once more, the answer.
- What people permit changes in `consents`: a denial takes effect in `memory` before it is written, a grant once it is in the
  log. `rights` and `lasting` see to what must outlive a process, a backup or the person's rows.
- `banner`, `portal` and `officer` are for people; `flags`, `rules`, `routing` and `authzen` for services; `aggregates` and
  `fleet` for what may be learnt of many.

SQL stands in `stores`, and only `bootstrap` names what is in there. ARCHITECTURE.md has every room.
"""
