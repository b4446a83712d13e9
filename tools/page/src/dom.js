// Small helpers for the page's parts.

export const find = (selector, root = document) => root.querySelector(selector);
export const findAll = (selector, root = document) => [...root.querySelectorAll(selector)];

export function make(tag, properties = {}, ...children) {
  const {dataset, ...rest} = properties;
  const element = Object.assign(document.createElement(tag), rest);
  Object.assign(element.dataset, dataset);
  element.append(...children);
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

export function draw(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// Runs one call at a time and, of those that came meanwhile, the last.
export function latest(work) {
  let [busy, next] = [false, null];
  return async function run(...args) {
    if (busy) {
      next = args;
      return;
    }
    busy = true;
    try {
      await work(...args);
    } catch (error) {
      complain(error);
    } finally {
      busy = false;
    }
    if (next) {
      const args = next;
      next = null;
      await run(...args);
    }
  };
}

// What went wrong, in the banner at the top.
export function complain(error) {
  const banner = find('#trouble');
  banner.textContent = error.message ?? String(error);
  banner.hidden = false;
}

// For the screen reader, once a hand has come to rest.
let pending;
export function say(sentence) {
  clearTimeout(pending);
  pending = setTimeout(() => { find('#said').textContent = sentence; }, 700);
}

const MINUS = '\u2212';
export const signed = (value, digits = 1) => {
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return text;
  return (value < 0 ? MINUS : '+') + text;
};
export const number = (value, digits = 1) => value.toFixed(digits).replace('-', MINUS);
export const percent = (value) => value >= 0.995 ? '>99 %' : value < 0.005 ? '<1 %' : `${Math.round(100 * value)} %`;
export const small = (value) => value === 0 ? '0' : Number(value.toPrecision(2)).toString().replace('-', MINUS);
