"""Engines that compute relations."""
