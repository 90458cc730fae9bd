"""Saved reports: what they say, their parameters, and whether they fit a model.

    document     the shape of a report, as it is saved, exported and sent
    places       parameters in the cuts of a query, and filling them
    opening      from a report and an address to queries
    checking     every mistake of a report at once, also of one that a later model no longer fits
    transfer     reports as a file
    slugs        the names in short addresses

Where reports are kept is the business of `cube_server.metadata`.
"""
