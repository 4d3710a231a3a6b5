"""Documents as slides with charts that stay editable."""
