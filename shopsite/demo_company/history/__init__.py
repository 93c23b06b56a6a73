"""Ninety days of the company, made through the services under a virtual clock."""
