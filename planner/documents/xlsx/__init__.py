"""Documents as workbooks."""
