"""What is on the sheets of a plan's workbook, in which order, and which formulas the numbers follow."""
