"""Alembic's entry: runs the migrations on the database of the settings."""

from alembic import context

from community.database import engine
from community.models import Base

with engine().connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
