"""The domain: models, services, content files, clock. Knows no Rasa and no HTTP; imports no other room."""
