"""The database: tables and queries. The only room that imports SQLAlchemy."""
