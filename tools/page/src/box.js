// A box on a picture, in pixels of the network: dragged, resized at its corner, moved by arrow keys.
import {ARROWS} from './figure.js';
import {make} from './dom.js';
import {SIDE} from './maps.js';

const LEAST = 12;
const STEP = 4;
const clamp = (value, least, most) => Math.min(Math.max(Math.round(value), least), most);

export class Box {
  constructor(frame, moved) {
    this.frame = frame;
    this.moved = moved;
    this.handle = make('div', {className: 'corner'});
    this.element = make('div', {className: 'box', tabIndex: 0}, this.handle);
    this.element.setAttribute('role', 'application');
    this.element.setAttribute('aria-roledescription', 'movable box');
    frame.append(this.element);
    this.drag(this.element, ({box, x, y}) => ({...box, left: box.left + x, top: box.top + y}));
    this.drag(this.handle, ({box, x, y}) => ({...box, width: box.width + x, height: box.height + y}), true);
    this.element.addEventListener('keydown', (event) => this.key(event));
    this.set({left: 84, top: 84, width: 56, height: 56}, false);
  }

  set({left, top, width, height}, tell = true) {
    const wide = clamp(width, LEAST, SIDE);
    const high = clamp(height, LEAST, SIDE);
    this.box = {
      width: wide, height: high,
      left: clamp(left, 0, SIDE - wide), top: clamp(top, 0, SIDE - high),
    };
    for (const [side, value] of Object.entries(this.box)) this.element.style[side] = `${value / SIDE * 100}%`;
    this.element.setAttribute('aria-label', `Box, ${this.box.left} from the left, ${this.box.top} from the top, `
      + `${wide} wide, ${high} high. Arrow keys move it, with Shift they change its size.`);
    if (tell) this.moved(this.box);
  }

  drag(grip, change, corner = false) {
    let start = null;
    grip.addEventListener('pointerdown', (event) => {
      start = {box: this.box, x: event.clientX, y: event.clientY};
      grip.setPointerCapture(event.pointerId);
      this.element.focus({preventScroll: true});
      event.preventDefault();
      event.stopPropagation();
    });
    grip.addEventListener('pointermove', (event) => {
      if (!start) return;
      const scale = SIDE / this.frame.clientWidth;
      const [x, y] = [(event.clientX - start.x) * scale, (event.clientY - start.y) * scale];
      const wanted = change({box: start.box, x, y});
      // A corner that is pulled over the edge stops there, and the box stays where it is.
      this.set(corner ? this.within(wanted) : wanted);
    });
    for (const end of ['pointerup', 'pointercancel']) grip.addEventListener(end, () => { start = null; });
  }

  within({left, top, width, height}) {
    return {left, top, width: Math.min(width, SIDE - left), height: Math.min(height, SIDE - top)};
  }

  key(event) {
    const way = ARROWS[event.key];
    if (!way) return;
    event.preventDefault();
    const [x, y] = way.map((n) => n * STEP);
    const {left, top, width, height} = this.box;
    if (event.shiftKey) this.set(this.within({left, top, width: width + x, height: height + y}));
    else this.set({left: left + x, top: top + y, width, height});
  }
}
