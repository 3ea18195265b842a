"""Understanding and dialogue: Rasa pipeline components, the private channel, one turn of conversation. Imports community."""

from bot.lean_rasa import leave_out_tensorflow

leave_out_tensorflow()  # before anything here imports Rasa
