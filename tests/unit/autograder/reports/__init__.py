"""Tests of reports: grades as their readers get them."""
