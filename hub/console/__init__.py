"""The console: pages for people, which work without scripts. They show what is on record and change nothing but a session."""
