"""What happens to every request around its route, as plain ASGI.

From the outside: `access` logs, `origins` lets pages of other sites read if some are named, `faults` answers what
nobody expected, `hosts` and `keys` guard, `methods` answers HEAD and OPTIONS.
"""
