"""`make bench`: the bot beside stock Rasa's Chinese set-up, on the same data and questions. May import every room."""
