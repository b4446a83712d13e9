// Choose a photograph. It is made small here, so that little travels and large files do not
// break the connection; a format that the browser cannot read travels whole, in pieces.
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
  const label = document.createElement("label");
  const input = Object.assign(document.createElement("input"), { type: "file" });
  input.accept = "image/*,.heic,.heif";
  input.addEventListener("change", () => {
    if (input.files.length) send(model, input.files[0]);
    input.value = "";
  });
  label.className = "helpers-photo";
  label.style.maxWidth = input.style.maxWidth = "100%";
  label.append(model.get("description"), input);
  el.append(label);
}

export default { render };
