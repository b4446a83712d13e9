// A picture on which boxes are drawn, moved and sized with mouse, finger or keyboard.
// A box is [top, left, bottom, right] in pixels of the picture.
const SMALLEST = 4;
const STEP = 4;
const HINT =
  "Drag on the picture to draw a box; drag a box to move it, and its corner to size it. " +
  "With the keyboard: Tab to a box, arrow keys move it, Shift and arrow keys size it, " +
  "Delete removes it.";
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

function render({ model, el }) {
  let boxes = model.get("value");
  const size = () => model.get("size");
  const stage = make("div", "helpers-stage");
  const image = make("img", "helpers-masked", { draggable: false });
  const add = make("button", "helpers-button", { type: "button", textContent: "Add a box" });
  const hint = make("p", "helpers-hint", { textContent: HINT });
  const places = [];

  const rounded = () => boxes.map((box) => box.map(Math.round));
  const commit = () => {
    model.set("value", rounded());
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
    box.append(make("span", "helpers-grip"));
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
    const corner = held < 0 ? start : before[index].slice(0, 2);
    const moving = held >= 0 && !event.target.matches(".helpers-grip");
    stage.setPointerCapture(event.pointerId);
    const follow = (next) => {
      const now = point(next);
      const by = [now[0] - start[0], now[1] - start[1]];
      put(index, moving ? moved(before[index], by, size()) : between(corner, now, size()));
    };
    const end = (last) => {
      stage.removeEventListener("pointermove", follow);
      for (const kind of ["pointerup", "pointercancel"]) stage.removeEventListener(kind, end);
      const keep = last.type === "pointerup" && boxes[index] && large(boxes[index]);
      if (!keep) boxes = before;
      draw();
      places[index]?.focus();
      if (boxes !== before) commit();
    };
    stage.addEventListener("pointermove", follow);
    for (const kind of ["pointerup", "pointercancel"]) stage.addEventListener(kind, end);
  });

  add.addEventListener("click", () => {
    const [height, width] = size();
    put(boxes.length, [height, width, 2 * height, 2 * width].map((side) => Math.round(side / 3)));
    commit();
    places.at(-1).focus();
  });

  const look = () => {
    image.alt = model.get("alt");
    image.src = model.get("picture");
  };
  const accept = () => {
    boxes = model.get("value");
    draw();
  };
  model.on("change:picture", look);
  model.on("change:value", accept);
  look();
  draw();
  stage.prepend(image);
  el.append(add, stage, hint);
  return () => {
    model.off("change:picture", look);
    model.off("change:value", accept);
  };
}

export default { render };
