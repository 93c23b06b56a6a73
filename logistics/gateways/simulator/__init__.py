"""Couriers that live in a process of their own: they issue, move, weigh, collect, bill and pay out.

Their books are the oracle of our tests, so nothing here imports the rules that it puts to the test.
"""
