"""What is late, and who is told: alerts, mails, the calendar; and what is counted."""
