// Line charts, and the chooser of what they show.

const palette = 8;
const dashes = ['', '7 3', '2 3', '10 3 2 3', '', '7 3', '2 3', '10 3 2 3'];
const stroke = (slot) => `stroke:var(--s${slot});stroke-dasharray:${dashes[slot] || 'none'}`;
const keyLine = (slot) => svgEl('svg', {viewBox: '0 0 27 10', 'aria-hidden': 'true'},
    svgEl('line', {x1: 0, x2: 27, y1: 5, y2: 5, 'stroke-width': 2.5, style: stroke(slot)}));

/** Round numbers from 0 to at least `max`, about five of them. */
function ticks(max) {
  const raw = (max || 1) / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].find((m) => m * power >= raw) * power;
  return Array.from({length: Math.ceil((max || 1) / step - 1e-9) + 1}, (_, i) => i * step);
}

/** Powers of ten, or 1-2-5 steps if they are few, that enclose [min, max]. */
function logTicks(min, max) {
  const low = Math.floor(Math.log10(min));
  const high = Math.max(low + 1, Math.ceil(Math.log10(max)));
  const steps = high - low <= 2 ? [1, 2, 5] : [1];
  const all = [];
  for (let e = low; e < high; ++e) all.push(...steps.map((m) => m * 10 ** e));
  all.push(10 ** high);
  const first = all.findLastIndex((tick) => tick <= min);
  const last = all.findIndex((tick) => tick >= max);
  return all.slice(Math.max(0, first), last + 1);
}

/**
 * series: [{name, slot, points: [[x, y], ...], step}], x ascending. markers: [{x, text}].
 * With `log`, x is drawn in powers of ten. `share`: y is 0..1.
 */
function drawChart(container, {series, markers = [], log = false, share = false, xText, yText, yTitle, xTitle, end}) {
  const [width, height, left, right, top, bottom] = [800, 280, 66, 30, 22, 36];
  const points = series.flatMap((s) => s.points);
  const keys = el('ul', {class: 'keys'}, series.map((s) => el('li', {}, keyLine(s.slot), s.name)));
  const svg = svgEl('svg', {viewBox: `0 0 ${width} ${height}`, role: 'img', tabindex: 0, 'aria-label':
    `${yTitle} over ${xTitle} of ${series.map((s) => s.name).join(', ') || 'nothing chosen'}. ` +
    'Left and right arrow keys read values.'});
  container.className = 'chart';
  container.replaceChildren(svg, keys);
  if (points.length === 0) {
    svg.append(svgEl('text', {class: 'axis', x: width / 2, y: height / 2, 'text-anchor': 'middle'},
        series.length ? 'Nothing arrived.' : 'Choose something to show.'));
    return;
  }
  const positive = points.map(([x]) => x).filter((x) => x > 0);
  const xTicks = log ? logTicks(positive.reduce((a, b) => Math.min(a, b), Infinity), positive.reduce((a, b) => Math.max(a, b), 1)) :
    ticks(end).filter((tick) => tick <= end * 1.0001);
  const yTicks = share ? [0, 0.25, 0.5, 0.75, 1] : ticks(points.reduce((max, [, y]) => Math.max(max, y), 0));
  const [x0, x1] = log ? [Math.log10(xTicks[0]), Math.log10(xTicks.at(-1))] : [0, end];
  const X = (x) => left + ((log ? Math.log10(Math.max(x, xTicks[0])) : x) - x0) / (x1 - x0) * (width - left - right);
  const Y = (y) => height - bottom - y / yTicks.at(-1) * (height - top - bottom);

  for (const tick of yTicks)
    svg.append(svgEl('line', {class: 'grid', x1: left, x2: width - right, y1: Y(tick), y2: Y(tick)}),
        svgEl('text', {class: 'axis', x: left - 6, y: Y(tick) + 4, 'text-anchor': 'end'}, yText(tick)));
  for (const tick of xTicks)
    svg.append(svgEl('line', {class: 'grid', x1: X(tick), x2: X(tick), y1: height - bottom, y2: height - bottom + 4}),
        svgEl('text', {class: 'axis', x: X(tick), y: height - bottom + 16, 'text-anchor': 'middle'}, xText(tick)));
  svg.append(svgEl('text', {class: 'axis', x: (left + width - right) / 2, y: height - 4, 'text-anchor': 'middle'}, xTitle),
      svgEl('text', {class: 'axis', x: left, y: 12}, yTitle));
  markers.forEach(({x, text}, i) => svg.append(svgEl('g', {}, svgEl('title', {}, text),
      svgEl('line', {class: 'event', x1: X(x), x2: X(x), y1: top, y2: height - bottom}),
      svgEl('text', {class: 'event-label', x: X(x), y: top - 3, 'text-anchor': 'middle'}, `${i + 1}`))));
  for (const s of series) {
    let path = '';
    for (const [x, y] of s.points) path += (!path ? 'M' : s.step ? `H${X(x).toFixed(1)}V` : 'L') +
        (path && s.step ? Y(y).toFixed(1) : `${X(x).toFixed(1)} ${Y(y).toFixed(1)}`);
    svg.append(svgEl('path', {class: 'line', d: path, style: stroke(s.slot)}));
  }

  const cursor = svgEl('line', {class: 'cursor', y1: top, y2: height - bottom, visibility: 'hidden'});
  const spoken = el('p', {class: 'sr', 'aria-live': 'polite'});
  svg.append(cursor);
  container.append(spoken);
  const places = [...new Set(points.map(([x]) => x))].sort((a, b) => a - b);
  let at = 0;
  const read = () => {
    const x = places[at];
    cursor.setAttribute('x1', X(x));
    cursor.setAttribute('x2', X(x));
    cursor.setAttribute('visibility', 'visible');
    const lines = series.map((s) => {
      const point = s.points.findLast(([px]) => px <= x);
      return `${s.name}: ${yText(point ? point[1] : 0)}`;
    });
    return [xText(x), ...lines].join('\n');
  };
  svg.addEventListener('pointermove', (event) => {
    const box = svg.getBoundingClientRect();
    const px = (event.clientX - box.left) / box.width * width;
    at = places.reduce((best, x, i) => Math.abs(X(x) - px) < Math.abs(X(places[best]) - px) ? i : best, 0);
    showTip(event, read());
  });
  const leave = () => { hideTip(); cursor.setAttribute('visibility', 'hidden'); };
  svg.addEventListener('pointerleave', leave);
  svg.addEventListener('blur', leave);
  svg.addEventListener('keydown', (event) => {
    const step = {ArrowLeft: -1, ArrowRight: 1}[event.key];
    if (!step) return;
    event.preventDefault();
    at = Math.max(0, Math.min(places.length - 1, at + step));
    spoken.textContent = read();
    const box = svg.getBoundingClientRect();
    showTip({clientX: box.left + X(places[at]) / width * box.width, clientY: box.top + 20}, spoken.textContent);
  });
}

/**
 * groups: [{label, items: [{name, ...}]}]. Calls `onChange(group, chosen)`, chosen: [{item, slot}], when the
 * choice changes, and once at the start.
 */
function makeChooser(container, groups, onChange) {
  const shownAtMost = 300;
  const group = el('select', {'aria-label': 'What to show'}, groups.map((g, i) => el('option', {value: i}, g.label)));
  const filter = el('input', {type: 'search', placeholder: 'Filter by name', 'aria-label': 'Filter by name'});
  const list = el('ul', {tabindex: 0, 'aria-label': 'Choose up to eight'});
  const hint = el('p', {class: 'hint'});
  let chosen = [];
  let ordered = [];  // those chosen at the start first; toggling moves nothing
  const slotFree = () => [...Array(palette).keys()].find((slot) => !chosen.some((c) => c.slot === slot));
  const current = () => groups[group.value];
  const draw = () => {
    const wanted = filter.value.toLowerCase();
    const found = ordered.filter((item) => item.name.toLowerCase().includes(wanted));
    list.replaceChildren(...found.slice(0, shownAtMost).map((item) => {
      const choice = chosen.find((c) => c.item === item);
      const box = el('input', {type: 'checkbox', onchange: () => toggle(item)});
      box.checked = Boolean(choice);
      return el('li', {}, el('label', {}, box, choice ? keyLine(choice.slot) : null, item.name));
    }));
    hint.textContent = found.length > shownAtMost ? `First ${shownAtMost} of ${found.length}; filter to see others.` :
        `${chosen.length} of ${current().items.length} chosen, at most ${palette}.`;
    onChange(current(), chosen);
  };
  const toggle = (item) => {
    if (chosen.some((c) => c.item === item)) {
      chosen = chosen.filter((c) => c.item !== item);
    } else {
      if (chosen.length === palette) chosen.shift();
      chosen.push({item, slot: slotFree()});
    }
    const top = list.scrollTop;
    const index = [...list.querySelectorAll('input')].indexOf(document.activeElement);
    draw();
    list.scrollTop = top;
    list.querySelectorAll('input')[index]?.focus({preventScroll: true});
  };
  const start = () => {
    chosen = [];
    const busiest = [...current().items].sort((a, b) => b.weight - a.weight).slice(0, 5);
    for (const item of current().items) if (busiest.includes(item)) chosen.push({item, slot: slotFree()});
    ordered = [...chosen.map((c) => c.item), ...current().items.filter((item) => !busiest.includes(item))];
    draw();
  };
  group.addEventListener('change', start);
  filter.addEventListener('input', draw);
  container.append(group, filter, list, hint);
  start();
}
