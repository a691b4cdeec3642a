// The report: each section from the result.

const body = (id) => document.querySelector(`#${id} .body`);
const flows = result.flows.filter((flow) => !flow.probe);
const seriesSeconds = result.series_interval_ns / 1e9;

/** A node's drops by reason, over all its ports. */
function nodeDrops(node) {
  const drops = {};
  for (const counters of Object.values(node.ports))
    for (const [name, count] of Object.entries(counters)) if (isDrop(name)) drops[name] = (drops[name] ?? 0) + count;
  return drops;
}

function drawHeader() {
  const all = result.expectations.length;
  const passed = result.expectations.filter((e) => e.passed).length;
  const verdict = document.getElementById('verdict');
  verdict.className = all === 0 ? 'none' : passed === all ? 'good' : 'bad';
  verdict.textContent = all === 0 ? 'No expectations' :
    passed === all ? `\u2713 Passed, ${all} of ${all} expectations` : `\u2717 Failed, ${all - passed} of ${all} expectations`;
  const facts = [['Simulated time', secondsText(result.end_ns)], ['Frames over links', countText(result.hops)],
    ['Nodes', countText(result.topology.length)], ['Links', countText(result.links.length)], ['Flows', countText(flows.length)],
    ['Runner', result.body], ...Object.entries(result.versions)];
  document.getElementById('facts').append(...facts.filter(([, text]) => text)
      .map(([name, text]) => el('div', {}, el('dt', {}, name), el('dd', {}, text))));
}

function drawExpectations() {
  if (result.expectations.length === 0) {
    body('expectations').append(el('p', {class: 'empty'}, 'The scenario states none.'));
    return;
  }
  const item = ({name, passed, why}) => el('li', {},
      el('b', {class: passed ? 'good' : 'bad'}, passed ? '\u2713 passed' : '\u2717 failed'), el('span', {}, name),
      why ? el('ul', {}, why.split('; ').map((part) => el('li', {}, part))) : null);
  const failed = result.expectations.filter((e) => !e.passed);
  const passed = result.expectations.filter((e) => e.passed);
  const shown = failed.length ? 0 : 12;
  body('expectations').append(el('ul', {class: 'verdicts'}, failed.map(item), passed.slice(0, shown).map(item)));
  if (passed.length > shown)
    body('expectations').append(el('details', {}, el('summary', {}, `${passed.length - shown} ${shown || failed.length ? 'more ' : ''}passed`),
        el('ul', {class: 'verdicts'}, passed.slice(shown).map(item))));
}

/** Counts an interval as points of a step line. */
function steps(series, factor) {
  const points = series.map((count, i) => [i * result.series_interval_ns, count * factor]);
  if (points.length) points.push([Math.min(points.length * result.series_interval_ns, result.end_ns), points.at(-1)[1]]);
  return points;
}

/** The share of packets that took at most x ns; each bin's upper edge, within what was measured. */
function distribution(flow) {
  const {min, max} = flow.latency;
  const all = sum(flow.latency_histogram);
  const points = [[Math.max(1, min), 0]];
  let below = 0;
  flow.latency_histogram.forEach((count, i) => {
    if (count === 0) return;
    below += count;
    points.push([Math.max(min, Math.min(max, 2 ** ((i + 1) / 4))), below / all]);
  });
  return points;
}

function drawTraffic() {
  const markers = result.events.filter((event) => event.at_ns <= result.end_ns).slice(0, 40)
      .map((event) => ({x: event.at_ns, text: `${secondsText(event.at_ns)}: ${event.text}`}));
  const flowItem = (flow) => ({name: flow.name, flow, weight: sum(flow.received_series), series: flow.received_series});
  const tcp = flows.filter((flow) => flow.kind === 'tcp-bulk');
  const packets = flows.filter((flow) => flow.kind !== 'tcp-bulk');
  const directions = result.links.flatMap((link) => link.directions.map((d, i) => ({
    name: `${link.name} (from ${i === 0 ? link.from : link.to})`, series: d.bytes_series, weight: sum(d.bytes_series)})));
  const groups = [
    {label: 'Flows: packets arriving', title: 'packets per second', items: packets.map(flowItem), factor: 1 / seriesSeconds, text: packetRateText},
    {label: 'TCP flows: throughput', title: 'payload', items: tcp.map(flowItem), factor: 8 / seriesSeconds, text: rateText},
    {label: 'Links: throughput', title: 'frames', items: directions, factor: 8 / seriesSeconds, text: rateText},
  ].filter((group) => group.items.length);
  const chart = document.getElementById('series-chart');
  const latency = document.getElementById('latency-chart');
  if (groups.length === 0 || !(result.series_interval_ns > 0)) {
    document.querySelector('#traffic .split').replaceWith(el('p', {class: 'empty'}, 'No traffic was recorded over time.'));
    return;
  }
  const showLatency = (chosen) => {
    const measured = chosen.filter(({item}) => item.flow.latency && sum(item.flow.latency_histogram) > 0);
    drawChart(latency, {series: measured.map(({item, slot}) => ({name: item.name, slot, points: distribution(item.flow)})),
      log: true, share: true, xText: timeText, yText: (y) => `${+(y * 100).toFixed(1)} %`, xTitle: 'latency: round trip of pings, else one way',
      yTitle: 'share of packets'});
  };
  makeChooser(document.querySelector('.chooser'), groups, (group, chosen) => {
    drawChart(chart, {series: chosen.map(({item, slot}) => ({name: item.name, slot, step: true, points: steps(item.series, group.factor)})),
      markers, end: result.end_ns, xText: secondsText, yText: group.text, xTitle: 'simulated time', yTitle: group.title});
    if (group.items[0].flow) showLatency(chosen);
  });
  if (!groups[0].items[0].flow) latency.previousElementSibling.remove();
}

function drawDrops() {
  const bars = [
    ...result.nodes.map((node) => ({name: node.name, drops: nodeDrops(node)})),
    ...result.links.map((link) => {
      const drops = {};
      for (const d of link.directions) for (const [name, count] of Object.entries(d.drops)) drops[name] = (drops[name] ?? 0) + count;
      return {name: link.name, drops};
    }),
  ].map((bar) => ({...bar, total: sum(Object.values(bar.drops))})).filter((bar) => bar.total > 0).sort((a, b) => b.total - a.total);
  if (bars.length === 0) {
    body('drops').append(el('p', {class: 'empty'}, 'No node and no link dropped anything.'));
    return;
  }
  const totals = {};
  for (const bar of bars) for (const [name, count] of Object.entries(bar.drops)) totals[name] = (totals[name] ?? 0) + count;
  const names = Object.keys(totals).sort((a, b) => totals[b] - totals[a]);
  const colour = (name) => { const i = names.indexOf(name); return `c${i % 8}${Math.floor(i / 8) % 2 ? ' hatched' : ''}`; };
  const most = bars[0].total;
  const row = ({name, drops, total}) => [
    el('span', {}, name),
    el('div', {class: 'track', role: 'img', 'aria-label': `${name}: ` + Object.entries(drops).map(([n, c]) => `${c} ${n}`).join(', ')},
        names.filter((n) => drops[n]).map((n) => withTip(
            el('span', {class: colour(n), style: `width:${drops[n] / most * 100}%`}),
            () => `${name}: ${countText(drops[n])} dropped\n${n}: ${helpText(n)}`))),
    el('span', {class: 'sum'}, countText(total)),
  ];
  const shown = 25;
  body('drops').append(el('div', {class: 'stack'}, bars.slice(0, shown).flatMap(row)));
  if (bars.length > shown)
    body('drops').append(el('details', {}, el('summary', {}, `${bars.length - shown} more`),
        el('div', {class: 'stack'}, bars.slice(shown).flatMap(row))));
  body('drops').append(el('ul', {class: 'reasons'}, names.map((name) => el('li', {},
      el('span', {class: `swatch ${colour(name)}`}), el('b', {}, name), ` ${countText(totals[name])}: ${helpText(name)}${isRoutine(name) ? ', usual in a healthy network' : ''}`))));
}

function drawTables() {
  const amount = (flow, value) => flow.kind === 'tcp-bulk' ? bytesText(value) : countText(value);
  const latency = (title, field) => ({title, num: true, value: (f) => f.latency?.[field] ?? null,
    text: (f) => f.latency ? timeText(f.latency[field]) : '\u2013'});
  makeTable(body('flows'), {rows: flows, noun: 'flows', filterBy: (f) => `${f.name} ${f.kind} ${f.from} ${f.to}`, columns: [
    {title: 'Flow', value: (f) => f.name}, {title: 'Kind', value: (f) => f.kind},
    {title: 'From', value: (f) => f.from}, {title: 'To', value: (f) => f.to},
    {title: 'Sent', num: true, value: (f) => f.sent, text: (f) => amount(f, f.sent)},
    {title: 'Received', num: true, value: (f) => f.received, text: (f) => amount(f, f.received)},
    {title: 'Loss', num: true, value: (f) => f.loss, text: (f) => percentText(f.loss), bad: (f) => f.loss > 0},
    latency('Min', 'min'), latency('Median', 'median'), latency('p99', 'p99'), latency('Max', 'max'),
    {title: 'Throughput', num: true, value: (f) => f.throughput, text: (f) => f.throughput ? rateText(f.throughput) : '\u2013'},
    {title: 'Out of order', num: true, value: (f) => f.out_of_order, text: (f) => countText(f.out_of_order)},
  ]});
  const directions = result.links.flatMap((link) => linkFigures(link).map((d) => ({...d, name: link.name, up: link.up})));
  const share = (value) => value === null ? '\u2013' : percentText(value);
  makeTable(body('links'), {rows: directions, noun: 'links', filterBy: (d) => `${d.name} ${d.from} ${d.to} ${Object.keys(d.reasons).join(' ')}`, columns: [
    {title: 'Link', value: (d) => d.name}, {title: 'From', value: (d) => d.from}, {title: 'To', value: (d) => d.to},
    {title: 'Frames', num: true, value: (d) => d.packets, text: (d) => countText(d.packets)},
    {title: 'Bytes', num: true, value: (d) => d.bytes, text: (d) => bytesText(d.bytes)},
    {title: 'Mean use', num: true, value: (d) => d.mean, text: (d) => share(d.mean)},
    {title: 'Busiest', num: true, value: (d) => d.peak, text: (d) => share(d.peak)},
    {title: 'Queue peak', num: true, value: (d) => d.queue, text: (d) => countText(d.queue)},
    {title: 'Dropped', num: true, value: (d) => d.drops, bad: (d) => d.drops > 0,
      text: (d) => Object.entries(d.reasons).map(([name, count]) => `${countText(count)} ${name}`).join(', ') || '0'},
    {title: 'At the end', value: (d) => d.up ? 'up' : 'down', bad: (d) => !d.up},
  ]});
  const rows = result.nodes.flatMap((node) => node.fib.map((row) => ({...row, node: node.name})));
  makeTable(body('tables'), {rows, noun: 'entries', filterBy: (r) => `${r.node} ${r.iid} ${r.mac} ${r.leads_to}`, columns: [
    {title: 'Node', value: (r) => r.node}, {title: 'IID', num: true, value: (r) => r.iid, text: (r) => `${r.iid}`},
    {title: 'MAC', value: (r) => r.mac}, {title: 'Leads to', value: (r) => r.leads_to, wrap: true},
    {title: 'Seen at', num: true, value: (r) => r.at_ns, text: (r) => secondsText(r.at_ns)},
  ]});
  makeTable(body('events'), {rows: result.events.map((event, i) => ({...event, number: i + 1})), noun: 'events', filterBy: (e) => e.text, columns: [
    {title: 'No.', num: true, value: (e) => e.number, text: (e) => `${e.number}`},
    {title: 'At', num: true, value: (e) => e.at_ns, text: (e) => secondsText(e.at_ns)},
    {title: 'Event', value: (e) => e.text, wrap: true},
  ]});
}

function drawNodes() {
  const counted = result.nodes.filter((node) => Object.keys(node.ports).length || Object.keys(node.tables).length);
  if (counted.length === 0) {
    body('nodes').append(el('p', {class: 'empty'}, 'No node has counters.'));
    return;
  }
  const port = (name) => (total, node) => total + sum(Object.values(node.ports).map((c) => c[name] ?? 0));
  const count = (node, name) => port(name)(0, node);
  const nodeRow = (node) => {
    const dropped = nodeDrops(node);
    const drops = sum(Object.values(dropped));
    const faulty = Object.keys(dropped).some((name) => !isRoutine(name));
    const details = el('details', {}, el('summary', {}, el('b', {}, node.name), el('span', {class: 'soft'},
        ` ${node.kind}, ${countText(count(node, 'rx_packets'))} received, ${countText(count(node, 'tx_packets'))} sent, `),
        el('span', {class: faulty ? 'bad' : 'soft'}, `${countText(drops)} dropped`),
        el('span', {class: 'soft'}, Object.entries(node.tables).map(([table, size]) => `, ${table.replace('_', '-')} ${countText(size)}`).join(''))));
    const groups = [...Object.entries(node.ports).map(([name, counters]) => [`Port ${name}`, counters]),
      ...Object.entries(node.networks).map(([iid, counters]) => [iid === '0' ? 'IID not known' : `IID ${iid}`, counters]),
      ['Control', node.control]].filter(([, counters]) => Object.keys(counters).length);
    details.addEventListener('toggle', () => {
      if (details.children.length === 1) details.append(el('ul', {class: 'counters'}, groups.map(([title, counters]) =>
        el('li', {}, el('h4', {}, title), el('ul', {}, counterList(counters))))));
    });
    return details;
  };
  const list = el('div');
  const draw = (wanted) => list.replaceChildren(...counted.filter((node) => `${node.name} ${node.kind}`.toLowerCase().includes(wanted)).map(nodeRow));
  if (counted.length > 8) body('nodes').append(el('div', {class: 'bar'}, el('input', {type: 'search', class: 'filter',
    placeholder: 'Filter nodes', 'aria-label': 'Filter nodes', oninput: (event) => draw(event.target.value.toLowerCase())})));
  body('nodes').append(list);
  draw('');
}

drawHeader();
drawExpectations();
drawTopology();
drawTraffic();
drawDrops();
drawTables();
drawNodes();
