"""Server-sent events: a page learns within a moment that its flags, its slate or its person's consent may have changed.

An event says that something changed, never what: whoever wants to know asks again, with their credentials. Its address
holds a token that names nobody, lives shortly, and dies when the person withdraws anything.
"""
