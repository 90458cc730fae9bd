"""The metadata database: keys, saved reports, who may open them, and the record of loads.

SQLite in the warehouse's folder unless a URL names another database. It is small, it is the only part of a server that
is changed in place, and nothing in it can be loaded again: docs/operations.md says how to back it up.

    database     opening it, transactions, errors
    tables       what it holds
    migration    bringing an older one up to date; migrations/versions has the steps
    keys         API keys, hashed
    tokens       signed links to one report
    loads        what was loaded, from where, with what outcome
    reports      reports and their versions; what a report says is none of its business
"""
