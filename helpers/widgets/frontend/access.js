// What controls lack: names of slider handles and a status line that is read out when it changes,
// for a screen reader; and keys of their own. JupyterLab takes b, d d, arrows and others from any
// element that has the focus, unless this very element says no.
const FOCUSABLE = "button, input, select, [tabindex], [contenteditable]";

function improve(root) {
  for (const control of root.querySelectorAll(FOCUSABLE)) {
    control.dataset.lmSuppressShortcuts = "true";
  }
  for (const slider of root.querySelectorAll(".widget-slider")) {
    const label = slider.querySelector(".widget-label")?.textContent.trim();
    slider.querySelector(".noUi-handle")?.setAttribute("aria-label", label);
    const readout = slider.querySelector(".widget-readout");
    readout?.setAttribute("role", "textbox");
    readout?.setAttribute("aria-label", `${label}, as a number`);
  }
  root.querySelector(".helpers-note")?.setAttribute("role", "status");
}

function render({ el }) {
  let [alive, observer] = [true, null];
  el.style.display = "none";
  const begin = () => {
    const root = el.closest(".helpers-explorer");
    if (!root) return alive && requestAnimationFrame(begin);
    improve(root);
    observer = new MutationObserver(() => improve(root));
    observer.observe(root, { childList: true, subtree: true });
  };
  begin();
  return () => {
    alive = false;
    observer?.disconnect();
  };
}

export default { render };
