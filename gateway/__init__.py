"""gateway: the front door. Events and questions come in, permitted signals and slates go out, and everything is in the log.

`bootstrap` wires it, `asgi` is the edge, `event_path` and `decision_path` are the two paths that can be read aloud, `stores`
holds the SQL.
"""
