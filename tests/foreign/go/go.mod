module volens.example/logverifier

go 1.26.0

// Not below v0.40.0: until then TileHashReader left tiles unverified (CVE-2026-56865).
require golang.org/x/mod v0.42.0
