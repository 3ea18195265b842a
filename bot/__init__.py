"""Understanding and dialogue: Rasa pipeline components, the private channel, one turn of conversation. Imports community."""
