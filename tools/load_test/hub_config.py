"""The hub of deploy/ as it is, but on loopback, in a folder of its own, for made-up students."""

import os
from pathlib import Path

from tools.load_test.hub import DRIVER, HOMES, PORT, STATE, TOKEN, account_of

c = get_config()  # noqa: F821
load_subconfig(str(Path(__file__).parents[2] / "deploy/jupyterhub_config.py"))  # noqa: F821


class Simulated(c.JupyterHub.spawner_class):
    """The room's spawner for students who have no account on this machine."""

    def account(self, name):
        """Become a user that nobody else is; without root's rights stay who we are."""
        uid, home = account_of(name), HOMES / name

        def become():
            if uid is not None:
                os.setgroups([])
                os.setgid(uid)
                os.setuid(uid)
            os.chdir(home)

        return become

    def user_env(self, env):
        """The environment of an account."""
        home = str(HOMES / self.user.name)
        return {**env, "USER": self.user.name, "HOME": home, "SHELL": "/bin/sh"}


c.JupyterHub.spawner_class = Simulated
c.Spawner.environment = {**c.Spawner.environment, "LOAD_TEST_STATE": str(STATE)}  # to be known by
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.Authenticator.admin_users = set()
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{PORT + 1}"
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{PORT + 2}"
c.JupyterHub.services = c.JupyterHub.services + [{"name": DRIVER, "api_token": TOKEN}]
c.JupyterHub.load_roles = c.JupyterHub.load_roles + [
    {
        "name": DRIVER,
        "services": [DRIVER],
        "scopes": ["admin:users", "admin:servers", "access:servers"],
    }
]
