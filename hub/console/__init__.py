"""The console: pages for people, which work without scripts and renew themselves with them. What changes something says why."""
