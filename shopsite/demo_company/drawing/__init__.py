"""Draws the pictures of the demo catalogue: `python -m shopsite.demo_company.drawing [CODE ...]`.

Turned bodies, tubes and boards become small quads, lit by one soft light, painted from back to front.
The finished files are committed; nothing draws at run time.
"""
