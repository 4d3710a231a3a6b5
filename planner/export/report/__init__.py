"""The report of a plan: one HTML file that opens offline, and its charts as files."""
