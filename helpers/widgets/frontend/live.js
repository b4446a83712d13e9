// Puts the live controls in the place of their static figure, for as long as a kernel answers.
// The notebook stores the figure alone: a stored view of a widget whose kernel is gone is an error
// message, and JupyterLab would show that instead of the figure.
async function attach(manager, model, host) {
  const { luminoWidget } = await manager.create_view(model);
  luminoWidget.constructor.attach(luminoWidget, host);
  return luminoWidget;
}

const ALIVE = new Set(["starting", "idle", "busy", "unknown"]);

async function initialize({ model }) {
  const manager = model.widget_manager;
  const controls = await manager.get_model(model.get("controls"));
  const figures = document.getElementsByClassName(model.get("place"));
  const hosts = new Map();

  function mount(figure) {
    const place = figure.closest(".jp-OutputArea-output") ?? figure;
    if (hosts.has(place)) return;
    const host = Object.assign(document.createElement("div"), { className: "helpers-live" });
    hosts.set(place, host);
    place.after(host);
    place.style.display = "none";
    attach(manager, controls, host).then((widget) => (host.widget = widget));
  }

  const look = () => [...figures].forEach(mount);
  const observer = new MutationObserver(look);
  function end() {
    observer.disconnect();
    for (const [place, host] of hosts) {
      host.widget?.dispose();
      host.remove();
      place.style.display = "";
    }
    hosts.clear();
  }

  // A restart ends the connection of every widget; a kernel that was shut down only its session.
  controls.on("comm_live_update", () => controls.comm_live || end());
  const session = manager.context?.sessionContext;
  session?.kernelChanged?.connect((_, change) => change.newValue || end());
  session?.statusChanged?.connect((_, status) => ALIVE.has(status) || end());
  observer.observe(document.body, { childList: true, subtree: true });
  look();
}

export default { initialize };
