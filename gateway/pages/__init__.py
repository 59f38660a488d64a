"""What the portal and the officers' console have in common: forms, cookies, sessions, rendering, sign-in at a provider."""
