"""What nbgrader is told on the hub, for everybody: where the exchange is, and who has access."""

import json
import sys
from pathlib import Path

here = Path(__file__).parent
sys.path.insert(0, str(here))
from private_submit import PrivateSubmit  # noqa: E402  it lies beside this file

c = get_config()
hub = json.loads((here.parent / "hub.json").read_text("utf-8"))

c.CourseDirectory.course_id = hub["course"]
c.Exchange.root = hub["exchange"]
c.ExchangeFactory.submit = PrivateSubmit
# Only who is in the hub's group nbgrader-COURSE or formgrade-COURSE sees the course.
c.Authenticator.plugin_class = "nbgrader.auth.JupyterHubAuthPlugin"
# The kernel of the Validate button, as in jupyter_server_config.json: what a kernel that listens
# on a port sends, code and all, any account of the machine can read.
c.ConnectionFileMixin.transport = "ipc"
