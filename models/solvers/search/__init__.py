"""A search of our own: a tree over the integers of a plan, with warm linear programs in its nodes."""
