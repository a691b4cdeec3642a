'use strict';
// Building blocks: elements, numbers for people, the tooltip.

const result = JSON.parse(document.getElementById('data').textContent);
const reasons = JSON.parse(document.getElementById('reasons').textContent);

/** el('td', {class: 'num'}, 'text', child, ...); a null attribute or child is left out. */
function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}
function svgEl(tag, attributes = {}, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value !== null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null));
  return element;
}

function scaled(value, units) {
  let unit = 0;
  for (; Math.abs(value) >= 999.5 && unit + 1 < units.length; ++unit) value /= 1000;
  const size = Math.abs(value);
  const digits = Number.isInteger(value) && unit === 0 || size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${units[unit]}`.trim();
}
const timeText = (ns) => scaled(ns, ['ns', '\u00b5s', 'ms', 's']);
const rateText = (bps) => scaled(bps, ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s']);
const bytesText = (bytes) => scaled(bytes, ['B', 'kB', 'MB', 'GB', 'TB']);
const packetRateText = (pps) => scaled(pps, ['/s', 'k/s', 'M/s']);
const countText = (count) => count.toLocaleString('en').replaceAll(',', '\u2009');
const secondsText = (ns) => `${+(ns / 1e9).toFixed(6)} s`;
/** Never 0 or 100 % unless it is. */
function percentText(share) {
  if (share > 0 && share < 0.00005) return '<0.01 %';
  if (share < 1 && share >= 0.99995) return '>99.99 %';
  return `${(share * 100).toFixed(2)} %`;
}

const linkReasons = {
  queue_full: 'more frames than the link\u2019s rate and queue take',
  loss: 'lost at random, as the scenario asks',
  down: 'the link had no carrier',
  too_big: 'larger than the link\u2019s MTU',
};
/** "help (clause)", or nothing for a counter that is no reason. */
function helpText(name) {
  if (linkReasons[name]) return `${linkReasons[name]} (link)`;
  const [help, clause] = reasons[name] ?? ['', ''];
  return help && clause ? `${help} (${clause})` : help;
}
/** Also counted where nothing is wrong. */
const isRoutine = (name) => Boolean(reasons[name]?.[2]);
const isDrop = (name) => name in reasons && name !== 'none' && !name.startsWith('punt_');
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

const tip = document.getElementById('tip');
function showTip(event, text) {
  tip.textContent = text;
  tip.hidden = false;
  const {width, height} = tip.getBoundingClientRect();
  const x = event.clientX + 14;
  const y = event.clientY + 14;
  tip.style.left = `${Math.max(4, Math.min(x, innerWidth - width - 8))}px`;
  tip.style.top = `${y + height > innerHeight ? event.clientY - height - 10 : y}px`;
}
function hideTip() { tip.hidden = true; }
/** The element shows `text()` while the pointer is on it. */
function withTip(element, text) {
  element.addEventListener('pointermove', (event) => showTip(event, text()));
  element.addEventListener('pointerleave', hideTip);
  return element;
}
