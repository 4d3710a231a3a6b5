"""One module for each question: the points it needs, and the study that is made of their results."""
