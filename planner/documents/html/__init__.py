"""Documents as pages that open offline."""
