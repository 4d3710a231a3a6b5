"""What disruptions and other inputs do to a plan: re-plan, stress, regret, and sensitivities."""
