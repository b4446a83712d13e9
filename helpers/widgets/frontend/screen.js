// A place for pictures that must not become part of the notebook: they come as messages, which
// are not saved, and not as state of the widget, which can be. Pointer or arrow keys mark a spot in
// all pictures at once, on a pad to draw on beside them too, and the kernel tells the values there.
const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
const STEP = 0.02;
const HINT = "Point at a picture, or press the arrow keys on it: the values there stand here.";
const LABEL = "Maps: the arrow keys move a mark, and the values there are told below";
const clamp = (value) => Math.min(Math.max(value, 0), 0.9999);

function spotting(model, body, line) {
  let [spot, waiting, next] = [null, false, null];
  const pads = () => body.closest(".helpers-explorer")?.querySelectorAll(".helpers-stage") ?? [];

  function mark() {
    for (const picture of [...body.querySelectorAll(".helpers-picture"), ...pads()]) {
      picture.querySelector(".helpers-mark")?.remove();
      if (!spot) continue;
      const dot = document.createElement("span");
      dot.className = "helpers-mark";
      Object.assign(dot.style, { left: `${100 * spot[0]}%`, top: `${100 * spot[1]}%` });
      picture.append(dot);
    }
  }
  // One question at a time: a busy kernel is not flooded.
  function ask() {
    if (waiting) return (next = spot);
    [waiting, next] = [true, null];
    model.send({ spot });
  }
  function move(to) {
    spot = to;
    mark();
    if (spot) ask();
    else line.textContent = HINT;
  }
  function point(event) {
    const picture = event.target.closest?.(".helpers-picture, .helpers-stage");
    const draws = event.buttons && picture?.matches(".helpers-stage");
    if (!picture || draws) return;
    const area = picture.getBoundingClientRect();
    const x = (event.clientX - area.left) / area.width;
    move([clamp(x), clamp((event.clientY - area.top) / area.height)]);
  }
  function press(event) {
    const arrow = ARROWS[event.key];
    if (!arrow || !event.target.classList.contains("helpers-maps")) return;
    event.preventDefault();
    const [x, y] = spot ?? [0.5, 0.5];
    move([clamp(x + STEP * arrow[0]), clamp(y + STEP * arrow[1])]);
  }
  const leave = () => move(null);
  line.textContent = HINT;
  body.addEventListener("pointermove", point);
  body.addEventListener("pointerdown", point);
  body.addEventListener("pointerleave", leave);
  body.addEventListener("keydown", press);
  return {
    told(words) {
      waiting = false;
      if (spot) line.textContent = words;
      if (next) ask();
    },
    drawn() {
      const maps = body.querySelector(".helpers-maps");
      maps?.setAttribute("tabindex", "0");
      maps?.setAttribute("role", "group");
      maps?.setAttribute("aria-label", LABEL);
      for (const pad of maps ? pads() : []) {
        pad.addEventListener("pointermove", point);
        pad.addEventListener("pointerleave", leave);
      }
      mark();
      if (spot) ask();
    },
  };
}

function wiping(body) {
  let share = "50";
  body.addEventListener("input", (event) => {
    if (event.target.type !== "range") return;
    share = event.target.value;
    body.style.setProperty("--wipe", `${share}%`);
  });
  return () => {
    const range = body.querySelector("input[type=range]");
    if (range) range.value = share;
    body.style.setProperty("--wipe", `${share}%`);
  };
}

function render({ model, el }) {
  const body = document.createElement("div");
  const line = document.createElement("p");
  el.classList.add("helpers-screen");
  line.className = "helpers-spot";
  el.append(body);
  const spots = model.get("spots") ? spotting(model, body, line) : null;
  if (spots) el.append(line);
  const wiped = wiping(body);
  const hear = (message) => {
    if ("words" in message) return spots?.told(message.words);
    const held = document.activeElement?.classList.contains("helpers-maps") && body.contains(document.activeElement);
    body.innerHTML = message.html;
    wiped();
    spots?.drawn();
    if (held) body.querySelector(".helpers-maps")?.focus();
  };
  model.on("msg:custom", hear);
  model.send("ready");
  return () => model.off("msg:custom", hear);
}

export default { render };
