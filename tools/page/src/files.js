// What the page brings along: inside this file, or beside it.

const inside = (name) => document.querySelector(`script[data-file="${name}"]`);

export async function bytes(name) {
  const element = inside(name);
  if (element) return decoded(element.textContent);
  const answer = await fetch(name);
  if (!answer.ok) throw new Error(`${name} could not be loaded (${answer.status}): load the page again.`);
  return new Uint8Array(await answer.arrayBuffer());
}

function decoded(text) {
  const binary = atob(text.trim());
  const result = new Uint8Array(binary.length);
  for (let n = 0; n < binary.length; n++) result[n] = binary.charCodeAt(n);
  return result;
}

export const FACTS = JSON.parse(document.getElementById('facts').textContent);
