"""What the documents of a plan, a study and a comparison say; no medium is known here."""
