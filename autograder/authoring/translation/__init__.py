"""Translations: what of an assignment is translated, its catalogues, and what is wrong in them."""
