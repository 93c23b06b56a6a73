"""Payment providers: one Protocol (`base`), one file each, and a simulator that runs as a process of its own.

Nothing here knows Django or the database: configuration and clock come in, typed outcomes go out.
"""
