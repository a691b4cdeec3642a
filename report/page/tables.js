// Tables that sort, filter, and show long lists a part at a time.

/**
 * columns: [{title, value: (row) => sort key, text: (row) => shown, num, wrap, bad: (row) => bool}].
 * `noun` names the rows to people.
 */
function makeTable(container, {columns, rows, noun, filterBy}) {
  if (rows.length === 0) {
    container.append(el('p', {class: 'empty'}, `No ${noun}.`));
    return;
  }
  const page = 50;
  let shown = page;
  let order = null;  // {column, sign}
  const filter = el('input', {type: 'search', class: 'filter', placeholder: `Filter ${noun}`, 'aria-label': `Filter ${noun}`});
  const count = el('span', {class: 'soft', role: 'status'});
  const body = el('tbody');
  const heads = columns.map((column) => {
    const head = el('th', {scope: 'col', class: column.num ? 'num' : null});
    head.append(el('button', {type: 'button', onclick: () => {
      // Numbers are most wanted largest first.
      const first = column.num ? -1 : 1;
      order = {column, sign: order?.column === column ? -order.sign : first};
      draw();
    }}, column.title));
    return head;
  });
  const more = el('p', {class: 'more'},
      el('button', {type: 'button', onclick: () => { shown += 500; draw(); }}, 'Show more'), ' ',
      el('button', {type: 'button', onclick: () => { shown = Infinity; draw(); }}, 'Show all'));
  const text = (column, row) => (column.text ?? column.value)(row);
  const draw = () => {
    const wanted = filter.value.toLowerCase();
    let found = wanted ? rows.filter((row) => filterBy(row).toLowerCase().includes(wanted)) : rows;
    if (order) {
      const {column, sign} = order;
      found = found.map((row) => [column.value(row), row]).sort(([a], [b]) =>
        // What was not measured goes last, whichever way.
        a === null || b === null ? (a === null) - (b === null) :
        sign * (typeof a === 'number' ? a - b : String(a).localeCompare(String(b), 'en', {numeric: true}))).map(([, row]) => row);
    }
    heads.forEach((head, i) => head.setAttribute('aria-sort',
        order?.column === columns[i] ? (order.sign > 0 ? 'ascending' : 'descending') : 'none'));
    body.replaceChildren(...found.slice(0, shown).map((row) => el('tr', {}, columns.map((column) => el('td', {
      class: [column.num ? 'num' : '', column.wrap ? 'wrap' : '', column.bad?.(row) ? 'bad' : ''].join(' ').trim() || null,
    }, text(column, row))))));
    count.textContent = `${countText(Math.min(found.length, shown))} of ${countText(rows.length)}`;
    more.hidden = found.length <= shown;
  };
  filter.addEventListener('input', () => { shown = page; draw(); });
  if (rows.length > 8) container.append(el('div', {class: 'bar'}, filter, count));
  container.append(el('div', {class: 'scroll'}, el('table', {}, el('thead', {}, el('tr', {}, heads)), body)), more);
  draw();
}

/** A list of names with counts, each name with its help text. */
function counterList(counters) {
  return Object.entries(counters).map(([name, count]) =>
    el('li', {}, `${countText(count)} `, helpText(name) ? el('abbr', {title: helpText(name)}, name) : name));
}
