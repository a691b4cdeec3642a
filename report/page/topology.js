// The picture: colours of links, tooltips, zoom and pan.

/** What link `i` did, both directions together. */
function linkFigures(link) {
  const span = result.end_ns / 1e9;
  const interval = result.series_interval_ns / 1e9;
  return link.directions.map((d, i) => ({
    from: i === 0 ? link.from : link.to,
    to: i === 0 ? link.to : link.from,
    packets: d.packets,
    bytes: d.bytes,
    drops: sum(Object.values(d.drops)),
    reasons: d.drops,
    queue: d.queue_peak,
    mean: d.rate && span ? Math.min(1, d.bytes * 8 / span / d.rate) : null,
    peak: d.rate && interval && d.bytes_series.length ?
      Math.min(1, d.bytes_series.reduce((a, b) => Math.max(a, b), 0) * 8 / interval / d.rate) : null,
  }));
}

/** Five steps from `cold` to hot; index 0 is for nothing at all. */
const heat = ['var(--wire)', '#4c9be8', '#3aa655', '#d9a400', '#e8710a', '#d1242f'];
function useColour(share) {
  return share === null || share === 0 ? heat[0] : heat[share < 0.1 ? 1 : share < 0.4 ? 2 : share < 0.7 ? 3 : share < 0.9 ? 4 : 5];
}

function linkTip(link) {
  return [link.name + (link.up ? '' : ' (down at the end)'), ...linkFigures(link).map((d) =>
    `${d.from} \u2192 ${d.to}: ${countText(d.packets)} frames, ${bytesText(d.bytes)}` +
    (d.peak === null ? '' : `, busiest interval ${percentText(d.peak)}`) +
    Object.entries(d.reasons).map(([name, count]) => `\n  ${countText(count)} dropped: ${name}`).join(''))].join('\n');
}

function nodeTip(name, kind) {
  const node = result.nodes.find((n) => n.name === name);
  const lines = [`${name} (${kind})`];
  if (node) {
    for (const [port, c] of Object.entries(node.ports))
      lines.push(`${port}: ${countText(c.rx_packets ?? 0)} received, ${countText(c.tx_packets ?? 0)} sent`);
    for (const [table, size] of Object.entries(node.tables)) lines.push(`${table.replace('_', '-')}: ${countText(size)}`);
    for (const [reason, count] of Object.entries(nodeDrops(node))) lines.push(`${countText(count)} dropped: ${reason}`);
  }
  return (lines.length > 14 ? [...lines.slice(0, 13), '\u2026'] : lines).join('\n');
}

function drawTopology() {
  const map = document.getElementById('map');
  const svg = map.querySelector('svg');
  for (const element of svg.querySelectorAll('.node')) {
    const {name, kind} = result.topology[element.dataset.node];
    element.querySelector('title').remove();
    withTip(element, () => nodeTip(name, kind));
  }
  const links = [...svg.querySelectorAll('.link')].map((element) => ({element, link: result.links[element.dataset.link]}));
  for (const {element, link} of links) {
    element.classList.toggle('down', !link.up);
    element.querySelector('title').remove();
    withTip(element, () => linkTip(link));
  }

  const legend = document.getElementById('link-legend');
  const key = (colour, text) => el('span', {}, el('i', {style: `background:${colour}`}), text);
  const paint = (mode) => {
    for (const {element, link} of links) {
      const wire = element.querySelector('.wire');
      const figures = linkFigures(link);
      const drops = sum(figures.map((d) => d.drops));
      const share = drops / (drops + sum(figures.map((d) => d.packets)) || 1);
      const use = figures.reduce((max, d) => Math.max(max, d.peak ?? 0), 0);
      const colour = mode === 'use' ? useColour(use) : mode === 'drops' && drops ? heat[share < 0.001 ? 3 : share < 0.05 ? 4 : 5] : heat[0];
      wire.style.stroke = colour;
      wire.style.setProperty('--width', colour === heat[0] ? 2 : 3);
    }
    legend.replaceChildren(...{
      use: [key('var(--wire)', 'idle'), key(heat[1], 'to 10 %'), key(heat[2], '40 %'), key(heat[3], '70 %'),
        key(heat[4], '90 %'), key(heat[5], 'of the rate')],
      drops: [key('var(--wire)', 'none'), key(heat[3], 'to 0.1 %'), key(heat[4], '5 %'), key(heat[5], 'more')],
      none: [],
    }[mode]);
    if (links.some(({link}) => !link.up)) legend.append(el('span', {}, '- - - down at the end'));
  };
  const select = document.getElementById('link-colour');
  select.addEventListener('change', () => paint(select.value));
  paint('use');

  const kinds = [...new Set(result.topology.map((node) => node.kind))].sort();
  document.getElementById('node-legend').append(...kinds.map((kind) => {
    const sample = svg.querySelectorAll('.node')[result.topology.findIndex((node) => node.kind === kind)].cloneNode(true);
    sample.removeAttribute('transform');
    sample.querySelector('text').remove();
    return el('span', {}, svgEl('svg', {class: 'topology', viewBox: '-22 -17 44 34', 'aria-hidden': 'true'}, sample), kind);
  }));
  zoomAndPan(map, svg);
}

/**
 * How crowded the picture is: `size`, at which most nodes do not overlap (1: as drawn), and for each label `free`,
 * the largest size at which it lies over no other node.
 */
function crowding(svg) {
  const places = [...svg.querySelectorAll('.node')].map((element) => {
    const {e: x, f: y} = element.transform.baseVal.consolidate().matrix;
    return {x, y, label: element.querySelector('text')};
  });
  const least = (a, distance) => places.reduce((min, b) => a === b ? min : Math.min(min, distance(a, b)), Infinity);
  const nearest = places.map((a) => least(a, (p, q) => Math.hypot(p.x - q.x, p.y - q.y))).sort((p, q) => p - q);
  return {
    size: Math.max(0.3, Math.min(1, (nearest[Math.floor(nearest.length / 4)] ?? Infinity) / 34)),
    labels: places.map((a) => {
      const width = a.label.textContent.length * 6;
      return {label: a.label, free: least(a, (p, q) => Math.max(Math.abs(p.x - q.x) / width, Math.abs(p.y - q.y) / 36))};
    }),
  };
}

function zoomAndPan(map, svg) {
  const crowd = crowding(svg);
  const {width: fullWidth, height: fullHeight} = svg.viewBox.baseVal;
  let [x, y, scale] = [0, 0, 1];
  const apply = () => {
    x = Math.max(-fullWidth / 4, Math.min(x, fullWidth * (1.25 - 1 / scale)));
    y = Math.max(-fullHeight / 4, Math.min(y, fullHeight * (1.25 - 1 / scale)));
    if (scale === 1) [x, y] = [0, 0];
    svg.setAttribute('viewBox', `${x} ${y} ${fullWidth / scale} ${fullHeight / scale}`);
    // Nodes grow up to their largest size, then zooming only moves them apart. Labels fade out where they would be
    // too small to read or lie over a neighbour.
    const pixels = svg.getBoundingClientRect().width / fullWidth * scale;
    const size = Math.min(crowd.size, 1.6 / pixels);
    map.style.setProperty('--size', size);
    const readable = (11 * pixels * size - 7) / 1.5;
    for (const {label, free} of crowd.labels)
      label.style.opacity = Math.max(0, Math.min(1, readable, (free / size - 0.85) * 12));
  };
  /** Keeps the point at (px, py), shares of the picture, where it is. */
  const zoom = (factor, px = 0.5, py = 0.5) => {
    const next = Math.max(1, Math.min(24, scale * factor));
    x += px * fullWidth * (1 / scale - 1 / next);
    y += py * fullHeight * (1 / scale - 1 / next);
    scale = next;
    apply();
  };
  const whole = () => { scale = 1; apply(); };
  for (const button of document.querySelectorAll('[data-zoom]'))
    button.addEventListener('click', () => +button.dataset.zoom ? zoom(+button.dataset.zoom) : whole());
  // The page scrolls on, unless the picture has the focus or Ctrl is held.
  map.addEventListener('wheel', (event) => {
    if (!event.ctrlKey && document.activeElement !== map) return;
    event.preventDefault();
    const box = svg.getBoundingClientRect();
    zoom(event.deltaY < 0 ? 1.2 : 1 / 1.2, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  }, {passive: false});
  map.addEventListener('keydown', (event) => {
    const move = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[event.key];
    if (move) {
      x += move[0] * fullWidth / scale / 10;
      y += move[1] * fullHeight / scale / 10;
      apply();
    } else if (event.key === '+' || event.key === '-') {
      zoom(event.key === '+' ? 1.4 : 1 / 1.4);
    } else if (event.key === '0') {
      whole();
    } else {
      return;
    }
    event.preventDefault();
  });
  let grip = null;
  svg.addEventListener('pointerdown', (event) => {
    grip = {px: event.clientX, py: event.clientY, x, y};
    svg.setPointerCapture(event.pointerId);
  });
  svg.addEventListener('pointermove', (event) => {
    if (!grip) return;
    const unit = fullWidth / scale / svg.getBoundingClientRect().width;
    x = grip.x - (event.clientX - grip.px) * unit;
    y = grip.y - (event.clientY - grip.py) * unit;
    apply();
  });
  for (const type of ['pointerup', 'pointercancel']) svg.addEventListener(type, () => { grip = null; });
  addEventListener('resize', apply);
  apply();
}
