"""nbgrader's config for everybody on the hub: where the exchange is, and who has access."""

import json
import sys
from pathlib import Path

from utils.checking.validation import adapt_validation

here = Path(__file__).parent
sys.path.insert(0, str(here))
from private_submit import PrivateSubmit  # noqa: E402  it is beside this file

adapt_validation()
c = get_config()
hub = json.loads((here.parent / "hub.json").read_text("utf-8"))

c.CourseDirectory.course_id = hub["course"]
c.Exchange.root = hub["exchange"]
c.ExchangeFactory.submit = PrivateSubmit
# Only members of the hub's groups nbgrader-COURSE and formgrade-COURSE see the course.
c.Authenticator.plugin_class = "nbgrader.auth.JupyterHubAuthPlugin"
# For the kernel of the Validate button, as in jupyter_server_config.json: if a kernel listened on a
# port, every account of the machine could read what it sends, including the code.
c.ConnectionFileMixin.transport = "ipc"
