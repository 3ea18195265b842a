"""Rasa SDK custom actions, thin: slots in, one community service, an answer out. Imports community."""
