"""The course, as nbgrader sees it. Everything that is special about it is in ``configure``."""

from autograder.nbgrader_ext.config import configure

c = get_config()
configure(c)

c.CourseDirectory.course_id = "deep-foundations"

# Fresh inputs of hidden checks are drawn from this seed. Change it for your course and keep it to
# yourself; with another seed an answer that was hard-coded from last year's inputs fails.
c.GradeCells.seed = "change me"
