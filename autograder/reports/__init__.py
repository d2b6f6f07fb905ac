"""Grades as their readers want them: one small module per reader (a terminal, a program, a page).

A report of one submission is made from a ``grade_view.GradeView`` by a module's ``render``;
``formats`` lists them all.
"""
