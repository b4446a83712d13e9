// Small pictures to choose one of: radio buttons, so arrow keys and screen readers know them.
let groups = 0;

function render({ model, el }) {
  const group = document.createElement("fieldset");
  const name = `helpers-thumbnails-${groups++}-${Math.random().toString(36).slice(2)}`;
  group.className = "helpers-thumbnails";

  function draw() {
    const legend = document.createElement("legend");
    legend.textContent = model.get("description");
    group.replaceChildren(legend);
    for (const [value, words, picture] of model.get("options")) {
      const label = document.createElement("label");
      const input = Object.assign(document.createElement("input"), { type: "radio", name, value });
      const image = Object.assign(document.createElement("img"), { src: picture, alt: words });
      input.dataset.lmSuppressShortcuts = "true";
      label.title = words;
      label.append(input, image);
      group.append(label);
    }
    choose();
  }
  function choose() {
    for (const input of group.querySelectorAll("input")) {
      input.checked = input.value === model.get("value");
    }
  }
  group.addEventListener("change", (event) => {
    model.set("value", event.target.value);
    model.save_changes();
  });
  model.on("change:options", draw);
  model.on("change:value", choose);
  draw();
  el.append(group);
  return () => {
    model.off("change:options", draw);
    model.off("change:value", choose);
  };
}

export default { render };
