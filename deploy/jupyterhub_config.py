"""JupyterHub for a room on one machine: one shared environment, a home for each student.

    sudo build/hub/venv/bin/jupyterhub -f deploy/jupyterhub_config.py

README.md beside this file says what has to be there before, and what a student can touch.
"""

import os
import resource
import sys
from pathlib import Path

from jupyterhub.spawner import LocalProcessSpawner

PROJECT = Path(__file__).resolve().parents[1]
STATE = Path(os.environ.get("SALIENCY_STATE", "/var/lib/saliency-hub"))
# A folder that only root may write to, such as /run/saliency-warm; without it kernels are ordinary.
WARM = Path(os.environ.get("SALIENCY_WARM", ""))
IS_WARM = "SALIENCY_WARM" in os.environ
MEMORY_GB = 4  # of data, for each process of a student; a kernel in class stays well below 1
IDLE_SECONDS = 3600

c = get_config()  # noqa: F821


class RoomSpawner(LocalProcessSpawner):
    """A server as the student's own account, with limits that hold for all that it starts."""

    def make_preexec_fn(self, name):
        """Set the limits as root, then become the student."""
        become = self.account(name)

        def limited():
            data = MEMORY_GB * 1024**3
            resource.setrlimit(resource.RLIMIT_DATA, (data, data))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            become()

        return limited

    def account(self, name):
        """Give what turns the process into one of the student's; it runs before the server."""
        return super().make_preexec_fn(name)


STATE.mkdir(mode=0o700, parents=True, exist_ok=True)
if IS_WARM:
    WARM.mkdir(mode=0o755, parents=True, exist_ok=True)

# The hub: accounts are those of the machine, members of the groups `students` and `teachers`.
c.JupyterHub.bind_url = os.environ.get("SALIENCY_ADDRESS", "http://:8000")
c.JupyterHub.ssl_key = os.environ.get("SALIENCY_TLS_KEY", "")
c.JupyterHub.ssl_cert = os.environ.get("SALIENCY_TLS_CERT", "")
c.JupyterHub.authenticator_class = "pam"
c.LocalAuthenticator.allowed_groups = {"students", "teachers"}
c.PAMAuthenticator.admin_groups = {"teachers"}
c.JupyterHub.db_url = f"sqlite:///{STATE}/hub.sqlite"
c.JupyterHub.cookie_secret_file = f"{STATE}/cookie_secret"
c.ConfigurableHTTPProxy.pid_file = f"{STATE}/proxy.pid"
c.ConfigurableHTTPProxy.command = [
    str(PROJECT / "build/hub/node_modules/.bin/configurable-http-proxy")
]
# A hub that is restarted finds the students' servers as they were.
c.JupyterHub.cleanup_servers = False

# The servers. Thirty that start together outlast the usual 60 and 30 seconds.
c.JupyterHub.spawner_class = RoomSpawner
c.Spawner.start_timeout = 300
c.Spawner.http_timeout = 240
c.Spawner.cmd = [str(PROJECT / "deploy/start_server.sh")]
c.Spawner.notebook_dir = "~/saliency"
c.Spawner.default_url = "/lab/tree/notebooks/01_kitten_demo.ipynb"
c.Spawner.args = [
    "--KernelManager.transport=ipc",  # over TCP every account could read along
    f"--MappingKernelManager.cull_idle_timeout={IDLE_SECONDS}",
    "--MappingKernelManager.cull_connected=True",
    "--ContentsManager.allow_hidden=False",
    # In the home, on a full disk, it would keep notebooks from being opened.
    "--NotebookNotary.db_file=:memory:",
]
# Cores are shared: a kernel that takes them all makes the others wait.
THREADS = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
}
c.Spawner.environment = {
    **THREADS,
    "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
    "JUPYTER_PATH": f"{PROJECT}/deploy/jupyter:{PROJECT}/.venv/share/jupyter",
    "SALIENCY_COPIES": f"{PROJECT}/build/copies/student",
    "WARM_KERNELS": f"{WARM}/socket",
    "TF_CPP_MIN_LOG_LEVEL": "2",
}

# The parent of the kernels; `env -i`, so that no token of the hub's is in its memory.
SETTINGS = {**THREADS, "LC_ALL": "C.UTF-8", "HOME": "/nonexistent", "TF_CPP_MIN_LOG_LEVEL": "2"}
SETTINGS |= {
    "KERAS_BACKEND": "tensorflow",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
}
WARM_KERNELS = [
    *("env", "-i", *(f"{name}={value}" for name, value in SETTINGS.items())),
    *(f"{PROJECT}/.venv/bin/python", "-P", f"{PROJECT}/deploy/warm_kernels.py"),
    *("serve", f"{WARM}/socket"),
]
CULLER = [sys.executable, "-m", "jupyterhub_idle_culler", f"--timeout={IDLE_SECONDS}"]
c.JupyterHub.services = [{"name": "culler", "command": CULLER}]
if IS_WARM:
    c.JupyterHub.services.append({"name": "warm-kernels", "command": WARM_KERNELS})
c.JupyterHub.load_roles = [
    {
        "name": "culler",
        "services": ["culler"],
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
    }
]
