// A picture with a map over it, a colour bar with numbers, and the value under the pointer.
import {FACTS} from './files.js';
import {find, make, small} from './dom.js';
import {SIDE} from './maps.js';

const TABLES = Object.fromEntries(Object.entries(FACTS.colours).map(([name, colours]) => [
  name, colours.flatMap((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)))]));

export class Figure {
  constructor(root) {
    this.root = root;
    this.frame = find('.frame', root);
    this.picture = make('canvas', {width: SIDE, height: SIDE, className: 'picture', hidden: true});
    this.picture.setAttribute('role', 'img');
    this.over = make('canvas', {width: SIDE, height: SIDE, className: 'over'});
    this.over.setAttribute('aria-hidden', 'true');
    this.frame.prepend(this.picture, this.over);
  }

  show(pixels, alt) {
    paint(this.picture, pixels);
    this.picture.setAttribute('aria-label', alt);
    this.picture.hidden = false;
  }

  // Values of 224 x 224; `centred` puts zero in the middle of the scale. NaN stays clear.
  overlay(map, {unit, centred = false, limit = null}) {
    const most = limit ?? map.reduce((a, b) => Math.max(a, Math.abs(b) || 0), 0);
    this.map = map;
    this.scale = {most, least: centred ? -most : 0, unit, table: TABLES[centred ? 'diverging' : 'sequential']};
    paintMap(this.over, map, this.scale);
    this.bar();
  }

  clear() {
    this.map = null;
    this.over.getContext('2d').clearRect(0, 0, SIDE, SIDE);
  }

  bar() {
    const bar = find('.scale', this.root);
    if (!bar) return;
    const {least, most, unit, table} = this.scale;
    const stops = Array.from({length: 18}, (_, n) => `rgb(${table.slice(45 * n, 45 * n + 3)})`);
    find('.ramp', bar).style.background = `linear-gradient(to right, ${stops})`;
    const middle = (least + most) / 2;
    find('.ends', bar).replaceChildren(...[least, middle, most].map(
      (value) => make('span', {textContent: small(value)})));
    find('.unit', bar).textContent = unit;
  }

  // Reports the value under the pointer, or under the cross that arrow keys move.
  probe(readout) {
    const cross = make('div', {className: 'cross', tabIndex: 0, hidden: true});
    cross.setAttribute('role', 'application');
    cross.setAttribute('aria-label', 'Cross on the map; arrow keys move it and its value is read out');
    this.frame.append(cross);
    this.cross = cross;
    const show = (x, y) => {
      this.at = [x, y];
      cross.style.left = `${(x + 0.5) / SIDE * 100}%`;
      cross.style.top = `${(y + 0.5) / SIDE * 100}%`;
      readout(this.valueAt(x, y), x, y);
    };
    const follow = (event) => {
      if (!this.map) return;
      const {left, top, width} = this.frame.getBoundingClientRect();
      const inside = (n) => Math.min(Math.max(Math.floor(n / width * SIDE), 0), SIDE - 1);
      show(inside(event.clientX - left), inside(event.clientY - top));
    };
    this.frame.addEventListener('pointermove', follow);
    this.frame.addEventListener('pointerdown', follow);
    cross.addEventListener('keydown', (event) => {
      const way = ARROWS[event.key];
      if (!way || !this.map) return;
      event.preventDefault();
      const step = event.shiftKey ? 16 : 4;
      show(...this.at.map((n, axis) => Math.min(Math.max(n + step * way[axis], 0), SIDE - 1)));
    });
    this.at = [SIDE / 2, SIDE / 2];
    this.reread = () => { cross.hidden = !this.map; show(...this.at); };
  }

  valueAt(x, y) {
    return this.map?.[y * SIDE + x];
  }
}

export const ARROWS = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
};

// RGB values, three a pixel, of the whole canvas or of a part of this width and at this place.
export function paint(canvas, pixels, {width = canvas.width, left = 0, top = 0} = {}) {
  const image = new ImageData(width, pixels.length / (3 * width));
  for (let n = 0, from = 0; from < pixels.length; n += 4) {
    image.data[n] = pixels[from++];
    image.data[n + 1] = pixels[from++];
    image.data[n + 2] = pixels[from++];
    image.data[n + 3] = 255;
  }
  canvas.getContext('2d').putImageData(image, left, top);
}

function paintMap(canvas, map, {least, most, table}) {
  const image = new ImageData(SIDE, SIDE);
  const steps = 255 / (most - least || 1);
  for (let n = 0; n < map.length; n++) {
    if (Number.isNaN(map[n])) continue; // not known yet: clear
    const colour = 3 * Math.min(Math.max(Math.round((map[n] - least) * steps), 0), 255);
    for (let c = 0; c < 3; c++) image.data[4 * n + c] = table[colour + c];
    image.data[4 * n + 3] = 255;
  }
  canvas.getContext('2d').putImageData(image, 0, 0);
}
