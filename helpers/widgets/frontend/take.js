// Buttons that give something to keep: text for the clipboard, or a file to save.
function copy(text, area) {
  area.value = text;
  area.select();
  // Pages that are not served from this machine or over https have no clipboard of their own.
  return navigator.clipboard?.writeText(text).catch(() => document.execCommand("copy")) ??
    document.execCommand("copy");
}

function save(name, content) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type: "image/png" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function render({ model, el }) {
  const row = document.createElement("div");
  const fold = document.createElement("details");
  const title = Object.assign(document.createElement("summary"), { textContent: "What was copied" });
  const area = Object.assign(document.createElement("textarea"), { readOnly: true, rows: 8 });
  const said = document.createElement("span");
  area.setAttribute("aria-label", "What was copied");
  said.setAttribute("role", "status");
  row.className = "helpers-take";
  for (const label of model.get("labels")) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: label, className: "helpers-button" });
    button.addEventListener("click", () => model.send(label));
    row.append(button);
  }
  fold.hidden = true;
  fold.append(title, area);
  row.append(said);
  el.append(row, fold);
  model.on("msg:custom", async (message, buffers) => {
    if ("name" in message) {
      save(message.name, buffers[0]);
      said.textContent = `Saved as ${message.name}.`;
      return;
    }
    fold.hidden = false;
    fold.open = true;
    await copy(message.text, area);
    said.textContent = "Copied; it stands below too.";
  });
}

export default { render };
