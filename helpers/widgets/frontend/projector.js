// Links, zoom and full screen for a page that is shown on a wall. In JupyterLab, where the page is
// somebody's workplace, the bar stays where its cell is.
const STEPS = [0.67, 0.8, 1, 1.25, 1.5, 2, 2.5];

function button(text, label, pressed) {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", textContent: text, className: "helpers-button" });
  made.setAttribute("aria-label", label);
  made.addEventListener("click", pressed);
  return made;
}

function render({ model, el }) {
  const nav = Object.assign(document.createElement("nav"), { className: "helpers-projector" });
  // Voila's page scrolls within this element; JupyterLab has none.
  const scroller = document.querySelector("#rendered_cells");
  let step = STEPS.indexOf(1);
  const zoom = (by) => {
    step = Math.min(Math.max(step + by, 0), STEPS.length - 1);
    for (const page of document.querySelectorAll("#rendered_cells > :not(nav)")) {
      page.style.zoom = STEPS[step];
      page.style.setProperty("--zoom", STEPS[step]);
    }
    said.textContent = `${Math.round(100 * STEPS[step])} %`;
  };
  const full = () =>
    document.fullscreenElement
      ? document.exitFullscreen()
      : document.documentElement.requestFullscreen();
  const said = Object.assign(document.createElement("span"), { textContent: "100 %" });
  said.setAttribute("role", "status");
  nav.setAttribute("aria-label", "Sections");
  for (const name of model.get("sections")) {
    const link = document.createElement("a");
    Object.assign(link, { href: `#${name.replaceAll(" ", "-")}`, textContent: name });
    nav.append(link);
  }
  nav.append(
    button("−", "Smaller", () => zoom(-1)),
    said,
    button("+", "Larger", () => zoom(1)),
    button("Full screen", "Full screen", full),
  );
  if (!scroller) return el.append(nav);
  document.title = model.get("title");
  document.body.classList.add("helpers-alone");
  scroller.prepend(nav);
  return () => nav.remove();
}

export default { render };
