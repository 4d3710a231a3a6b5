"""The application: reads a case, runs what the user asks for, writes plans."""
