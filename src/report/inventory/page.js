"use strict";
// The page is complete without this: it adds sorting and a filter.
(() => {
  const table = document.querySelector("table.functions");
  if (!table) {
    return;
  }
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const said = document.createElement("output");
  said.setAttribute("aria-live", "polite");

  const order = new Intl.Collator("en", { numeric: true });
  const key = (row, column) => row.cells[column].textContent;
  const sort = (column, header) => {
    const descending = header.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) {
      other.removeAttribute("aria-sort");
    }
    header.setAttribute("aria-sort", descending ? "descending" : "ascending");
    const sign = descending ? -1 : 1;
    rows.sort((a, b) => sign * order.compare(key(a, column), key(b, column)));
    body.append(...rows);
  };
  [...table.tHead.rows[0].cells].forEach((header, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = header.textContent;
    button.addEventListener("click", () => sort(column, header));
    header.replaceChildren(button);
  });

  const input = document.createElement("input");
  input.type = "search";
  input.id = "filter";
  const label = document.createElement("label");
  label.htmlFor = input.id;
  label.textContent = "Show only rows with";
  const filter = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      shown += row.hidden ? 0 : 1;
    }
    said.textContent = `${shown} of ${rows.length} functions`;
  };
  input.addEventListener("input", filter);
  const bar = document.createElement("div");
  bar.className = "filter";
  bar.append(label, input, said);
  table.parentElement.before(bar);
  filter();
})();
