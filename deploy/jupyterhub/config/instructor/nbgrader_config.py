"""nbgrader's config in the instructor's server: which folder is the course."""

import json
from pathlib import Path

c = get_config()
hub = json.loads((Path(__file__).parents[1] / "hub.json").read_text("utf-8"))

c.CourseDirectory.root = str(Path.home() / hub["course"])
# Formgrader's buttons read this file and not the course's own, which has our classes and the seed.
load_subconfig("nbgrader_config.py", path=c.CourseDirectory.root)
