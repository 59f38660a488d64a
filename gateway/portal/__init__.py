"""The preference portal at `/portal`: where a person sees and changes what they allow, without anybody's help.

- `one_time_links`, `handover` and `oidc` are the three doors; `sessions` is who is inside.
- `requests` is what is true of every request (our own address, the session, the forged-request checks); `pages` renders;
  `application` lists the routes; the modules named `..._pages` answer them.
- `purposes` and `wording` say in plain words what holds; `choices` writes what the person decides, through the consent desk.
- `neighbours` holds the two seams: receipts and rights requests.

Every page is complete without JavaScript. No address, log line or error names anybody: a session holds a pseudonym.
"""
