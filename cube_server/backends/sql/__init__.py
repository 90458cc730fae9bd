"""The backend that asks a SQL database, where the facts live and stay."""
