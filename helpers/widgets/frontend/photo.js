// Choose, drop or paste a photograph. It is made small here, so that little travels and large files
// do not break the connection; a format that the browser cannot read travels whole, in pieces.
const LARGEST = 64 * 2 ** 20;
const PIECE = 2 ** 20;

async function smaller(file, side) {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

async function send(model, file) {
  if (file.size > LARGEST) return model.send({ name: file.name, problem: "too large" });
  const content = await smaller(file, model.get("side")).catch(() => file);
  const bytes = new Uint8Array(await content.arrayBuffer());
  const pieces = Math.max(1, Math.ceil(bytes.length / PIECE));
  for (let piece = 0; piece < pieces; piece++) {
    const part = bytes.slice(piece * PIECE, (piece + 1) * PIECE);
    model.send({ name: file.name, piece, pieces }, undefined, [part.buffer]);
  }
}

function render({ model, el }) {
  const place = document.createElement("div");
  const label = document.createElement("label");
  const input = Object.assign(document.createElement("input"), { type: "file" });
  const face = Object.assign(document.createElement("span"), { className: "helpers-button" });
  const hint = document.createElement("span");
  const take = (files) => {
    if (files?.length) send(model, files[0]);
    return files?.length > 0;
  };
  input.accept = "image/*,.heic,.heif";
  input.addEventListener("change", () => {
    take(input.files);
    input.value = "";
  });
  place.addEventListener("dragover", (event) => event.preventDefault());
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    take(event.dataTransfer.files);
  });
  place.addEventListener("paste", (event) => {
    event.stopPropagation();
    if (take(event.clipboardData.files)) event.preventDefault();
  });
  place.className = "helpers-photo";
  place.tabIndex = 0;
  place.setAttribute("role", "group");
  place.setAttribute("aria-label", "A photo: choose a file, drop it here, or paste it");
  face.textContent = model.get("description");
  hint.textContent = " or drop it here, or click here and paste it";
  label.append(face, input);
  place.append(label, hint);
  el.append(place);
  const hear = (message) => (hint.textContent = ` ${message.say}`);
  model.on("msg:custom", hear);
  return () => model.off("msg:custom", hear);
}

export default { render };
