// A picture on which boxes are drawn, moved and sized with mouse, finger or keyboard.
// A box is [top, left, bottom, right] in pixels of the picture.
const SMALLEST = 4;
const STEP = 4;
const HINT =
  "Drag to draw a box, to move it, or a corner to size it. Keyboard: Tab to a box, arrow keys " +
  "move it, with Shift they size it, Delete removes it.";
// How long a hand is followed without an answer, in milliseconds.
const PATIENCE = 400;
const CORNERS = ["00", "01", "10", "11"];
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

function make(tag, className, parts = {}) {
  return Object.assign(document.createElement(tag), { className, ...parts });
}

function moved([top, left, bottom, right], [down, along], [height, width]) {
  const dy = clamp(down, -top, height - bottom);
  const dx = clamp(along, -left, width - right);
  return [top + dy, left + dx, bottom + dy, right + dx];
}

function between([y, x], [v, u], [height, width]) {
  const rows = [clamp(y, 0, height), clamp(v, 0, height)];
  const columns = [clamp(x, 0, width), clamp(u, 0, width)];
  return [Math.min(...rows), Math.min(...columns), Math.max(...rows), Math.max(...columns)];
}

function sized([top, left, bottom, right], [down, along], [height, width]) {
  const low = clamp(bottom + down, top + SMALLEST, height);
  return [top, left, low, clamp(right + along, left + SMALLEST, width)];
}

const large = ([top, left, bottom, right]) =>
  bottom - top >= SMALLEST && right - left >= SMALLEST;

function words([top, left, bottom, right], number) {
  const size = `${right - left} wide, ${bottom - top} high`;
  return `Box ${number}: ${size}, ${left} from the left, ${top} from the top`;
}

// The corner that stays while the one under the hand is moved.
function opposite([top, left, bottom, right], corner) {
  return [corner[0] === "0" ? bottom : top, corner[1] === "0" ? right : left];
}

// A third of each side, in the middle; moved on for as long as it would lie on another box.
function fresh(boxes, [height, width]) {
  const first = [height, width, 2 * height, 2 * width].map((side) => Math.round(side / 3));
  const taken = (box) => boxes.some((other) => other.every((edge, i) => Math.abs(edge - box[i]) < 8));
  const steps = Math.ceil(height / 3 / 12);
  for (let k = 0; k < 2 * steps; k++) {
    const by = 12 * (k < steps ? k : steps - k - 1);
    const box = moved(first, [by, by], [height, width]);
    if (!taken(box)) return box;
  }
  return first;
}

function render({ model, el }) {
  let boxes = model.get("value");
  let sent = 0;
  const size = () => model.get("size");
  const stage = make("div", "helpers-stage");
  const image = make("img", "helpers-masked", { draggable: false });
  const add = make("button", "helpers-button", { type: "button", textContent: "Add a box" });
  const hint = make("p", "helpers-hint", { textContent: HINT });
  const outline = make("img", "helpers-outline", { draggable: false, alt: "" });
  const places = [];

  const rounded = () => boxes.map((box) => box.map(Math.round));
  const commit = (moving = false) => {
    if (moving && (sent && performance.now() - sent < PATIENCE || !boxes.every(large))) return;
    sent = performance.now();
    if (!moving) boxes = rounded();
    model.set("value", rounded());
    model.set("moving", moving);
    model.save_changes();
  };
  const put = (index, box) => {
    boxes = [...boxes.slice(0, index), ...(box ? [box] : []), ...boxes.slice(index + 1)];
    draw();
  };

  function draw() {
    const [height, width] = size();
    while (places.length > boxes.length) places.pop().remove();
    while (places.length < boxes.length) places.push(stage.appendChild(place()));
    rounded().forEach((box, index) => {
      const [top, left, bottom, right] = box;
      places[index].ariaLabel = words(box, index + 1);
      Object.assign(places[index].style, {
        top: `${(100 * top) / height}%`,
        left: `${(100 * left) / width}%`,
        height: `${(100 * (bottom - top)) / height}%`,
        width: `${(100 * (right - left)) / width}%`,
      });
    });
  }

  function place() {
    const box = make("button", "helpers-box", { type: "button" });
    for (const corner of CORNERS) {
      const grip = make("span", "helpers-grip");
      grip.dataset.corner = corner;
      box.append(grip);
    }
    box.addEventListener("keydown", (event) => press(event, places.indexOf(box)));
    return box;
  }

  function press(event, index) {
    const arrow = ARROWS[event.key];
    const gone = event.key === "Delete" || event.key === "Backspace";
    if (!arrow && !gone) return;
    event.preventDefault();
    const by = arrow?.map((sign) => sign * STEP);
    put(index, gone ? null : (event.shiftKey ? sized : moved)(boxes[index], by, size()));
    commit();
    if (gone) (places[Math.min(index, places.length - 1)] ?? add).focus();
  }

  function point(event) {
    const [height, width] = size();
    const area = stage.getBoundingClientRect();
    return [
      ((event.clientY - area.top) * height) / area.height,
      ((event.clientX - area.left) * width) / area.width,
    ];
  }

  stage.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    const held = places.indexOf(event.target.closest(".helpers-box"));
    const index = held < 0 ? boxes.length : held;
    const [before, start] = [boxes, point(event)];
    const grip = event.target.dataset.corner;
    const corner = grip ? opposite(before[index], grip) : start;
    const moving = held >= 0 && !grip;
    stage.setPointerCapture(event.pointerId);
    const follow = (next) => {
      const now = point(next);
      const by = [now[0] - start[0], now[1] - start[1]];
      put(index, moving ? moved(before[index], by, size()) : between(corner, now, size()));
      commit(true);
    };
    const end = (last) => {
      stage.removeEventListener("pointermove", follow);
      for (const kind of ["pointerup", "pointercancel"]) stage.removeEventListener(kind, end);
      const keep = last.type === "pointerup" && boxes[index] && large(boxes[index]);
      if (!keep) boxes = before;
      draw();
      places[index]?.focus();
      if (boxes !== before || model.get("moving")) commit();
    };
    stage.addEventListener("pointermove", follow);
    for (const kind of ["pointerup", "pointercancel"]) stage.addEventListener(kind, end);
  });

  add.addEventListener("click", () => {
    put(boxes.length, fresh(boxes, size()));
    commit();
    places.at(-1).focus();
  });

  const look = () => {
    image.alt = model.get("alt");
    image.src = model.get("picture");
    sent = 0;
  };
  image.addEventListener("load", () => {
    stage.style.setProperty("--aspect", image.naturalWidth / image.naturalHeight);
  });
  const trace = () => {
    outline.src = model.get("outline");
    outline.hidden = !model.get("outline");
  };
  const accept = () => {
    if (model.get("moving")) return;
    boxes = model.get("value");
    draw();
  };
  model.on("change:picture", look);
  model.on("change:value", accept);
  model.on("change:outline", trace);
  look();
  trace();
  draw();
  stage.prepend(image, outline);
  el.append(stage, add, hint);
  return () => {
    model.off("change:picture", look);
    model.off("change:value", accept);
    model.off("change:outline", trace);
  };
}

export default { render };
