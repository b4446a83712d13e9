// 6: a photo of one's own, which stays on the device.
import {find, findAll, percent, say} from './dom.js';
import {Figure} from './figure.js';
import {bars, guess, thumbnail} from './parts.js';
import {openPhoto, squared} from './photo.js';
import {NAMES, probabilities, ranked} from './scores.js';
import {NETWORKS, choosePicture, onChange, scores, state} from './store.js';

export function ownPhoto() {
  const section = find('#photo');
  const figure = new Figure(find('.stage', section));
  const note = find('.note', section);
  const input = find('#file');
  let [photo, picture, number] = [null, null, 0];

  const verdict = guess(section, async () => {
    if (!picture) return 'Now choose a photo.';
    const logits = await scores(picture.pixels);
    const [first] = ranked(logits);
    return `${NETWORKS[state.network]} says \u201c${NAMES[first]}\u201d and gives it ${percent(probabilities(logits)[first])}. `
      + 'The photo is now in experiments 1 to 3 as well: draw its map, and hide what the map calls bright.';
  });

  async function take(file) {
    if (!file) return;
    note.textContent = 'Reading the photo\u2026';
    try {
      photo?.bitmap.close();
      photo = await openPhoto(file);
      await use();
      note.textContent = `${file.name || 'The photo'}: ${photo.width} \u00d7 ${photo.height} pixels, made 224 \u00d7 224 here.`;
    } catch (error) {
      note.textContent = error.message;
      say(error.message);
    }
  }

  async function use() {
    if (!photo) return;
    const pixels = squared(photo, find('input[name="fit"]:checked', section).value);
    picture = {key: `photo ${++number}`, pixels, alt: 'Your photo.', labels: null, objects: []};
    find('.empty', section).hidden = true;
    figure.show(pixels, picture.alt);
    putIntoStrips();
    await choosePicture(picture);
    await refresh();
  }

  // The other experiments offer the photo too.
  function putIntoStrips() {
    for (const strip of findAll('.thumbs')) {
      find('.thumb[data-own]', strip)?.remove();
      const own = thumbnail(picture, 'your photo', () => choosePicture(picture));
      own.dataset.own = 'yes';
      own.setAttribute('aria-pressed', 'true');
      strip.append(own);
    }
  }

  async function refresh() {
    if (!picture) return;
    bars(find('.bars', section), await scores(picture.pixels));
    await verdict();
  }

  input.addEventListener('change', () => take(input.files[0]));
  for (const fit of findAll('input[name="fit"]', section)) fit.addEventListener('change', use);
  const stage = find('.frame', section);
  stage.addEventListener('dragover', (event) => event.preventDefault());
  stage.addEventListener('drop', (event) => { event.preventDefault(); take(event.dataTransfer.files[0]); });
  document.addEventListener('paste', (event) => take([...event.clipboardData.files][0]));
  onChange((what) => what === 'network' && refresh());
}
