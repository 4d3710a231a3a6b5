"""What users see, kept as text: a change of it shows as a difference, and is accepted by a command."""
