// A place for pictures that must not become part of the notebook: they come as messages, which
// are not saved, and not as state of the widget, which can be.
function render({ model, el }) {
  const show = (message) => {
    el.innerHTML = message.html;
  };
  model.on("msg:custom", show);
  model.send("ready");
  return () => model.off("msg:custom", show);
}

export default { render };
