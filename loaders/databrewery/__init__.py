"""From an installation of Databrewery Cubes 1.1 to a model of this server: `importing.import_cubes` begins here."""
