"use strict";
// The scripts of the page never parse text of a report as markup: they compare texts, and
// create elements with them.
const element = (id) => document.getElementById(id);
const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
const pageSize = 50; // rows that a browser shows without delay
const number = (n) => n.toLocaleString("en");

function create(name, ...children) {
  const made = document.createElement(name);
  made.append(...children);
  return made;
}

function button(text, action) {
  const made = create("button", text);
  made.type = "button";
  made.addEventListener("click", action);
  return made;
}

const tenantText = 0, placeholder = 1; // the kinds of texts

// fill appends the texts of a cell to an element.
function fill(parent, cell) {
  cell.forEach(([text, style = "", kind = tenantText], i) => {
    const name = kind === tenantText ? "bdi" : kind === placeholder ? "i" : style ? "b" : "span";
    const node = create(name, text);
    if (style) node.className = style;
    parent.append(...(i ? [" ", node] : [node]));
  });
  return parent;
}

// ranksOf returns the rank of each text. Texts that differ only in case have the same.
function ranksOf(texts) {
  // A collator is slow. The approximate order leaves it few comparisons.
  const keys = texts.map((text) => text.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(12, "0")));
  const sorted = texts.map((_, i) => i)
    .sort((a, b) => (keys[a] < keys[b] ? -1 : keys[a] > keys[b] ? 1 : 0))
    .sort((a, b) => collator.compare(texts[a], texts[b]));
  const ranks = [];
  let rank = 0;
  sorted.forEach((text, i) => {
    if (i > 0 && collator.compare(texts[sorted[i - 1]], texts[text]) !== 0) rank++;
    ranks[text] = rank;
  });
  return ranks;
}

// List is a table of which only the first rows are elements, unless all are asked for. A
// row is a number: its place in the order of the page.
class List {
  constructor({ id, class: style, columns }) {
    this.columns = columns.map(({ heading, cells, rows }) => ({
      heading,
      rows: rows ?? cells.map((_, i) => i), // null if no cell repeats
      cells: cells.map((cell) => (typeof cell === "string" ? [[cell]] : cell)), // a string is a text without style
      texts: cells.map((cell) => (typeof cell === "string" ? cell : cell.map(([text]) => text).join(" "))),
    }));
    this.size = this.columns[0].rows.length;
    this.order = Array.from({ length: this.size }, (_, row) => row);
    this.shown = this.order; // the rows that match the search
    this.limit = pageSize;
    this.headers = this.columns.map(({ heading }, column) => {
      const header = create("th", button(heading, () => this.sort(column)));
      header.scope = "col";
      header.ariaSort = "none";
      return header;
    });
    this.body = create("tbody");
    this.table = create("table", create("thead", create("tr", ...this.headers)), this.body);
    this.table.id = id;
    this.table.className = style;
    this.rest = create("p");
    this.rest.className = "rest";
    this.rest.role = "status";
    this.container = document.querySelector(`[data-list="${id}"]`);
    this.container.replaceChildren(this.table, this.rest);
  }

  // complete reports whether all rows are elements.
  get complete() { return this.body.rows.length === this.size; }

  cell(row, column) { return this.columns[column].cells[this.columns[column].rows[row]]; }

  // search shows the rows with a cell for each word.
  search(words) {
    const hits = words.map((word) => this.columns.map((column) => {
      column.lower ??= column.texts.map((text) => text.toLowerCase());
      return column.lower.map((text) => text.includes(word));
    }));
    this.words = words;
    this.shown = this.order.filter((row) => hits.every((hit) => this.columns.some(({ rows }, i) => hit[i][rows[row]])));
    this.limit = pageSize;
    this.render();
  }

  // sort sorts by a column, or reverses its order. Rows with equal cells keep the order of
  // the page.
  sort(column) {
    const descending = this.headers[column].ariaSort === "ascending";
    this.headers.forEach((header, i) => { header.ariaSort = i !== column ? "none" : descending ? "descending" : "ascending"; });
    const { rows } = this.columns[column];
    const ranks = this.ranks(column);
    const keys = Float64Array.from(rows, (cell, row) => (descending ? ranks.length - ranks[cell] : ranks[cell]) * this.size + row).sort();
    this.order = Array.from(keys, (key) => key % this.size);
    this.search(this.words);
  }

  // ranks returns the rank of each distinct cell of a column.
  ranks(column) { return (this.columns[column].ranks ??= ranksOf(this.columns[column].texts)); }

  // render replaces the rows that are elements.
  render() {
    this.body.replaceChildren();
    this.append(this.shown.slice(0, this.limit));
  }

  // showMore shows more of the rows that match the search.
  showMore(limit) {
    const first = this.limit;
    this.limit = limit;
    this.append(this.shown.slice(first, limit));
    // The button that had the focus is gone.
    this.body.rows[first].tabIndex = -1;
    this.body.rows[first].focus();
  }

  // showAll makes all rows elements, whether they match the search or not.
  showAll() {
    if (this.complete) return;
    this.body.replaceChildren();
    this.append(this.order);
  }

  append(added) {
    const lines = document.createDocumentFragment();
    for (const row of added) {
      const line = create("tr");
      for (const { cells, rows } of this.columns) fill(line.insertCell(), cells[rows[row]]);
      lines.append(line);
    }
    this.body.append(lines);
    this.table.ariaRowCount = String(this.shown.length + 1);
    this.describe();
  }

  // describe says which rows are not shown.
  describe() {
    const found = this.shown.length, shown = Math.min(found, this.limit);
    const all = found === this.size ? `${number(found)} rows` : `${number(found)} rows that match the search`;
    const total = found === this.size ? "" : ` The list has ${number(this.size)} rows.`;
    const text = shown < found ? `Only ${number(shown)} of ${all} are shown.${total}`
      : found < this.size ? `${number(found)} of ${number(this.size)} rows match the search.` : "";
    this.rest.hidden = text === "";
    this.rest.classList.toggle("partial", shown < found);
    this.rest.replaceChildren(text);
    if (shown === found) return;
    const more = Math.min(20 * pageSize, found - shown);
    if (shown + more < found) this.rest.append(" ", button(`Show ${number(more)} more`, () => this.showMore(shown + more)));
    this.rest.append(" ", button(`Show all ${number(found)}`, () => this.showMore(found)));
  }
}
