"""The next plan after a plan: what has been decided and paid is carried over into a case that starts later."""
