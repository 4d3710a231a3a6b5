"""What people see in the terminal: progress, faults, and the plan as a strategy team reads it first."""
